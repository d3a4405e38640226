"""One Google API as its discovery document describes it: methods, parameters and schemas.

Loading refuses every schema keyword, type and format that the validator does not understand, so that a newer
document with a new one stops the local cloud instead of being half obeyed. Descriptions are dropped: they are most
of a document's memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from googleapiclient import discovery_cache

Schema = dict[str, Any]

_DROPPED = frozenset({"description", "enumDescriptions", "enumDeprecated", "deprecated"})
_SCHEMA_KEYWORDS = frozenset(
    {
        "$ref",
        "additionalProperties",
        "annotations",
        "default",
        "enum",
        "format",
        "id",
        "items",
        "maximum",
        "minimum",
        "pattern",
        "properties",
        "readOnly",
        "type",
    }
)
_PARAMETER_KEYWORDS = frozenset(
    {"default", "enum", "format", "location", "maximum", "minimum", "pattern", "repeated", "required", "type"}
)
_TYPES: Mapping[str, frozenset[str | None]] = {
    "any": frozenset({None}),
    "array": frozenset({None}),
    "boolean": frozenset({None}),
    "integer": frozenset({"int32", "uint32"}),
    "number": frozenset({"double", "float"}),
    "object": frozenset({None, "google.protobuf.Any"}),
    "string": frozenset(
        {
            None,
            "byte",
            "google-datetime",
            "google-duration",
            "google-fieldmask",
            "int64",
            "uint64",
        }
    ),
}

VERSIONS: Mapping[str, str] = {
    "artifactregistry": "v1",
    "cloudresourcemanager": "v1",
    "compute": "v1",
    "dns": "v1",
    "iam": "v1",
    "monitoring": "v3",
    "serviceusage": "v1",
}
"""The services whose documents are served, and the version of each."""


class DiscoveryError(Exception):
    """A discovery document says something the local cloud does not understand, or is missing."""


@dataclass(frozen=True)
class Method:
    """One method of a service.

    Attributes:
        id: such as `compute.instances.insert`.
        service: name of its service.
        http_method: `GET`, `POST`, …
        path: URI template with `{name}` and `{+name}`.
        flat_path: the same with one variable a segment.
        parameters: path and query parameters by name.
        parameter_order: required parameters, in order.
        request: schema of the body, or None.
        response: schema of the reply, or None.
        scopes: any one of these OAuth scopes lets a token call it.
    """

    id: str
    service: str
    http_method: str
    path: str
    flat_path: str
    parameters: Mapping[str, Schema]
    parameter_order: tuple[str, ...]
    request: Schema | None
    response: Schema | None
    scopes: frozenset[str]

    @property
    def verb(self) -> str:
        """Last word of the id: `insert`, `listManagedInstances`, …"""
        return self.id.rpartition(".")[2]

    @property
    def collection(self) -> str:
        """The word before the verb: `instances`."""
        return self.id.split(".")[-2]


@dataclass(frozen=True)
class Service:
    """One API at one version.

    Attributes:
        name: such as `compute`.
        prefix: path before every method's path, such as `compute/v1/`; empty where methods carry the version.
        batch_path: where multipart batches are sent.
        methods: by id.
        schemas: by name; `$ref` names one of them.
        standard_parameters: query parameters that every method takes (`alt`, `fields`, …).
    """

    name: str
    prefix: str
    batch_path: str
    methods: Mapping[str, Method]
    schemas: Mapping[str, Schema]
    standard_parameters: Mapping[str, Schema]


@cache
def load(name: str) -> Service:
    """The service from the document that google-api-python-client carries; read once, when first needed.

    Raises:
        DiscoveryError: there is no such document, or it uses a keyword that is not understood.
    """
    text = discovery_cache.get_static_doc(name, VERSIONS[name])
    if text is None:
        raise DiscoveryError(
            f"google-api-python-client has no document for {name} {VERSIONS[name]}; install the pinned version"
        )
    return parse(json.loads(text))


def parse(document: Mapping[str, Any]) -> Service:
    """A service from a discovery document.

    Raises:
        DiscoveryError: the document uses a keyword, type or format that is not understood.
    """
    name = document["name"]
    schemas = {key: _checked(schema, f"{name} schemas.{key}") for key, schema in document["schemas"].items()}
    _refuse_dangling_references(name, schemas)
    standard = {
        key: _checked_parameter(parameter, f"{name} parameters.{key}")
        for key, parameter in document["parameters"].items()
    }
    methods = {method.id: method for method in _methods(document, name)}
    return Service(name, document["servicePath"], document["batchPath"], methods, schemas, standard)


def _methods(node: Mapping[str, Any], service: str) -> Iterator[Method]:
    for raw in node.get("methods", {}).values():
        yield _method(raw, service)
    for resource in node.get("resources", {}).values():
        yield from _methods(resource, service)


def _method(raw: Mapping[str, Any], service: str) -> Method:
    return Method(
        id=raw["id"],
        service=service,
        http_method=raw["httpMethod"],
        path=raw["path"],
        flat_path=raw.get("flatPath", raw["path"]),
        parameters={
            name: _checked_parameter(parameter, f"{raw['id']} parameter {name}")
            for name, parameter in raw.get("parameters", {}).items()
        },
        parameter_order=tuple(raw.get("parameterOrder", ())),
        request=raw.get("request"),
        response=raw.get("response"),
        scopes=_scopes(tuple(raw.get("scopes", ()))),
    )


@cache
def _scopes(scopes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(scopes)


def _checked(schema: Mapping[str, Any], where: str) -> Schema:
    """The schema without what is only for people, after refusing what is not understood."""
    kept = {key: value for key, value in schema.items() if key not in _DROPPED}
    _refuse_unknown(kept, _SCHEMA_KEYWORDS, where)
    if "properties" in kept:
        kept["properties"] = {name: _checked(nested, f"{where}.{name}") for name, nested in kept["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = _checked(kept[key], f"{where}.{key}")
    return kept


def _checked_parameter(parameter: Mapping[str, Any], where: str) -> Schema:
    kept = {key: value for key, value in parameter.items() if key not in _DROPPED}
    _refuse_unknown(kept, _PARAMETER_KEYWORDS, where)
    return kept


def _refuse_unknown(schema: Mapping[str, Any], keywords: frozenset[str], where: str) -> None:
    unknown = schema.keys() - keywords
    if unknown:
        raise DiscoveryError(
            f"{where} uses '{min(unknown)}', which localcloud/discovery does not understand; teach it there or "
            "pin the google-api-python-client that requirements.txt names"
        )
    if "$ref" in schema:
        return
    kind = str(schema.get("type"))
    if kind not in _TYPES or schema.get("format") not in _TYPES[kind]:
        raise DiscoveryError(
            f"{where} has type '{kind}' with format '{schema.get('format')}', which localcloud/discovery does not "
            "understand; teach it there or pin the google-api-python-client that requirements.txt names"
        )


def _refuse_dangling_references(service: str, schemas: Mapping[str, Schema]) -> None:
    def references(schema: Schema) -> Iterator[str]:
        if "$ref" in schema:
            yield schema["$ref"]
        nested = list(schema.get("properties", {}).values())
        nested += [schema[key] for key in ("items", "additionalProperties") if key in schema]
        for part in nested:
            yield from references(part)

    for name, schema in schemas.items():
        for reference in references(schema):
            if reference not in schemas:
                raise DiscoveryError(f"{service} schemas.{name} refers to '{reference}', which it does not define")
