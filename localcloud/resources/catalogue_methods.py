"""Reading the catalogue: zones, regions, machine types, disk types and public images."""

from __future__ import annotations

from localcloud.errors.api import image_family_not_found, not_found
from localcloud.resources.call import Call, handles
from localcloud.resources.catalogue import (
    catalogue_document,
    catalogue_list,
    image_documents,
    location_exists,
    location_names,
)
from localcloud.resources.listing import aggregated_reply, list_reply
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document

_NAMES = {
    "zones": "zone",
    "regions": "region",
    "machineTypes": "machineType",
    "diskTypes": "diskType",
    "images": "image",
}
_PROJECT_WIDE = ("zones", "regions")


@handles(*(f"compute.{collection}.get" for collection in _NAMES))
def get(call: Call) -> Document:
    """404 when the catalogue has none."""
    collection = _collection(call)
    location = "" if collection in _PROJECT_WIDE else call.location
    path = ResourcePath("compute", call.project, location, collection, str(call.parameters[_NAMES[collection]]))
    document = catalogue_document(path, call.settings)
    if document is None:
        raise not_found(path.relative)
    return document


@handles(*(f"compute.{collection}.list" for collection in _NAMES))
def list_catalogue(call: Call) -> Document:
    """filter, orderBy, maxResults and pageToken."""
    collection = _collection(call)
    if not location_exists(call.location):
        raise not_found(f"projects/{call.project}/{call.location}")
    zone = str(call.parameters.get("zone", ""))
    documents = catalogue_list(call.project, collection, zone)
    return list_reply(call, f"compute#{_NAMES[collection]}List", collection, documents)


@handles("compute.machineTypes.aggregatedList", "compute.diskTypes.aggregatedList")
def aggregated_list(call: Call) -> Document:
    """As list, over every zone."""
    collection = _collection(call)
    located = [
        (location, document)
        for location in location_names()
        if location.startswith("zones/")
        for document in catalogue_list(call.project, collection, location.partition("/")[2])
    ]
    kind = f"compute#{_NAMES[collection]}AggregatedList"
    return aggregated_reply(call, kind, collection, located, ("zones",))


@handles("compute.images.getFromFamily")
def get_from_family(call: Call) -> Document:
    """The newest image of a family.

    Differs: public image projects have one image for each family.
    """
    family = str(call.parameters["family"])
    path = ResourcePath("compute", call.project, "global", "images/family", family)
    document = catalogue_document(path, call.settings)
    if document is None:
        known = ", ".join(sorted(str(image["family"]) for image in image_documents(call.project)))
        raise image_family_not_found(path.relative, known)
    return document


def _collection(call: Call) -> str:
    return call.method.split(".")[1]
