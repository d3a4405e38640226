"""Whether a reply has the shape that the method's response schema says; the guard of what handlers return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.discovery.description import Method, Schema, Service
from localcloud.discovery.values import read_scalar


def validate_reply(service: Service, method: Method, reply: Any) -> list[str]:
    """Every difference between the reply and the method's response schema, one sentence each; empty when none."""
    if method.response is None:
        return [] if reply in (None, {}) else [f"{method.id} has no reply, but one was made"]
    return list(_problems(service.schemas, method.response, reply, "reply"))


def _problems(schemas: Mapping[str, Schema], schema: Schema, value: Any, where: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema["type"]
    if kind == "any" or schema.get("format") == "google.protobuf.Any":
        return
    if kind == "object":
        yield from _object_problems(schemas, schema, value, where)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{where} is {value!r}; expected a list"
            return
        for index, item in enumerate(value):
            yield from _problems(schemas, schema["items"], item, f"{where}[{index}]")
    else:
        yield from _scalar_problems(schema, value, where)


def _object_problems(schemas: Mapping[str, Schema], schema: Schema, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is {value!r}; expected an object"
        return
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in value.items():
        nested = properties.get(name, extra)
        if nested is None:
            yield f"{where}.{name} is not a field of the response"
        else:
            yield from _problems(schemas, nested, item, f"{where}.{name}")


def _scalar_problems(schema: Schema, value: Any, where: str) -> Iterator[str]:
    try:
        normal = read_scalar(schema["type"], schema.get("format"), value)
    except ValueError as error:
        yield f"{where} is {value!r}; {error}"
        return
    # 1 and 1.0 are one JSON number, but true and 1 are not, nor is "1".
    if type(normal) is not type(value) and not (isinstance(normal, float) and type(value) is int):
        yield f"{where} is {value!r}; expected {normal!r}"
    if "enum" in schema and normal not in schema["enum"]:
        yield f"{where} is {value!r}; expected one of {', '.join(schema['enum'])}"
