"""Instance group managers, zonal and regional: document, defaults, refusals (gce-behaviour section 2).

The rules store what is wanted (`targetSize`, `versions`, policies); the instance group manager controller makes the
instances, and writes `currentActions`, `status` and the managed instances.
"""

from __future__ import annotations

import re

from localcloud.errors.api import being_deleted, invalid_field, not_implemented, required_field
from localcloud.resources.call import Call
from localcloud.resources.catalogue import zones_of
from localcloud.resources.collection import Change, Kind, refuse_in_use
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import check_range, fill
from localcloud.resources.instance_groups import (
    check_named_ports,
    create_group,
    group_of,
    set_group_named_ports,
)
from localcloud.resources.references import Reference, resolve
from localcloud.resources.update_policies import complete_update_policy, complete_versions
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction

ACTIONS = (
    "none",
    "creating",
    "creatingWithoutRetries",
    "verifying",
    "recreating",
    "deleting",
    "abandoning",
    "restarting",
    "refreshing",
    "stopping",
    "suspending",
    "starting",
    "resuming",
)
"""Every counter of `currentActions`."""

_LARGEST = {"zones": 1000, "regions": 2000}
_LONGEST_BASE_NAME = 58
_BASE_NAME = re.compile("[a-z](?:[-a-z0-9]*[a-z0-9])?")


def no_actions() -> Document:
    """`currentActions` with every counter at zero."""
    return dict.fromkeys(ACTIONS, 0)


def zones_of_manager(manager: Resource) -> tuple[str, ...]:
    """Bare names of the zones that the group spreads over."""
    if manager.path.location.startswith("zones/"):
        return (manager.path.scope_name,)
    return tuple(item["zone"].rpartition("/")[2] for item in manager.body["distributionPolicy"]["zones"])


def _rule(change: Change) -> None:
    """Template or versions, size, names, distribution, update, autohealing and lifecycle policies."""
    body = change.body
    if change.internal.get("desired") == "DELETED":
        raise being_deleted(change.path.relative)
    regional = change.path.location.startswith("regions/")
    if body.get("statefulPolicy"):
        raise not_implemented("stateful instance group managers (statefulPolicy)")
    if body.get("targetPools"):
        raise not_implemented("target pools (targetPools)")
    if "targetSize" not in body:
        raise required_field("resource.targetSize")
    check_range("resource.targetSize", body["targetSize"], 0, _LARGEST[change.path.location.partition("/")[0]])
    _complete_base_name(body, change.path.name)
    _complete_distribution(change, regional=regional)
    _complete_templates(change)
    policy = body.setdefault("updatePolicy", {})
    zones = len(body["distributionPolicy"]["zones"]) if regional else 1
    policy_written = policy != (change.before or {}).get("updatePolicy")
    complete_update_policy(
        policy, size=body["targetSize"], zones=zones, regional=regional, percent_checked=policy_written
    )
    _check_shape(body)
    _complete_health(body)
    check_named_ports(body.get("namedPorts", []))
    fill(
        body,
        {
            "instanceLifecyclePolicy": {"defaultActionOnFailure": "REPAIR", "forceUpdateOnRepair": "NO"},
            "listManagedInstancesResults": "PAGELESS",
            "instanceGroup": group_of(change.path).self_link,
        },
    )
    if change.before is None:
        change.internal |= {"desired": "RUNNING", "operations": []}
        body["currentActions"] = no_actions() | {"creating": body["targetSize"]}
    body["status"] = _modified_status(body, change.before)


def _complete_base_name(body: Document, name: str) -> None:
    fill(body, {"baseInstanceName": name[:_LONGEST_BASE_NAME].rstrip("-")})
    base = body["baseInstanceName"]
    stem = base.rstrip("#").rstrip("-") if base.endswith("#") else base
    if len(base) > _LONGEST_BASE_NAME:
        raise invalid_field("resource.baseInstanceName", base, f"Must be at most {_LONGEST_BASE_NAME} characters long.")
    if not _BASE_NAME.fullmatch(stem):
        raise invalid_field("resource.baseInstanceName", base, f"Must be a match of regex '{_BASE_NAME.pattern}'")


def _complete_templates(change: Change) -> None:
    """`versions` and `instanceTemplate` say the same thing; the one that was written decides."""
    body, before = change.body, change.before or {}
    written = body.get("instanceTemplate") != before.get("instanceTemplate")
    if "versions" not in body or (written and body["versions"] == before.get("versions")):
        if "instanceTemplate" not in body:
            raise required_field("resource.instanceTemplate")
        body["versions"] = [{"instanceTemplate": body["instanceTemplate"]}]
    primary = complete_versions(body["versions"], body["targetSize"])
    body["instanceTemplate"] = primary["instanceTemplate"]


def _complete_distribution(change: Change, *, regional: bool) -> None:
    body = change.body
    if not regional:
        if "distributionPolicy" in body:
            raise invalid_field("resource.distributionPolicy", change.path.name, "Only a regional group has one.")
        return
    region = change.path.scope_name
    policy = body.setdefault("distributionPolicy", {})
    known = zones_of(region)
    if not policy.get("zones"):
        policy["zones"] = [{"zone": f"zones/{zone}"} for zone in known[:3]]
    seen = set()
    for index, item in enumerate(policy["zones"]):
        field = f"resource.distributionPolicy.zones[{index}].zone"
        if "zone" not in item:
            raise required_field(field)
        zone = resolve(change.place, field, item["zone"], ("zones",))
        if zone.name not in known:
            raise invalid_field(
                field, item["zone"], f"The zone is not in region '{region}'; it has {', '.join(known)}."
            )
        if zone.name in seen:
            raise invalid_field(field, item["zone"], "The zone is given twice.")
        seen.add(zone.name)
        item["zone"] = zone.self_link
    fill(policy, {"targetShape": "EVEN"})
    before = (change.before or {}).get("distributionPolicy")
    if before and policy["zones"] != before["zones"]:
        raise invalid_field(
            "resource.distributionPolicy.zones",
            ", ".join(sorted(seen)),
            "The zones cannot be changed after the group was made.",
        )


def _check_shape(body: Document) -> None:
    shape = body.get("distributionPolicy", {}).get("targetShape", "EVEN")
    redistribution = body["updatePolicy"].get("instanceRedistributionType", "NONE")
    if shape in ("BALANCED", "ANY_SINGLE_ZONE") and redistribution != "NONE":
        raise invalid_field(
            "resource.updatePolicy.instanceRedistributionType",
            redistribution,
            f"Must be NONE when the target shape is {shape}.",
        )


def _complete_health(body: Document) -> None:
    policies = body.get("autoHealingPolicies", [])
    if len(policies) > 1:
        raise invalid_field("resource.autoHealingPolicies", len(policies), "At most one policy is supported.")
    for policy in policies:
        fill(policy, {"initialDelaySec": 0})
        check_range("resource.autoHealingPolicies[0].initialDelaySec", policy["initialDelaySec"], 0, 3600)
        if "healthCheck" not in policy:
            raise required_field("resource.autoHealingPolicies[0].healthCheck")


def _modified_status(body: Document, before: Document | None) -> Document:
    """A group that was just made or changed is not stable until its controller has looked at it."""
    status = dict((before or {}).get("status", {}))
    same_versions = before is not None and before.get("versions") == body["versions"]
    reached = status.get("versionTarget", {}).get("isReached", True) if same_versions else body["targetSize"] == 0
    return status | {
        "isStable": False,
        "versionTarget": {"isReached": reached},
        "stateful": {"hasStatefulConfig": False, "perInstanceConfigs": {"allEffective": True}},
        "allInstancesConfig": {"effective": True},
    }


def _stored(change: Change) -> None:
    """The instance group beside it gets the same named ports, and at first the template's network."""
    group = change.transaction.get(group_of(change.path))
    if group is None:
        template = change.transaction.get(compute_path(change.body["instanceTemplate"]))
        interface = template.body["properties"]["networkInterfaces"][0] if template else {}
        subnetwork = interface.get("subnetwork", "")
        network = interface.get("network") or _network_of(change.transaction, subnetwork)
        group = create_group(
            change.transaction, change.path, network, subnetwork, now=change.now, settings=change.settings
        )
    ports = change.body.get("namedPorts", [])
    if ports != group.body.get("namedPorts", []):
        set_group_named_ports(change.transaction, group, ports)


def _network_of(transaction: Transaction, subnetwork: str) -> str:
    resource = transaction.get(compute_path(subnetwork)) if subnetwork else None
    return str(resource.body["network"]) if resource else ""


def _instance_group(manager: Resource) -> tuple[ResourcePath, ...]:
    return (group_of(manager.path),)


def _removed(transaction: Transaction, manager: Resource) -> None:
    transaction.delete(group_of(manager.path))


INSTANCE_GROUP_MANAGER = register(
    Kind(
        collection="instanceGroupManagers",
        kind="compute#instanceGroupManager",
        noun="instance_group_manager",
        parameter="instanceGroupManager",
        services={"zones": "instanceGroupManagers", "regions": "regionInstanceGroupManagers"},
        verbs=("patch",),
        aggregated="instanceGroupManagers",
        references=(
            Reference("instanceTemplate", ("instanceTemplates",)),
            Reference("versions[].instanceTemplate", ("instanceTemplates",)),
            Reference("autoHealingPolicies[].healthCheck", ("healthChecks",)),
        ),
        output_only=("currentActions", "status", "instanceGroup"),
        fingerprint=True,
        rule=_rule,
        parts=_instance_group,
        stored=_stored,
        removed=_removed,
    ),
    without=("delete",),
)


@mutates("compute.instanceGroupManagers.delete", "compute.regionInstanceGroupManagers.delete")
def delete(call: Call) -> Document:
    """Refused while an autoscaler or a backend service uses it; its instances go first, then the group."""
    manager = existing(INSTANCE_GROUP_MANAGER, call)
    refuse_in_use(INSTANCE_GROUP_MANAGER, call.transaction, manager)
    reply = operation_on(call, manager, waits=True)
    pending = [*manager.internal["operations"], str(compute_path(reply["selfLink"]))]
    internal = manager.internal | {"desired": "DELETED", "operations": pending}
    call.transaction.put(manager.path, manager.body | {"targetSize": 0}, internal)
    return reply
