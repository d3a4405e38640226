"""References between resources: every accepted spelling becomes the canonical URL, and must lead somewhere.

Canonical is `https://www.googleapis.com/compute/v1/projects/…` (gce-behaviour section 1), whatever host, version
or partial path the caller wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from localcloud.errors.api import invalid_field, not_found
from localcloud.resources.catalogue import catalogue_document
from localcloud.resources.fields import places
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Transaction

_ENDPOINT = re.compile(r"^(?:https?:)?//[^/]+/compute/(?:v1|beta|alpha)/")
_STATIC = frozenset({"zones", "regions", "machineTypes", "diskTypes", "images", "images/family"})


@dataclass(frozen=True)
class Reference:
    """A field of a kind that names another resource.

    Attributes:
        field: path of the field; `[]` steps into an array: `backends[].group`.
        collections: what it may point to.
        holds: True when the resource it points to cannot be deleted while this reference exists.
    """

    field: str
    collections: tuple[str, ...]
    holds: bool = True


@dataclass(frozen=True)
class Place:
    """Where a reference is read: partial paths are completed from here."""

    transaction: Transaction
    project: str
    settings: Settings


def resolve(place: Place, field: str, value: object, collections: tuple[str, ...]) -> ResourcePath:
    """The path that a reference names, which exists.

    Args:
        place: the caller's project and transaction.
        field: the field as messages name it, `resource.network`.
        value: a full URL or a partial one that starts at `projects/`, `global/`, `zones/` or `regions/`.
        collections: the collections it may point into.

    Raises:
        ApiError: 400 when it cannot be read as a URL or points into another collection; 404 when there is no such
            resource.
    """
    path = parse_reference(place, field, value)
    if path.collection not in collections:
        raise invalid_field(field, value, f"Unexpected resource collection '{path.collection}'.")
    if path.collection in _STATIC:
        found = catalogue_document(path, place.settings) is not None
    else:
        found = place.transaction.get(path) is not None
    if not found:
        raise not_found(path.relative)
    return path


def parse_reference(place: Place, field: str, value: object) -> ResourcePath:
    """The path that a reference names, whether or not it exists.

    Raises:
        ApiError: 400 when the value cannot be read as a Compute Engine URL.
    """
    text = _ENDPOINT.sub("", str(value)).lstrip("/")
    if text.startswith(("global/", "zones/", "regions/")):
        text = f"projects/{place.project}/{text}"
    if not text.startswith("projects/"):
        raise invalid_field(field, value, "The URL is malformed.")
    try:
        path = compute_path(text)
    except ValueError:
        raise invalid_field(field, value, "The URL is malformed.") from None
    if path.project == place.settings.project_number:
        path = ResourcePath(path.service, place.settings.project, path.location, path.collection, path.name)
    return path


def canonicalise(place: Place, body: Document, references: tuple[Reference, ...]) -> None:
    """Rewrite, in place, every reference of the document to its canonical URL.

    Raises:
        ApiError: as `resolve`.
    """
    for reference in references:
        for field, container, key in places(body, reference.field):
            container[key] = resolve(place, field, container[key], reference.collections).self_link


def refers_to(body: Document, references: tuple[Reference, ...], target: ResourcePath) -> bool:
    """True when one of the document's holding references names the target."""
    link = target.self_link
    return any(
        container[key] == link
        for reference in references
        if reference.holds and target.collection in reference.collections
        for _, container, key in places(body, reference.field)
    )
