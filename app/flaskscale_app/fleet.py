"""The fleet as plain typed values, and how they are read out of Compute Engine's documents. Nothing here does I/O.

Field names and meanings follow the compute.v1 discovery document: Instance, InstanceGroupManager,
ManagedInstance, Autoscaler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Document = Mapping[str, Any]

HEALTHY = "HEALTHY"
"""ManagedInstanceInstanceHealth.detailedHealthState of an instance that passes its check."""
RUNNING = "RUNNING"
"""Instance.status from boot to shutdown."""
NO_ACTION = "NONE"
"""ManagedInstance.currentAction of an instance its group leaves alone."""


@dataclass(frozen=True)
class Instance:
    """One VM, or one that its group is about to create (then status is empty)."""

    name: str
    zone: str
    status: str
    internal_ip: str | None = None
    external_ip: str | None = None
    machine_type: str | None = None
    created: str | None = None
    current_action: str = NO_ACTION
    health: str | None = None
    """The autohealing check's verdict; None without a check or before the first probe."""
    template: str | None = None


@dataclass(frozen=True)
class Group:
    """An instance group manager."""

    name: str
    location: str
    target_size: int
    stable: bool
    autoscaler_link: str | None = None


@dataclass(frozen=True)
class Autoscaler:
    """An autoscaler's limits and what it says of itself."""

    name: str
    minimum: int
    maximum: int
    mode: str
    recommended_size: int | None = None
    cpu_target: float | None = None
    """Fraction of one vCPU, as utilizationTarget is."""
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fleet:
    """One reading of the Compute API."""

    machines: tuple[Instance, ...]
    """Every VM of the zone (of the region for a regional group)."""
    members: tuple[Instance, ...]
    """The group's instances; the same as machines where no group is set."""
    group: Group | None = None
    autoscaler: Autoscaler | None = None
    own_vcpus: int | None = None
    """Virtual CPUs of the instance that did the reading; None when it is not among the machines."""


def last_segment(reference: str) -> str:
    """The name at the end of a full or partial resource URL."""
    return reference.rstrip("/").rsplit("/", 1)[-1]


def zone_of(reference: str) -> str:
    """The zone in a zonal resource's URL; empty for a URL without one."""
    segments = reference.split("/")
    return segments[segments.index("zones") + 1] if "zones" in segments else ""


def parse_instance(document: Document) -> Instance:
    """Read a compute#instance. KeyError when a field that every instance has is missing."""
    interface = _first(document.get("networkInterfaces"))
    access = _first(interface.get("accessConfigs"))
    machine_type = document.get("machineType")
    return Instance(
        name=document["name"],
        zone=last_segment(document["zone"]),
        status=document["status"],
        internal_ip=interface.get("networkIP") or None,
        external_ip=access.get("natIP") or None,
        machine_type=last_segment(machine_type) if machine_type else None,
        created=document.get("creationTimestamp"),
    )


def parse_aggregated_instances(pages: Iterable[Document], region: str) -> tuple[Instance, ...]:
    """Read the pages of instances.aggregatedList, keeping the zones of one region, sorted by name."""
    found = [
        parse_instance(document)
        for page in pages
        for scope, listed in page.get("items", {}).items()
        if scope.startswith(f"zones/{region}-")
        for document in listed.get("instances", ())
    ]
    return tuple(sorted(found, key=lambda instance: (instance.name, instance.zone)))


def parse_listed_instances(pages: Iterable[Document]) -> tuple[Instance, ...]:
    """Read the pages of instances.list, sorted by name."""
    found = [parse_instance(document) for page in pages for document in page.get("items", ())]
    return tuple(sorted(found, key=lambda instance: instance.name))


def parse_group(document: Document) -> Group:
    """Read a compute#instanceGroupManager, zonal or regional."""
    status = document.get("status", {})
    return Group(
        name=document["name"],
        location=last_segment(document.get("zone") or document["region"]),
        target_size=int(document["targetSize"]),
        stable=bool(status.get("isStable", False)),
        autoscaler_link=status.get("autoscaler") or None,
    )


def parse_autoscaler(document: Document) -> Autoscaler:
    """Read a compute#autoscaler."""
    policy = document["autoscalingPolicy"]
    recommended = document.get("recommendedSize")
    target = policy.get("cpuUtilization", {}).get("utilizationTarget")
    details = document.get("statusDetails", ())
    return Autoscaler(
        name=document["name"],
        minimum=int(policy.get("minNumReplicas", 0)),
        maximum=int(policy["maxNumReplicas"]),
        mode=policy.get("mode", "ON"),
        recommended_size=None if recommended is None else int(recommended),
        cpu_target=None if target is None else float(target),
        messages=tuple(detail["message"] for detail in details if detail.get("message")),
    )


def parse_members(pages: Iterable[Document], machines: Iterable[Instance]) -> tuple[Instance, ...]:
    """Join the pages of listManagedInstances with the VMs they manage, sorted by name.

    An instance that is being created is a member before it is a VM: then only its name and zone are known.
    """
    known = {(machine.zone, machine.name): machine for machine in machines}
    members = []
    for page in pages:
        for document in page.get("managedInstances", ()):
            name, zone = last_segment(document["instance"]), zone_of(document["instance"])
            machine = known.get((zone, name)) or Instance(name, zone, document.get("instanceStatus", ""))
            health = _first(document.get("instanceHealth"))
            template = document.get("version", {}).get("instanceTemplate")
            members.append(
                replace(
                    machine,
                    current_action=document.get("currentAction", NO_ACTION),
                    health=health.get("detailedHealthState"),
                    template=last_segment(template) if template else None,
                )
            )
    return tuple(sorted(members, key=lambda member: (member.name, member.zone)))


def _first(documents: Sequence[Document] | None) -> Document:
    """The first of a list that may be absent or empty; an empty document then."""
    return documents[0] if documents else {}
