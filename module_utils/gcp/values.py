"""Values in three spellings: options (snake_case), Google's JSON (camelCase), and canonical.

Canonical values are what gets compared and shown: option names, references as paths from `projects/`,
int64 as numbers, lists whose order means nothing sorted. None means left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .names import full, normalise
from .resource import Document, Field, Place


def from_options(fields: Sequence[Field], options: Mapping[str, Any], place: Place) -> Document:
    """The declared options as canonical values; omitted ones are left out, empty ones stay empty."""
    declared: Document = {}
    for field in fields:
        value = options.get(field.name)
        if value is not None:
            declared[field.name] = _canonical(field, value, place, field.name, from_options)
    return declared


def from_api(
    fields: Sequence[Field], document: Mapping[str, Any], place: Place, assume_defaults: bool = True
) -> Document:
    """Google's document as canonical values of the fields described.

    What it leaves out takes its default, unless the values are only to be shown.
    """
    read = partial(from_api, assume_defaults=assume_defaults)
    found: Document = {}
    for field in fields:
        if field.create_only:
            continue
        value = _unwrap(field, document.get(field.api))
        if value is None and assume_defaults:
            value = {} if field.kind == "group" else field.default
        if value is not None:
            found[field.name] = _canonical(field, value, place, field.name, read)
    return {name: value for name, value in found.items() if not is_empty(value)}


def to_api(field: Field, value: Any) -> Any:
    """One canonical value as Google's JSON; empty members of objects are not sent."""
    if field.kind == "integer":
        return str(value) if field.int64 else value
    if field.kind == "text":
        return full(value) if field.reference else value
    if field.kind == "group":
        return document(field.fields, value)
    if field.kind == "groups":
        return [document(field.fields, element) for element in value]
    if field.kind == "group_map":
        return {key: document(field.fields, element) for key, element in value.items()}
    if field.kind == "texts":
        return _wrap(field, [full(item) for item in value] if field.reference else list(value))
    return _wrap(field, value)


def document(fields: Sequence[Field], values: Mapping[str, Any]) -> Document:
    """Canonical values as a JSON object for insert: what is empty is not sent, zero and false are."""
    return {
        field.api: to_api(field, values[field.name])
        for field in fields
        if field.name in values and not is_empty(values[field.name])
    }


def is_empty(value: Any) -> bool:
    """Whether a canonical value says "nothing here"; zero and false are values."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def without_empty(value: Any) -> Any:
    """The value with empty members left out at every depth, so that cleared and absent are equal."""
    if isinstance(value, dict):
        kept = {key: without_empty(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if not is_empty(member)}
    if isinstance(value, list):
        return [without_empty(member) for member in value]
    return value


def _canonical(field: Field, value: Any, place: Place, option: str, read: Any) -> Any:
    if field.kind == "integer":
        return int(value)
    if field.kind == "decimal":
        return float(f"{float(value):.6g}")  # format float comes back with float32's noise
    if field.kind == "flag":
        return bool(value)
    if field.kind == "text":
        return normalise(str(value), field.reference, place, option) if field.reference else str(value)
    if field.kind == "group":
        return read(field.fields, value, place)
    if field.kind == "text_map":
        return {str(key): str(member) for key, member in sorted(value.items())}
    if field.kind == "group_map":
        return {str(key): read(field.fields, member, place) for key, member in sorted(value.items())}
    if field.kind == "groups":
        return _sorted_by_key(field, [read(field.fields, element, place) for element in value])
    items = [str(item) for item in value]
    if field.reference:
        items = [normalise(item, field.reference, place, option) for item in items]
    return items if field.ordered else sorted(items)


def _sorted_by_key(field: Field, elements: list[Document]) -> list[Document]:
    if not field.key:
        return elements
    return sorted(elements, key=lambda element: (str(element.get(field.key)), json.dumps(element, sort_keys=True)))


def _unwrap(field: Field, value: Any) -> Any:
    if value is None or field.wire == "plain":
        return value
    if field.wire == "items":
        return value.get("items")
    if field.wire == "key_value_items":
        return {item["key"]: item.get("value", "") for item in value.get("items", [])}
    return [item["zone"] for item in value]


def _wrap(field: Field, value: Any) -> Any:
    if field.wire == "items":
        return {"items": value}
    if field.wire == "key_value_items":
        return {"items": [{"key": key, "value": member} for key, member in value.items()]}
    if field.wire == "zone_objects":
        return [{"zone": zone} for zone in value]
    return value
