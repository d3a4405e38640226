"""Reading and checking fields of API documents: paths into them, defaults, merges, names and ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from localcloud.errors.api import invalid_field, required_field
from localcloud.store.store import Document

NAME_PATTERN = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
_NAME = re.compile(NAME_PATTERN)
_ALTERNATIVES = {"fixed": "percent", "percent": "fixed"}
"""Fields of which an object has one: patching one clears the other (FixedOrPercent)."""


def checked_name(body: Document, field: str = "resource.name") -> str:
    """The document's name, by the rule every Compute Engine resource keeps (RFC 1035, at most 63 characters).

    Raises:
        ApiError: 400 without a name, or with one that breaks the rule.
    """
    name = body.get("name")
    if not name:
        raise required_field(field)
    if not _NAME.fullmatch(str(name)):
        raise invalid_field(field, name, f"Must be a match of regex '{NAME_PATTERN}'")
    return str(name)


def require(body: Document, *fields: str, prefix: str = "resource") -> None:
    """Refuse a document in which one of the fields is missing or empty.

    Raises:
        ApiError: 400 naming the first such field.
    """
    for field in fields:
        if body.get(field) in (None, "", [], {}):
            raise required_field(f"{prefix}.{field}")


def check_range(field: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside `low` to `high`, both included.

    Raises:
        ApiError: 400 with the bound that was passed.
    """
    if value < low:
        raise invalid_field(field, value, f"Must be greater than or equal to {low:g}")
    if value > high:
        raise invalid_field(field, value, f"Must be less than or equal to {high:g}")


def fill(document: Document, defaults: Document) -> None:
    """Set what is absent, in place; nested objects are filled where both sides have them."""
    for key, value in defaults.items():
        present = document.get(key)
        if present is None:
            document[key] = _copied(value)
        elif isinstance(present, dict) and isinstance(value, dict):
            fill(present, value)


def merged(before: Document, patch: Document) -> Document:
    """`before` with `patch` applied as PATCH does: objects merge, arrays are replaced, null clears."""
    result = dict(before)
    for key, value in patch.items():
        present = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(present if isinstance(present, dict) else {}, value)
        else:
            result[key] = value
    for key, other in _ALTERNATIVES.items():
        if patch.get(key) is not None and other not in patch:
            result.pop(other, None)
    return result


def without_nulls(value: Any) -> Any:
    """The same document without its null fields, at any depth: null in a whole document means absent."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def places(document: Any, field: str, prefix: str = "resource") -> Iterator[tuple[str, Any, Any]]:
    """Every place a field path names, such as `backends[].group`, that holds a value.

    Yields:
        The concrete path (`resource.backends[0].group`), the container, and the key or index in it.
    """
    head, _, rest = field.partition(".")
    key = head.removesuffix("[]")
    value = document.get(key) if isinstance(document, dict) else None
    if value in (None, ""):
        return
    if head == key:
        if rest:
            yield from places(value, rest, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}", document, key
        return
    for index, item in enumerate(value):
        concrete = f"{prefix}.{key}[{index}]"
        if rest:
            yield from places(item, rest, concrete)
        else:
            yield concrete, value, index


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
