"""Completing an Instance document: what Google fills in and refuses when an instance is made."""

from __future__ import annotations

from localcloud.errors.api import invalid_field, required_field, service_account_not_found
from localcloud.resources.address_pool import free_external_address, free_internal_address
from localcloud.resources.catalogue import region_of
from localcloud.resources.collection import Change, create
from localcloud.resources.disks import DISK, refuse_used_disk
from localcloud.resources.fields import fill, require
from localcloud.resources.fingerprints import fingerprint
from localcloud.resources.iam import default_compute_email, service_account_path
from localcloud.resources.metadata import completed_metadata, completed_tags
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction


def complete_instance(change: Change) -> None:
    """Fill a new instance's document in place and make its disks, which `internal["made_disks"]` remembers.

    Raises:
        ApiError: 400 for a missing field, a machine type of another zone, a bad disk or one that is in use, a bad
            address or schedule; 404 for an unknown service account.
    """
    body = change.body
    require(body, "machineType", "disks", "networkInterfaces")
    machine_type = compute_path(body["machineType"])
    if machine_type.location != change.path.location:
        raise invalid_field(
            "resource.machineType", body["machineType"], f"The machine type must be in '{change.path.location}'."
        )
    for index, interface in enumerate(body["networkInterfaces"]):
        _complete_interface(change, interface, index)
    check_service_accounts(change.transaction, body.get("serviceAccounts", []), change.path.project, change.settings)
    body["scheduling"] = completed_scheduling(body.get("scheduling", {}))
    body["metadata"] = completed_metadata(body.get("metadata"), "resource.metadata")
    body["tags"] = completed_tags(body.get("tags"), "resource.tags")
    fill(
        body,
        {
            "status": "PROVISIONING",
            "canIpForward": False,
            "deletionProtection": False,
            "startRestricted": False,
            "cpuPlatform": "Unknown CPU Platform",
        },
    )
    _attach_disks(change)


def check_service_accounts(
    transaction: Transaction, accounts: list[Document], project: str, settings: Settings
) -> None:
    """Rewrite `default` to the default service account, and refuse accounts that do not exist.

    Raises:
        ApiError: 400 for more than one account, 404 for an unknown one.
    """
    if len(accounts) > 1:
        raise invalid_field("resource.serviceAccounts", len(accounts), "At most one service account is supported.")
    default = default_compute_email(settings)
    for account in accounts:
        if account.get("email", "default") == "default":
            account["email"] = default
        email = str(account["email"])
        if email != default and transaction.get(service_account_path(project, email)) is None:
            raise service_account_not_found(email)


def require_boot_image(parameters: Document, field: str) -> None:
    """Refuse a boot disk that is to be made of nothing.

    Raises:
        ApiError: 400 when no image is named.
    """
    if not parameters.get("sourceImage"):
        raise invalid_field(field, "boot", "Boot disk must have a source specified")


def completed_scheduling(scheduling: Document) -> Document:
    """The Scheduling document with its defaults; `preemptible` and `provisioningModel: SPOT` imply each other's rules.

    Raises:
        ApiError: 400 when a Spot instance is to restart or to migrate.
    """
    completed = dict(scheduling)
    spot = completed.get("provisioningModel") == "SPOT" or completed.get("preemptible", False)
    if not spot:
        if "instanceTerminationAction" in completed:
            raise invalid_field(
                "resource.scheduling.instanceTerminationAction",
                completed["instanceTerminationAction"],
                "The field is only for instances whose provisioningModel is SPOT.",
            )
        fill(
            completed,
            {
                "onHostMaintenance": "MIGRATE",
                "automaticRestart": True,
                "preemptible": False,
                "provisioningModel": "STANDARD",
            },
        )
        return completed
    if completed.get("automaticRestart"):
        raise invalid_field(
            "resource.scheduling.automaticRestart",
            "true",
            "Scheduling must have automaticRestart be false when preemptible is true.",
        )
    if completed.get("onHostMaintenance") == "MIGRATE":
        raise invalid_field(
            "resource.scheduling.onHostMaintenance",
            "MIGRATE",
            "Scheduling must have onHostMaintenance be TERMINATE when preemptible is true.",
        )
    if completed.get("provisioningModel") == "SPOT":
        fill(completed, {"instanceTerminationAction": "STOP"})
    fill(
        completed,
        {"onHostMaintenance": "TERMINATE", "provisioningModel": "STANDARD"},
    )
    return completed | {"automaticRestart": False, "preemptible": True}


def _complete_interface(change: Change, interface: Document, index: int) -> None:
    field = f"resource.networkInterfaces[{index}]"
    subnetwork = _subnetwork_of(change, interface, field)
    interface["network"] = subnetwork.body["network"]
    interface["subnetwork"] = subnetwork.path.self_link
    interface["networkIP"] = free_internal_address(
        change.transaction, subnetwork.body, interface.get("networkIP", ""), f"{field}.networkIP"
    )
    configurations = interface.get("accessConfigs", [])
    if len(configurations) > 1:
        raise invalid_field(f"{field}.accessConfigs", len(configurations), "At most one access config is supported.")
    for configuration in configurations:
        fill(
            configuration,
            {
                "kind": "compute#accessConfig",
                "type": "ONE_TO_ONE_NAT",
                "name": "External NAT",
                "networkTier": "PREMIUM",
            },
        )
        configuration.setdefault("natIP", free_external_address(change.transaction))
    interface |= {"kind": "compute#networkInterface", "name": f"nic{index}"}
    fill(interface, {"stackType": "IPV4_ONLY"})
    interface["fingerprint"] = fingerprint(interface)


def _subnetwork_of(change: Change, interface: Document, field: str) -> Resource:
    """The interface's subnetwork, given or the network's own in this region."""
    region = f"regions/{region_of(change.path.scope_name)}"
    if link := interface.get("subnetwork"):
        path = compute_path(link)
        if path.location != region:
            raise invalid_field(f"{field}.subnetwork", link, f"The subnetwork must be in '{region}'.")
        subnetwork = change.transaction.get(path)
        if subnetwork is None:
            raise required_field(f"{field}.subnetwork")
        if interface.get("network", subnetwork.body["network"]) != subnetwork.body["network"]:
            raise invalid_field(
                f"{field}.subnetwork", link, f"The subnetwork is not in network '{interface['network']}'."
            )
        return subnetwork
    link = interface.get("network")
    if link is None:
        raise required_field(f"{field}.network")
    network = change.transaction.get(compute_path(link))
    if network is not None and network.body.get("autoCreateSubnetworks"):
        path = ResourcePath("compute", network.path.project, region, "subnetworks", network.path.name)
        automatic = change.transaction.get(path)
        if automatic is not None:
            return automatic
    raise invalid_field(field, link, "Subnetwork should be specified for custom subnetmode network")


def _attach_disks(change: Change) -> None:
    """Make the disks that have initializeParams, and describe each as the instance shows it."""
    attached, made = [], []
    for index, disk in enumerate(change.body["disks"]):
        field = f"resource.disks[{index}]"
        boot = disk.get("boot", index == 0)
        if index == 0 and not boot:
            raise invalid_field(f"{field}.boot", "false", "The first disk must be the boot disk.")
        resource = _disk_resource(change, disk, index, field)
        resource.body["users"] = [*resource.body.get("users", []), change.path.self_link]
        change.transaction.put(resource.path, resource.body)
        if not disk.get("source"):
            made.append(resource.path.self_link)
        shown: Document = {
            "kind": "compute#attachedDisk",
            "type": "PERSISTENT",
            "mode": disk.get("mode", "READ_WRITE"),
            "source": resource.path.self_link,
            "deviceName": disk.get("deviceName", f"persistent-disk-{index}"),
            "index": index,
            "boot": boot,
            "autoDelete": disk.get("autoDelete", False),
            "interface": disk.get("interface", "SCSI"),
            "diskSizeGb": resource.body["sizeGb"],
        }
        attached.append(shown)
    change.body["disks"] = attached
    change.internal["made_disks"] = made


def _disk_resource(change: Change, disk: Document, index: int, field: str) -> Resource:
    if source := disk.get("source"):
        resource = change.transaction.get(compute_path(source))
        if resource is None or resource.path.location != change.path.location:
            raise invalid_field(f"{field}.source", source, f"The disk must be in '{change.path.location}'.")
        refuse_used_disk(resource)
        return resource
    parameters = disk.get("initializeParams")
    if parameters is None:
        raise required_field(f"{field}.source")
    if index == 0:
        require_boot_image(parameters, field)
    name = parameters.get("diskName", change.path.name if index == 0 else f"{change.path.name}-{index}")
    path = ResourcePath("compute", change.path.project, change.path.location, "disks", name)
    body = {
        "sizeGb": parameters.get("diskSizeGb", disk.get("diskSizeGb")),
        "type": parameters.get("diskType"),
        "sourceImage": parameters.get("sourceImage"),
        "labels": parameters.get("labels"),
    }
    return create(DISK, change.transaction, path, body, now=change.now, settings=change.settings)
