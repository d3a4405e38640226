"""The Metadata document: of an instance, a template and the project's common metadata."""

from __future__ import annotations

import re

from localcloud.errors.api import invalid_field
from localcloud.resources.fields import checked_name
from localcloud.resources.fingerprints import fingerprint
from localcloud.store.store import Document

_KEY = re.compile(r"[a-zA-Z0-9-_]{1,128}")
_LARGEST_VALUE = 256 * 1024


def completed_metadata(metadata: Document | None, field: str) -> Document:
    """The Metadata document with kind and fingerprint; items keep their order.

    Raises:
        ApiError: 400 for a key that Google does not allow, one given twice, or a value over 256 KB.
    """
    items = (metadata or {}).get("items", [])
    seen: set[str] = set()
    for index, item in enumerate(items):
        key, value = str(item.get("key", "")), str(item.get("value", ""))
        where = f"{field}.items[{index}]"
        if not _KEY.fullmatch(key):
            raise invalid_field(f"{where}.key", key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'")
        if key in seen:
            raise invalid_field(field, key, f"Metadata has duplicate keys: {key}")
        if len(value.encode()) > _LARGEST_VALUE:
            raise invalid_field(f"{where}.value", f"{value[:20]}…", "Value is too large: maximum size 262144 bytes.")
        seen.add(key)
    completed: Document = {"kind": "compute#metadata"}
    if items:
        completed["items"] = items
    return completed | {"fingerprint": fingerprint(items)}


def metadata_values(metadata: Document | None) -> dict[str, str]:
    """The items of a Metadata document as a mapping."""
    return {str(item["key"]): str(item.get("value", "")) for item in (metadata or {}).get("items", [])}


def completed_tags(tags: Document | None, field: str) -> Document:
    """The Tags document with its fingerprint.

    Raises:
        ApiError: 400 for a tag that is not a name by RFC 1035.
    """
    items = sorted(set((tags or {}).get("items", [])))
    for index, tag in enumerate(items):
        checked_name({"name": tag}, f"{field}.items[{index}]")
    return ({"items": items} if items else {}) | {"fingerprint": fingerprint(items)}
