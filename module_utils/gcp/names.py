"""Self links and references, in the one form in which they can be compared, and names of methods."""

from __future__ import annotations

import re

from .errors import ReferenceAmbiguousError
from .resource import Place, Reference

CANONICAL_ROOT = "https://www.googleapis.com/compute/v1/"
_VERSIONED = re.compile(r"^(?:https?:)?//[^/]+/(?:compute/)?(?:v1|beta|alpha)/")


def relative(link: str) -> str:
    """A full URL as its path under the API's version: `projects/p/global/networks/n`.

    A value that is not a link of this shape comes back unchanged.
    """
    return _VERSIONED.sub("", link)


def normalise(value: str, target: Reference, place: Place, option: str) -> str:
    """The reference as a path from `projects/`, whichever way it was written.

    Takes a bare name, a partial path (`global/...`, `zones/...`, `projects/...`) or a full URL.

    Raises:
        ReferenceAmbiguousError: a bare name for a field whose zone or region is not known.
    """
    path = relative(value).strip("/")
    if path.startswith("projects/") or not path:
        return path
    if path.startswith(("global/", "zones/", "regions/")):
        return f"projects/{place.project}/{path}"
    if "/" in path:
        return f"projects/{place.project}/global/{path}"
    return _resolve(path, target, place, option)


def method_at(place: Place, method: str) -> str:
    """Compute Engine's name of a method on a resource of a zone or a region, e.g. `compute.regionAutoscalers.get`."""
    if place.scope == "region":
        method = f"region{method[0].upper()}{method[1:]}"
    return f"compute.{method}"


def _resolve(name: str, target: Reference, place: Place, option: str) -> str:
    if target.scope == "zone_name":
        return f"projects/{place.project}/zones/{name}"
    if target.scope == "same":
        return f"{place.path}/{target.collection}/{name}"
    if target.scope == "global":
        return f"projects/{place.project}/global/{target.collection}/{name}"
    raise ReferenceAmbiguousError(option, name, f"regions/REGION/{target.collection}/{name}")


def full(path: str) -> str:
    """A path from `projects/` as the canonical URL that Google itself writes."""
    return CANONICAL_ROOT + path if path.startswith("projects/") else path


def last(link: str) -> str:
    """The resource's own name: the last segment of a link, or the empty string of an empty link."""
    return link.rstrip("/").rsplit("/", 1)[-1]
