"""Checks of parameters and request bodies against a discovery method; the answers are Google's 400 sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from localcloud.discovery.description import Method, Schema, Service
from localcloud.discovery.values import read_scalar
from localcloud.errors.api import (
    ApiError,
    invalid_field,
    invalid_parameter,
    invalid_value_at,
    required_field,
    required_parameter,
    unknown_field,
    unknown_parameter,
)

_PROTO_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_ASSIGNED = frozenset({"creationTimestamp", "id", "kind", "selfLink", "selfLinkWithId"})
"""Assigned by Compute Engine and ignored in a resource that is sent, though not every schema marks them readOnly."""


def validate_parameters(
    service: Service, method: Method, path: Mapping[str, str], query: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """Path and query parameters, typed as the document says; standard parameters (`alt`, `fields`, …) included.

    Raises:
        ApiError: 400 for an unknown, repeated, missing, mistyped or out-of-range parameter.
    """
    given: dict[str, Any] = {}
    for name, text in (*path.items(), *query):
        schema = method.parameters.get(name) or service.standard_parameters.get(name)
        if schema is None or (schema.get("location") == "path" and name not in path):
            raise unknown_parameter(name)
        value = _parameter(name, schema, text)
        if schema.get("repeated"):
            given.setdefault(name, []).append(value)
        elif name in given:
            raise invalid_parameter(name, text, "It is given more than once.")
        else:
            given[name] = value
    for name, schema in method.parameters.items():
        if schema.get("required") and name not in given:
            raise required_parameter(name)
    return given


def _parameter(name: str, schema: Schema, text: str) -> Any:
    try:
        value = read_scalar(schema["type"], schema.get("format"), text)
    except ValueError as error:
        raise invalid_parameter(name, text, f"{_sentence(error)}.") from None
    problem = _constraint(schema, value)
    if problem and not (name == "alt" and value == "json"):
        raise invalid_parameter(name, text, problem)
    return value


def validate_body(service: Service, method: Method, body: Any) -> dict[str, Any]:
    """A normalised copy of a request body.

    int64 becomes text, read-only fields are dropped as Google ignores them, null means absent except in PATCH, where
    it stays and means clear. A field may be named as its proto declares it (`start_time`): ProtoJSON has parsers accept
    that beside the lowerCamelCase name (https://protobuf.dev/programming-guides/json/).

    Raises:
        ApiError: 400 for an unknown field, one named in both spellings, a bad type, enum, format or pattern, or a
            missing required field.
    """
    if method.request is None:
        if body not in (None, {}):
            raise ApiError(400, "invalid", f"{method.id} takes no request body; send none")
        return {}
    root = "resource" if service.name == "compute" else ""
    reader = _BodyReader(service.schemas, method.id, keep_null=method.http_method == "PATCH")
    given = {} if body is None else body
    if isinstance(given, dict) and service.name == "compute":
        known = service.schemas[method.request["$ref"]].get("properties", {})
        given = _spelled(known, given, root)
        given = {name: value for name, value in given.items() if name not in _ASSIGNED or name not in known}
    document = reader.read(method.request, given, root)
    if not isinstance(document, dict):
        raise invalid_value_at(root or "body", body, "expected an object")
    return document


class _BodyReader:
    """Walks a document and its schema together."""

    def __init__(self, schemas: Mapping[str, Schema], method: str, *, keep_null: bool) -> None:
        self._schemas = schemas
        self._method = method
        self._keep_null = keep_null

    def read(self, schema: Schema, value: Any, where: str) -> Any:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"]]
        kind = schema["type"]
        if kind == "any" or schema.get("format") == "google.protobuf.Any":
            return value
        if kind == "object":
            return self._object(schema, value, where)
        if kind == "array":
            return self._array(schema, value, where)
        return self._scalar(schema, value, where)

    def _object(self, schema: Schema, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid_value_at(where or "body", value, "expected an object")
        properties = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        document: dict[str, Any] = {}
        for name, item in _spelled(properties, value, where).items():
            nested = properties.get(name, extra)
            if nested is None:
                raise unknown_field(name, _proto_path(where))
            if nested.get("readOnly"):
                continue
            if item is not None:
                document[name] = self.read(nested, item, f"{where}.{name}".lstrip("."))
            elif self._keep_null:
                document[name] = None
        self._require(properties, document, where)
        return document

    def _require(self, properties: Mapping[str, Schema], document: dict[str, Any], where: str) -> None:
        for name, nested in properties.items():
            if self._method in nested.get("annotations", {}).get("required", ()) and name not in document:
                raise required_field(f"{where}.{name}".lstrip("."))

    def _array(self, schema: Schema, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid_value_at(where, value, "expected a list")
        items: list[Any] = []
        for index, item in enumerate(value):
            if item is None:
                raise invalid_value_at(f"{where}[{index}]", item, "a list cannot hold null")
            items.append(self.read(schema["items"], item, f"{where}[{index}]"))
        return items

    def _scalar(self, schema: Schema, value: Any, where: str) -> Any:
        try:
            read = read_scalar(schema["type"], schema.get("format"), value)
        except ValueError as error:
            raise invalid_value_at(where, value, str(error)) from None
        problem = _constraint(schema, read)
        if problem:
            raise invalid_field(where, value, problem)
        return read


def _spelled(properties: Mapping[str, Schema], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The object with its fields under the names that the document gives them."""
    spelled: dict[str, Any] = {}
    for name, value in given.items():
        field = _json_name(name)
        if name in properties or field not in properties:
            field = name
        if field in spelled:
            twice = f"expected it once, as {field} or as {_proto_path(field)}"
            raise invalid_value_at(f"{where}.{field}".lstrip("."), value, twice)
        spelled[field] = value
    return spelled


def _json_name(name: str) -> str:
    """`start_time` as ProtoJSON writes it, `startTime`; any other name as it is."""
    if not _PROTO_NAME.fullmatch(name):
        return name
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _constraint(schema: Schema, value: Any) -> str | None:
    """What is wrong with a value of the right type, or None."""
    if "enum" in schema and value not in schema["enum"]:
        return f"Must be one of {', '.join(schema['enum'])}."
    # An empty text is the unset value of a string, which Google's patterns do not exclude.
    if "pattern" in schema and value != "" and not compiled(schema["pattern"]).fullmatch(str(value)):
        return f"Must be a match of regex '{schema['pattern']}'"
    if "minimum" in schema and value < float(schema["minimum"]):
        return f"Must be greater than or equal to {schema['minimum']}."
    if "maximum" in schema and value > float(schema["maximum"]):
        return f"Must be less than or equal to {schema['maximum']}."
    return None


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A discovery pattern, compiled once."""
    return re.compile(pattern)


def _proto_path(where: str) -> str:
    """`resource.networkInterfaces[0]` as Google's parser names it: `resource.network_interfaces[0]`."""
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), where)


def _sentence(error: ValueError) -> str:
    text = str(error)
    return text[0].upper() + text[1:]
