"""Persistent disks: documents only, no bytes are kept (https://cloud.google.com/compute/docs/reference/rest/v1/disks)."""

from __future__ import annotations

from localcloud.errors.api import in_use, invalid_field
from localcloud.resources.catalogue import DISK_TYPES, catalogue_document
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import fill
from localcloud.resources.references import Reference
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Resource


def _rule(change: Change) -> None:
    """Size from the image or the type, both existing; users are kept by the instances."""
    body = change.body
    if "type" not in body:
        path = ResourcePath("compute", change.path.project, change.path.location, "diskTypes", "pd-standard")
        body["type"] = path.self_link
    default, smallest = int(DISK_TYPES[compute_path(body["type"]).name][1]), 10
    if image := body.get("sourceImage"):
        document = catalogue_document(compute_path(image), change.settings) or {}
        body["sourceImage"] = document["selfLink"]
        body["sourceImageId"] = document["id"]
        default = smallest = int(document["diskSizeGb"])
    fill(body, {"sizeGb": str(default), "status": "READY", "physicalBlockSizeBytes": "4096"})
    if int(body["sizeGb"]) < smallest:
        raise invalid_field("resource.sizeGb", body["sizeGb"], f"The smallest size of this disk is {smallest} GB.")


DISK = register(
    Kind(
        collection="disks",
        kind="compute#disk",
        noun="disk",
        parameter="disk",
        services={"zones": "disks"},
        verbs=("setLabels",),
        aggregated="disks",
        references=(
            Reference("type", ("diskTypes",)),
            Reference("sourceImage", ("images", "images/family")),
        ),
        output_only=("users", "status", "sourceImageId", "lastAttachTimestamp", "lastDetachTimestamp"),
        rule=_rule,
    )
)


def refuse_used_disk(disk: Resource) -> None:
    """Refuse to attach a disk that an instance has.

    Raises:
        ApiError: 400 naming the instance.
    """
    if users := disk.body.get("users"):
        raise in_use("disk", disk.path.relative, compute_path(users[0]).relative)
