"""Reading an instance group manager's documents into the planner's values, and the status it shows."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.controllers.group_plan import outdated
from localcloud.controllers.group_values import Group, Member, Version, VersionTarget
from localcloud.resources.instance_group_managers import no_actions, zones_of_manager
from localcloud.resources.instances import last_start
from localcloud.resources.update_actions import needed_action, strongest, update_action
from localcloud.resources.update_policies import calculated, has_size, version_size
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource


def group_value(manager: Resource, templates: Mapping[str, Document], used: set[str]) -> Group:
    """What the manager wants.

    Args:
        manager: the instance group manager.
        templates: InstanceTemplate documents by URL; one that is gone is missing.
        used: template URLs that members are made from.
    """
    body = manager.body
    zones = zones_of_manager(manager)
    size = int(body.get("targetSize", 0))
    policy = body.get("updatePolicy", {})
    healing = _healing_policy(body)
    versions = _versions(body, size)
    lifecycle = body.get("instanceLifecyclePolicy", {})
    action = _update_action(policy, [templates.get(target.version.template) for target in versions], templates, used)
    return Group(
        target_size=size,
        versions=versions,
        zones=zones,
        max_surge=_amount(policy, "maxSurge", size, len(zones), round_up=True),
        max_unavailable=_amount(policy, "maxUnavailable", size, len(zones), round_up=False),
        proactive=policy.get("type") == "PROACTIVE" and action is not None,
        substitute=policy.get("replacementMethod", "SUBSTITUTE") == "SUBSTITUTE",
        update_action=action or "REPLACE",
        checked="healthCheck" in healing,
        initial_delay_seconds=float(healing.get("initialDelaySec", 0)),
        repairs=lifecycle.get("defaultActionOnFailure", "REPAIR") != "DO_NOTHING",
        updates_on_repair=lifecycle.get("forceUpdateOnRepair") == "YES",
        redistributes=len(zones) > 1 and _redistributes(body, policy),
    )


def member_value(managed: Resource, instance: Resource | None, health_check: str | None) -> Member:
    """One managed instance with its instance, as the planner sees it.

    Args:
        health_check: relative path of the autohealing check, or None.
    """
    version = managed.internal["version"]
    internal = instance.internal if instance else {}
    health = internal.get("health", {}).get(health_check or "", {})
    handle = internal.get("runtime") or {}
    booting = internal.get("desired") == "RUNNING" and handle.get("booted") != internal.get("generation")
    return Member(
        name=managed.path.name,
        zone=managed.internal["zone"],
        version=Version(version["name"], version["template"]),
        action=managed.body.get("currentAction", "NONE"),
        intent=managed.internal.get("intent"),
        exists=instance is not None,
        status=instance.body["status"] if instance else "",
        deleted=internal.get("desired") == "DELETED",
        booting=booting,
        healthy_once=bool(health.get("first_healthy")),
        unhealthy=health.get("state") in ("UNHEALTHY", "TIMEOUT"),
        # One that boots in place, as after a power-off, has as long to get healthy as a new one.
        since=max(float(managed.internal.get("since", 0.0)), last_start(instance) if instance else 0.0),
        verified=bool(managed.internal.get("verified")),
        not_before=float(managed.internal.get("not_before") or 0.0),
    )


def healing_check(manager: Resource) -> str | None:
    """Relative path of the autohealing health check, or None."""
    reference = _healing_policy(manager.body).get("healthCheck")
    return compute_path(reference).relative if reference else None


def current_actions(members: list[Member]) -> dict[str, int]:
    """`currentActions`: every counter, zeros included."""
    counters: dict[str, int] = no_actions()
    for member in members:
        head, *tail = member.action.lower().split("_")
        counters[head + "".join(word.capitalize() for word in tail)] += 1
    return counters


def group_status(group: Group, members: list[Member], before: Document) -> Document:
    """`status`: stable when every member is at rest and the group has its size; whether the versions are reached."""
    late = outdated(group, members)
    at_rest = all(member.action == "NONE" and not member.broken for member in members)
    stable = at_rest and len(members) == group.target_size and not (group.proactive and late)
    return {**before, "isStable": stable, "versionTarget": {"isReached": not late}}


def managed_body(
    manager: Resource, member: Member, instance: Resource | None, instance_path: ResourcePath, health_check: str | None
) -> Document:
    """The derived fields of Google's ManagedInstance document."""
    version = {"instanceTemplate": member.version.template}
    if member.version.name:
        version["name"] = member.version.name
    body: Document = {
        "name": member.name,
        "instance": instance_path.self_link,
        "targetStatus": "RUNNING",
        "version": {} if member.action in ("DELETING", "ABANDONING") else version,
    }
    if instance is None:
        return body
    body |= {"id": str(instance.body["id"]), "instanceStatus": instance.body["status"]}
    if health_check:
        state = instance.internal.get("health", {}).get(health_check, {}).get("state", "UNKNOWN")
        link = manager.body["autoHealingPolicies"][0]["healthCheck"]
        body["instanceHealth"] = [{"healthCheck": link, "detailedHealthState": state}]
    return body


def _healing_policy(body: Document) -> Document:
    policies: list[Document] = body.get("autoHealingPolicies") or [{}]
    return policies[0]


def _redistributes(body: Document, policy: Document) -> bool:
    shape = body.get("distributionPolicy", {}).get("targetShape", "EVEN")
    return (shape, policy.get("instanceRedistributionType", "PROACTIVE")) == ("EVEN", "PROACTIVE")


def _versions(body: Document, size: int) -> tuple[VersionTarget, ...]:
    listed = body.get("versions") or [{"instanceTemplate": body["instanceTemplate"]}]
    return tuple(
        VersionTarget(
            Version(entry.get("name", ""), entry["instanceTemplate"]),
            version_size(entry["targetSize"], size) if has_size(entry) else None,
        )
        for entry in listed
    )


def _update_action(
    policy: Document, wanted: list[Document | None], templates: Mapping[str, Document], used: set[str]
) -> str | None:
    needed = ["NONE"]
    for url in used:
        before = templates.get(url)
        for after in wanted:
            if before is None or after is None:
                needed.append("REPLACE")
            else:
                needed.append(needed_action(before["properties"], after["properties"]))
    minimal = policy.get("minimalAction", "REPLACE")
    return update_action(strongest(needed), minimal, policy.get("mostDisruptiveAllowedAction", "REPLACE"))


def _amount(policy: Document, field: str, size: int, default: int, *, round_up: bool) -> int:
    return calculated(policy[field], size, round_up=round_up) if policy.get(field) else default
