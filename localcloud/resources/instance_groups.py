"""Instance groups: made beside their managers, read-only but for named ports (v1/instanceGroups)."""

from __future__ import annotations

from localcloud.errors.api import invalid_field
from localcloud.resources.call import Call, handles
from localcloud.resources.collection import Kind, create
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import check_range, checked_name
from localcloud.resources.fingerprints import check_fingerprint, fingerprint
from localcloud.resources.listing import page
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction

INSTANCE_GROUP = register(
    Kind(
        collection="instanceGroups",
        kind="compute#instanceGroup",
        noun="instance_group",
        parameter="instanceGroup",
        services={"zones": "instanceGroups", "regions": "regionInstanceGroups"},
        aggregated="instanceGroups",
        fingerprint=True,
    ),
    without=("insert", "delete"),
)


def group_of(manager: ResourcePath) -> ResourcePath:
    """The path of the instance group that a manager keeps."""
    return ResourcePath(manager.service, manager.project, manager.location, "instanceGroups", manager.name)


def manager_of(group: ResourcePath) -> ResourcePath:
    """The path of the manager that keeps an instance group."""
    return ResourcePath(group.service, group.project, group.location, "instanceGroupManagers", group.name)


def create_group(
    transaction: Transaction,
    manager: ResourcePath,
    network: str,
    subnetwork: str,
    *,
    now: float,
    settings: Settings,
) -> Resource:
    """Store the instance group of a new manager, empty."""
    path = group_of(manager)
    body: Document = {
        "description": f"This instance group is controlled by the instance group manager '{path.name}'.",
        "network": network,
        "subnetwork": subnetwork,
        "size": 0,
    }
    return create(INSTANCE_GROUP, transaction, path, body, now=now, settings=settings)


def set_group_named_ports(transaction: Transaction, group: Resource, named_ports: list[Document]) -> Resource:
    """Store the named ports at the group and at its manager, whose document shows them too.

    Raises:
        ApiError: 400 for a bad name, a port outside 1 to 65535, or one pair given twice.
    """
    check_named_ports(named_ports)
    body = {key: value for key, value in group.body.items() if key != "namedPorts"}
    if named_ports:
        body["namedPorts"] = named_ports
    body["fingerprint"] = fingerprint(body)
    return transaction.put(group.path, body)


def check_named_ports(named_ports: list[Document]) -> None:
    """Refuse named ports that Google refuses.

    Raises:
        ApiError: 400 for a bad name, a port outside 1 to 65535, or one pair given twice.
    """
    seen = set()
    for index, item in enumerate(named_ports):
        field = f"resource.namedPorts[{index}]"
        checked_name(item, f"{field}.name")
        check_range(f"{field}.port", item.get("port", 0), 1, 65535)
        pair = (item["name"], item["port"])
        if pair in seen:
            raise invalid_field(field, f"{pair[0]}:{pair[1]}", "The same name and port are given twice.")
        seen.add(pair)


@mutates("compute.instanceGroups.setNamedPorts", "compute.regionInstanceGroups.setNamedPorts")
def set_named_ports(call: Call) -> Document:
    """Names and ports are checked; a sent fingerprint must be the current one."""
    group = existing(INSTANCE_GROUP, call)
    check_fingerprint(call.body, group.body["fingerprint"], group.path.relative)
    ports = call.body.get("namedPorts", [])
    changed = set_group_named_ports(call.transaction, group, ports)
    manager = call.transaction.get(manager_of(group.path))
    if manager is not None:
        body = {key: value for key, value in manager.body.items() if key != "namedPorts"}
        call.transaction.put(manager.path, body | ({"namedPorts": ports} if ports else {}))
    return operation_on(call, changed)


@handles("compute.instanceGroups.listInstances", "compute.regionInstanceGroups.listInstances")
def list_instances(call: Call) -> Document:
    """The group's instances with their status and named ports; instanceState RUNNING narrows them."""
    group = existing(INSTANCE_GROUP, call)
    only_running = call.body.get("instanceState") == "RUNNING"
    listed = []
    for instance in instances_of(call.transaction, group.path):
        if only_running and instance.body["status"] != "RUNNING":
            continue
        entry: Document = {"instance": instance.path.self_link, "status": instance.body["status"]}
        if ports := group.body.get("namedPorts"):
            entry["namedPorts"] = ports
        listed.append(entry)
    items, token = page(call, listed)
    noun = "instanceGroups" if call.location.startswith("zones/") else "regionInstanceGroups"
    reply: Document = {"kind": f"compute#{noun}ListInstances", "id": f"{group.path.relative}/listInstances"}
    if items:
        reply["items"] = items
    if token:
        reply["nextPageToken"] = token
    return reply | {"selfLink": f"{group.path.self_link}/listInstances"}


def managed_instances(transaction: Transaction, manager: ResourcePath) -> list[Resource]:
    """The managed instances of a group, as ManagedInstance documents, ordered by name."""
    collection = manager.child("managedInstances", "").collection
    return transaction.list("compute", collection, project=manager.project, location=manager.location)


def add_managed_instance(
    transaction: Transaction, manager: ResourcePath, name: str, zone: str, version: Document, now: float
) -> Resource:
    """Store a new managed instance, whose instance the controller is yet to create.

    Args:
        zone: bare zone name.
        version: the `name` (empty for none) and `template` (URL) it is to be made from.
    """
    shown = {"instanceTemplate": version["template"]} | ({"name": version["name"]} if version["name"] else {})
    body: Document = {
        "name": name,
        "instance": ResourcePath("compute", manager.project, f"zones/{zone}", "instances", name).self_link,
        "currentAction": "CREATING",
        "targetStatus": "RUNNING",
        "version": shown,
    }
    internal = {"zone": zone, "version": version, "since": now, "verified": False, "intent": None}
    return transaction.put(manager.child("managedInstances", name), body, internal)


def instances_of(transaction: Transaction, group: ResourcePath) -> list[Resource]:
    """The instances that exist of an instance group."""
    listed = []
    for managed in managed_instances(transaction, manager_of(group)):
        instance = transaction.get(compute_path(managed.body["instance"]))
        if instance is not None:
            listed.append(instance)
    return listed
