"""Methods on the instances of a managed instance group (gce-behaviour section 2: Methods).

They write `targetSize` and each managed instance's `intent`; the instance group manager controller does the rest. An
operation is DONE once that is scheduled, as Google's is.
"""

from __future__ import annotations

from collections import Counter

from localcloud.errors.api import already_exists, being_deleted, invalid, invalid_field, required_field
from localcloud.resources.call import Call, handles
from localcloud.resources.collection import change
from localcloud.resources.collection_methods import existing, mutates, operation_on
from localcloud.resources.fields import check_range, checked_name
from localcloud.resources.instance_group_managers import INSTANCE_GROUP_MANAGER, zones_of_manager
from localcloud.resources.instance_groups import add_managed_instance, managed_instances
from localcloud.resources.listing import page
from localcloud.resources.references import Place, parse_reference
from localcloud.resources.update_actions import needed_action, update_action
from localcloud.resources.update_policies import has_size
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction

_SERVICES = ("instanceGroupManagers", "regionInstanceGroupManagers")
_MOST_AT_ONCE = 1000
_INTENTS = {"REFRESH": "REFRESH", "RESTART": "RESTART", "REPLACE": "RECREATE"}


def _methods(verb: str) -> tuple[str, ...]:
    return tuple(f"compute.{service}.{verb}" for service in _SERVICES)


@handles(*_methods("listManagedInstances"))
def list_managed_instances(call: Call) -> Document:
    """Every managed instance, also those whose instance does not exist yet.

    PAGELESS groups (the default) ignore maxResults and pageToken.
    """
    manager = existing(INSTANCE_GROUP_MANAGER, call)
    documents = [managed.body for managed in managed_instances(call.transaction, manager.path)]
    if manager.body["listManagedInstancesResults"] == "PAGELESS":
        return {"managedInstances": documents} if documents else {}
    chosen, token = page(call, documents)
    reply: Document = {"managedInstances": chosen} if chosen else {}
    return reply | ({"nextPageToken": token} if token else {})


@handles(*_methods("listErrors"))
def list_errors(call: Call) -> Document:
    """The last error of each managed instance whose last attempt failed.

    Differs: only the last error of each instance is kept, and none of instances that are gone.
    """
    manager = existing(INSTANCE_GROUP_MANAGER, call)
    items = []
    for managed in managed_instances(call.transaction, manager.path):
        for error in managed.body.get("lastAttempt", {}).get("errors", {}).get("errors", []):
            details = {"instance": managed.body["instance"], "action": managed.body["currentAction"]}
            if version := managed.body.get("version"):
                details["version"] = version
            items.append(
                {
                    "error": {"code": error["code"], "message": error["message"]},
                    "instanceActionDetails": details,
                    "timestamp": managed.internal.get("failed_at", manager.body["creationTimestamp"]),
                }
            )
    chosen, token = page(call, items)
    reply: Document = {"items": chosen} if chosen else {}
    return reply | ({"nextPageToken": token} if token else {})


@mutates(*_methods("resize"))
def resize(call: Call) -> Document:
    """Sets targetSize. A regional group whose autoscaler is not OFF refuses it (gce-behaviour section 3: Modes)."""
    manager = _changeable(call)
    size = int(call.parameters["size"])
    if manager.path.location.startswith("regions/"):
        _refuse_autoscaled(call.transaction, manager)
    return _resized(call, manager, size)


@mutates(*_methods("deleteInstances"))
def delete_instances(call: Call) -> Document:
    """Instances of the group only, unless skipInstancesOnValidationError; targetSize falls by their number."""
    return _leave(call, "DELETE")


@mutates(*_methods("abandonInstances"))
def abandon_instances(call: Call) -> Document:
    """Instances of the group only; they keep running outside it, and targetSize falls by their number."""
    return _leave(call, "ABANDON")


@mutates(*_methods("recreateInstances"))
def recreate_instances(call: Call) -> Document:
    """Instances of the group only; each is deleted and created again under its name."""
    manager = _changeable(call)
    for managed in _chosen(call, manager):
        _intend(call.transaction, managed, "RECREATE")
    return operation_on(call, manager)


@mutates(*_methods("applyUpdatesToInstances"))
def apply_updates_to_instances(call: Call) -> Document:
    """minimalAction NONE and mostDisruptiveAllowedAction REPLACE by default; refused when an update needs more."""
    manager = _changeable(call)
    every = bool(call.body.get("allInstances"))
    if every and call.body.get("instances"):
        raise invalid_field("allInstances", "true", "It excludes a list of instances.")
    chosen = managed_instances(call.transaction, manager.path) if every else _chosen(call, manager)
    minimal = call.body.get("minimalAction", "NONE")
    most = call.body.get("mostDisruptiveAllowedAction", "REPLACE")
    for managed in chosen:
        needed = _needed_action(call.transaction, manager, managed)
        action = update_action(needed, minimal, most)
        if action is None:
            raise invalid_field(
                "mostDisruptiveAllowedAction",
                most,
                f"Instance '{managed.path.name}' needs {needed} to reach its version; allow that, or leave it out.",
            )
        if action != "NONE":
            _intend(call.transaction, managed, _INTENTS[action])
    return operation_on(call, manager)


@mutates(*_methods("createInstances"))
def create_instances(call: Call) -> Document:
    """Instances with the names given, made from the group's current version; targetSize rises by their number."""
    manager = _changeable(call)
    configurations = call.body.get("instances", [])
    if not configurations:
        raise required_field("instances")
    zones = zones_of_manager(manager)
    present = managed_instances(call.transaction, manager.path)
    load = Counter(managed.internal["zone"] for managed in present)
    for index, configuration in enumerate(configurations):
        name = checked_name(configuration, f"instances[{index}].name")
        zone = min(zones, key=lambda zone: load[zone])
        load[zone] += 1
        _create_managed(call, manager, name, zone)
    return _resized(call, manager, manager.body["targetSize"] + len(configurations))


@mutates(*_methods("setInstanceTemplate"))
def set_instance_template(call: Call) -> Document:
    """Replaces all versions; existing instances change only when the update policy is PROACTIVE."""
    manager = _changeable(call)
    if "instanceTemplate" not in call.body:
        raise required_field("instanceTemplate")
    body = manager.body | {"instanceTemplate": call.body["instanceTemplate"]}
    body["versions"] = [{"instanceTemplate": call.body["instanceTemplate"]}]
    changed = change(INSTANCE_GROUP_MANAGER, manager, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)


def _changeable(call: Call) -> Resource:
    """The manager, unless it is being deleted.

    Raises:
        ApiError: 404, or 400 when it is going away.
    """
    manager = existing(INSTANCE_GROUP_MANAGER, call)
    if manager.internal.get("desired") == "DELETED":
        raise being_deleted(manager.path.relative)
    return manager


def _refuse_autoscaled(transaction: Transaction, manager: Resource) -> None:
    for autoscaler in transaction.list("compute", "autoscalers", location=manager.path.location):
        mode = autoscaler.body["autoscalingPolicy"]["mode"]
        if autoscaler.body["target"] == manager.path.self_link and mode != "OFF":
            raise invalid(
                f"The size of '{manager.path.relative}' is set by its autoscaler '{autoscaler.path.name}' in mode "
                f"{mode}; set the mode to OFF first."
            )


def _chosen(call: Call, manager: Resource) -> list[Resource]:
    """The managed instances that the call lists by URL.

    Raises:
        ApiError: 400 without any, with more than 1000, or for one that is not of the group.
    """
    urls = call.body.get("instances", [])
    if not urls:
        raise required_field("instances")
    if len(urls) > _MOST_AT_ONCE:
        raise invalid_field("instances", len(urls), f"At most {_MOST_AT_ONCE} instances can be given at once.")
    place = Place(call.transaction, call.project, call.settings)
    chosen: dict[ResourcePath, Resource] = {}
    for index, url in enumerate(urls):
        path = parse_reference(place, f"instances[{index}]", url)
        managed = call.transaction.get(manager.path.child("managedInstances", path.name))
        if managed is not None and managed.body["instance"] == path.self_link:
            chosen[managed.path] = managed
        elif not call.body.get("skipInstancesOnValidationError"):
            raise invalid_field(f"instances[{index}]", url, f"Instance is not a member of '{manager.path.relative}'.")
    return list(chosen.values())


def _leave(call: Call, intent: str) -> Document:
    manager = _changeable(call)
    leaving = [managed for managed in _chosen(call, manager) if not _is_leaving(managed)]
    for managed in leaving:
        _intend(call.transaction, managed, intent)
    return _resized(call, manager, max(manager.body["targetSize"] - len(leaving), 0))


def _is_leaving(managed: Resource) -> bool:
    """Already on its way out: counting it again would shrink the group twice."""
    asked = managed.internal.get("intent") in ("DELETE", "ABANDON")
    return asked or managed.body.get("currentAction") in ("DELETING", "ABANDONING")


def _intend(transaction: Transaction, managed: Resource, intent: str) -> None:
    transaction.put(managed.path, managed.body, managed.internal | {"intent": intent})


def _resized(call: Call, manager: Resource, size: int) -> Document:
    check_range("size", size, 0, 2000)
    body = manager.body | {"targetSize": size}
    changed = change(INSTANCE_GROUP_MANAGER, manager, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)


def _create_managed(call: Call, manager: Resource, name: str, zone: str) -> None:
    instance = ResourcePath("compute", manager.path.project, f"zones/{zone}", "instances", name)
    managed = manager.path.child("managedInstances", name)
    if call.transaction.get(managed) is not None or call.transaction.get(instance) is not None:
        raise already_exists(instance.relative)
    primary = _primary(manager)
    version = {"name": primary.get("name", ""), "template": primary["instanceTemplate"]}
    add_managed_instance(call.transaction, manager.path, name, zone, version, call.now)


def _primary(manager: Resource) -> Document:
    """The version that takes what the others leave, as a managed instance shows it."""
    for version in manager.body["versions"]:
        if not has_size(version):
            return {key: version[key] for key in ("name", "instanceTemplate") if key in version}
    return {"instanceTemplate": manager.body["instanceTemplate"]}


def _needed_action(transaction: Transaction, manager: Resource, managed: Resource) -> str:
    """The mildest action that brings a managed instance to a version of its group."""
    shown = managed.body.get("version", {})
    wanted = [(version.get("name"), version["instanceTemplate"]) for version in manager.body["versions"]]
    if (shown.get("name"), shown.get("instanceTemplate")) in wanted:
        return "NONE"
    before = transaction.get(compute_path(shown["instanceTemplate"])) if "instanceTemplate" in shown else None
    after = transaction.get(compute_path(_primary(manager)["instanceTemplate"]))
    if before is None or after is None:
        return "REPLACE"
    return needed_action(before.body["properties"], after.body["properties"])
