"""List replies: filter, order and pages, for one location and aggregated over all (gce-behaviour: Lists)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from localcloud.errors.api import invalid_field
from localcloud.resources.call import Call
from localcloud.resources.catalogue import location_names
from localcloud.resources.fields import check_range
from localcloud.resources.filters import compile_filter
from localcloud.store.path import COMPUTE_PREFIX
from localcloud.store.store import Document

_LARGEST_PAGE = 500


def page(call: Call, documents: Iterable[Document]) -> tuple[list[Document], str]:
    """The documents of the page that the call asks for, and the token of the next page, empty on the last.

    Raises:
        ApiError: 400 for a bad filter, order, size or token.
    """
    size = call.parameters.get("maxResults", _LARGEST_PAGE)
    check_range("maxResults", size, 0, _LARGEST_PAGE)
    matches = compile_filter(str(call.parameters.get("filter", "")))
    chosen = _in_order(call, [document for document in documents if matches(document)])
    start = _position(call.parameters.get("pageToken"))
    end = start + (size or _LARGEST_PAGE)
    token = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(chosen) else ""
    return chosen[start:end], token


def list_reply(call: Call, kind: str, collection: str, documents: Iterable[Document]) -> Document:
    """The reply of a `list` method: `items` is absent when there are none, `nextPageToken` on the last page."""
    items, token = page(call, documents)
    location = f"{call.location}/" if collection not in ("zones", "regions") else ""
    relative = f"projects/{call.project}/{location}{collection}"
    reply: Document = {"kind": kind, "id": relative}
    if items:
        reply["items"] = items
    if token:
        reply["nextPageToken"] = token
    return reply | {"selfLink": COMPUTE_PREFIX + relative}


def aggregated_reply(
    call: Call, kind: str, collection: str, located: Iterable[tuple[str, Document]], scopes: tuple[str, ...]
) -> Document:
    """The reply of an `aggregatedList` method.

    Args:
        call: its filter, order and page parameters apply over all locations together.
        kind: the reply's `kind`.
        collection: key of the array in every location's entry.
        located: documents with the location each is in: `zones/Z`, `regions/R` or `global`.
        scopes: which sorts of location the collection has: `global`, `regions`, `zones`.
    """
    locations: dict[str, str] = {}
    documents = []
    for location, document in located:
        locations[document["selfLink"]] = location
        documents.append(document)
    chosen, token = page(call, documents)
    items: dict[str, Any] = {
        location: {"warning": _no_results(location)}
        for location in location_names()
        if location.partition("/")[0] in scopes
    }
    for document in chosen:
        location = locations[document["selfLink"]]
        items.setdefault(location, {}).pop("warning", None)
        items[location].setdefault(collection, []).append(document)
    relative = f"projects/{call.project}/aggregated/{collection}"
    reply: Document = {"kind": kind, "id": relative, "items": items}
    if token:
        reply["nextPageToken"] = token
    return reply | {"selfLink": COMPUTE_PREFIX + relative}


def _no_results(location: str) -> Document:
    return {
        "code": "NO_RESULTS_ON_PAGE",
        "message": f"There are no results for scope '{location}' on this page.",
        "data": [{"key": "scope", "value": location}],
    }


def _in_order(call: Call, documents: list[Document]) -> list[Document]:
    order = call.parameters.get("orderBy") or "name"
    if order == "name":
        return sorted(documents, key=lambda document: str(document.get("name", "")))
    if order == "creationTimestamp desc":
        return sorted(documents, key=lambda document: str(document.get("creationTimestamp", "")), reverse=True)
    raise invalid_field("orderBy", order, "Must be 'name' or 'creationTimestamp desc'.")


def _position(token: object) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(str(token)))
    except (ValueError, binascii.Error):
        raise invalid_field("pageToken", token, "The page token is not one that this method returned.") from None
