"""Instance templates: immutable in v1 (https://cloud.google.com/compute/docs/reference/rest/v1/instanceTemplates)."""

from __future__ import annotations

from localcloud.errors.api import invalid_field, not_implemented
from localcloud.resources.catalogue import MACHINE_TYPES
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import fill, require
from localcloud.resources.fingerprints import fingerprint
from localcloud.resources.instance_documents import check_service_accounts, completed_scheduling, require_boot_image
from localcloud.resources.metadata import completed_metadata, completed_tags
from localcloud.resources.references import Reference
from localcloud.store.store import Document


def _rule(change: Change) -> None:
    """Properties of an instance without a zone: bare machine type, disks to be made, interfaces, existing account."""
    body = change.body
    if "sourceInstance" in body:
        raise not_implemented("compute.instanceTemplates.insert with sourceInstance")
    require(body, "properties")
    properties = body["properties"]
    require(properties, "machineType", "disks", "networkInterfaces", prefix="resource.properties")
    machine_type = properties["machineType"]
    if machine_type not in MACHINE_TYPES:
        raise invalid_field(
            "resource.properties.machineType",
            machine_type,
            "The machine type must be the bare name of one that exists.",
        )
    accounts = properties.get("serviceAccounts", [])
    check_service_accounts(change.transaction, accounts, change.path.project, change.settings)
    for index, disk in enumerate(properties["disks"]):
        _complete_disk(disk, index)
    for index, interface in enumerate(properties["networkInterfaces"]):
        _complete_interface(interface, index)
    properties["scheduling"] = completed_scheduling(properties.get("scheduling", {}))
    properties["metadata"] = completed_metadata(properties.get("metadata"), "resource.properties.metadata")
    if "tags" in properties:
        items = completed_tags(properties["tags"], "resource.properties.tags")
        properties["tags"] = {key: value for key, value in items.items() if key == "items"}
    fill(properties, {"canIpForward": False})


def _complete_disk(disk: Document, index: int) -> None:
    field = f"resource.properties.disks[{index}]"
    if "source" not in disk:
        require(disk, "initializeParams", prefix=field)
    fill(
        disk,
        {
            "kind": "compute#attachedDisk",
            "type": "PERSISTENT",
            "mode": "READ_WRITE",
            "boot": index == 0,
            "index": index,
            "autoDelete": False,
            "interface": "SCSI",
            "deviceName": f"persistent-disk-{index}",
        },
    )
    if index == 0 and not disk["boot"]:
        raise invalid_field(f"{field}.boot", "false", "The first disk must be the boot disk.")
    if index == 0 and "source" not in disk:
        require_boot_image(disk["initializeParams"], field)


def _complete_interface(interface: Document, index: int) -> None:
    if "network" not in interface and "subnetwork" not in interface:
        require(interface, "network", prefix=f"resource.properties.networkInterfaces[{index}]")
    interface |= {"kind": "compute#networkInterface", "name": f"nic{index}"}
    for configuration in interface.get("accessConfigs", []):
        fill(
            configuration,
            {
                "kind": "compute#accessConfig",
                "type": "ONE_TO_ONE_NAT",
                "name": "External NAT",
                "networkTier": "PREMIUM",
            },
        )
    interface["fingerprint"] = fingerprint(interface)


INSTANCE_TEMPLATE = register(
    Kind(
        collection="instanceTemplates",
        kind="compute#instanceTemplate",
        noun="instance_template",
        parameter="instanceTemplate",
        services={"global": "instanceTemplates"},
        aggregated="instanceTemplates",
        references=(
            Reference("properties.networkInterfaces[].network", ("networks",)),
            Reference("properties.networkInterfaces[].subnetwork", ("subnetworks",)),
            Reference("properties.disks[].initializeParams.sourceImage", ("images", "images/family")),
            Reference("properties.disks[].source", ("disks",)),
        ),
        rule=_rule,
    )
)
