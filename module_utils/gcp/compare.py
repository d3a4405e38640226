"""What of the current resource the declaration speaks about, and the smallest patch between the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from .resource import Document, Field
from .values import is_empty, to_api, without_empty


def projection(fields: Sequence[Field], current: Mapping[str, Any], declared: Mapping[str, Any]) -> Document:
    """The current canonical values of exactly the fields that are declared, at every depth."""
    return {
        field.name: _project(field, current.get(field.name), declared[field.name])
        for field in fields
        if field.name in declared and not field.create_only
    }


def _project(field: Field, current: Any, declared: Any) -> Any:
    if is_empty(current):
        return None
    if field.kind == "group":
        if is_empty(declared):
            return None if _only_defaults(field, current) else current
        if field.one_of:
            return current
        return projection(field.fields, current, _with_exact(field, declared))
    if field.kind == "groups":
        return _project_elements(field, current, declared)
    if field.kind == "group_map":
        return {
            key: projection(field.fields, member, declared[key]) if key in declared else member
            for key, member in current.items()
        }
    return current


def _only_defaults(field: Field, current: Document) -> bool:
    """Whether an object says nothing but what Google assumes anyway, so that there is nothing to clear."""
    return bool(current == _defaults(field))


def _defaults(field: Field) -> Document:
    assumed = {member.name: _defaults(member) if member.kind == "group" else member.default for member in field.fields}
    return {name: value for name, value in assumed.items() if not is_empty(value)}


def _project_elements(field: Field, current: list[Document], declared: list[Document]) -> list[Document]:
    """Elements that are declared show their declared members; the others show what any element declares."""
    spoken_of = {name: True for element in declared for name in _with_exact(field, element)}
    projected = []
    for element, wanted in _pairs(field, current, declared):
        if element is None:
            continue
        if wanted is None:
            projected.append({name: member for name, member in element.items() if not spoken_of or name in spoken_of})
        else:
            projected.append(projection(field.fields, element, _with_exact(field, wanted)))
    return projected


def _pairs(field: Field, current: list[Document], declared: list[Document]) -> list[tuple[Any, Any]]:
    """Current elements beside the declared ones they belong to: by key, or by position without one."""
    if not field.key:
        return list(zip_longest(current, declared))
    by_key = {element.get(field.key): element for element in declared}
    return [(element, by_key.get(element.get(field.key))) for element in current]


def _with_exact(field: Field, declared: Mapping[str, Any]) -> Document:
    """The declaration with its exact members spoken of even where they were omitted."""
    return {**{member.name: None for member in field.fields if member.is_exact(declared)}, **declared}


def patch_value(field: Field, before: Any, after: Any, current: Any) -> Any:
    """What PATCH must carry for one changed field: objects merge at Google, arrays replace, null clears.

    `before` and `after` are canonical and projected; `current` is Google's own JSON of this field, from which
    list elements keep the members that nobody declared.
    """
    if is_empty(after):
        return {"text": "", "texts": [], "groups": []}.get(field.kind)
    if field.kind == "group":
        return _patch_group(field, before or {}, after, current or {})
    if field.kind == "groups" and field.key:
        return _merge_elements(field, after, current or [])
    if field.kind in ("text_map", "group_map") and field.wire == "plain":
        return _patch_map(field, before or {}, after)
    return to_api(field, after)


def _patch_group(field: Field, before: Document, after: Document, current: Document) -> Document:
    patch: Document = {}
    for member in field.fields:
        old, new = before.get(member.name), after.get(member.name)
        if member.name in after and (field.one_of or without_empty({"": old}) != without_empty({"": new})):
            patch[member.api] = patch_value(member, old, new, current.get(member.api))
        elif field.one_of and old is not None:
            patch[member.api] = None
    return patch


def _patch_map(field: Field, before: Document, after: Document) -> Document:
    wanted: Document = to_api(field, after)
    changed = {key: wanted[key] for key in wanted if before.get(key) != after[key]}
    return {**changed, **dict.fromkeys(key for key in before if key not in after)}


def _merge_elements(field: Field, after: list[Document], current: list[Document]) -> list[Document]:
    key = next(member for member in field.fields if member.name == field.key)
    known = {_comparable(key, element.get(key.api)): element for element in current}
    return [
        overlay(field, element, known.get(_comparable(key, to_api(key, element[field.key])), {})) for element in after
    ]


def _comparable(key: Field, value: Any) -> Any:
    """Links end alike whichever host they were written with."""
    return str(value).split("/projects/")[-1] if key.reference else value


def overlay(field: Field, declared: Document, current: Mapping[str, Any]) -> Document:
    """Google's JSON of one object with the declared members written over it."""
    merged = dict(current)
    for member in field.fields:
        if member.name not in declared:
            if member.is_exact(declared):
                merged.pop(member.api, None)
            continue
        value = declared[member.name]
        if is_empty(value):
            merged.pop(member.api, None)
        elif member.kind == "group" and not member.one_of:
            merged[member.api] = overlay(member, value, current.get(member.api) or {})
        else:
            merged[member.api] = to_api(member, value)
    return merged
