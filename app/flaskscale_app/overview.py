"""The one document behind the page and /fleet.json: what this instance knows of itself and of its fleet."""

from __future__ import annotations

import os
from typing import Any

from .cache import Reading
from .fleet import HEALTHY, NO_ACTION, RUNNING, Autoscaler, Fleet, Group, Instance
from .metadata import Identity, identity_of_host
from .services import Services

Overview = dict[str, Any]


def overview(services: Services) -> Overview:
    """Describe the fleet for one request. Costs no API call while the cached reading is fresh.

    The document:
      answered_by  name, zone, internal_ip, external_ip, release, draining, problem (why something is missing),
                   cpu {share 0..1, window_seconds} or null, stress {enabled, remaining_seconds, ...}
      group        name, location, target_size, size, stable; or null
      autoscaler   minimum, maximum, mode, recommended_size, cpu_target, messages; or null
      instances    name, zone, state, tone, health, internal_ip, external_ip, template, is_this
      read         age_seconds since the Compute API was read, error: the sentence of the last failure; or null
    """
    known = services.identity.get()
    identity = known.value or identity_of_host()
    reading = services.fleet.get()
    fleet = reading.value
    return {
        "answered_by": _answered_by(services, identity, known.error, fleet),
        "group": _group(fleet.group, fleet) if fleet and fleet.group else None,
        "autoscaler": _autoscaler(fleet.autoscaler) if fleet and fleet.autoscaler else None,
        "instances": [_instance(member, identity.name) for member in fleet.members] if fleet else [],
        "read": _read(reading),
    }


def state_of(member: Instance) -> tuple[str, str]:
    """A word for what an instance is doing, and its tone: good, busy, bad or idle."""
    if member.current_action != NO_ACTION:
        return member.current_action.replace("_", " ").lower(), "busy"
    state = member.status.lower() or "unknown"
    if member.status != RUNNING:
        return state, "idle"
    if member.health is not None and member.health != HEALTHY:
        return state, "bad"
    return state, "good"


def _answered_by(services: Services, identity: Identity, problem: str | None, fleet: Fleet | None) -> Overview:
    stress = services.stress
    use = services.cpu.use()
    vcpus = (fleet.own_vcpus if fleet else None) or os.cpu_count() or 1
    cores = vcpus * services.settings.cores_per_vcpu
    return {
        "name": identity.name,
        "zone": services.settings.zone or identity.zone,
        "internal_ip": identity.internal_ip,
        "external_ip": identity.external_ip,
        "release": services.settings.release,
        "draining": services.draining.active,
        "problem": problem,
        "cpu": use and {"share": round(use.share_of(cores), 3), "window_seconds": round(use.window_seconds, 1)},
        "stress": {
            "enabled": stress.enabled,
            "remaining_seconds": stress.remaining_seconds(),
            "default_seconds": stress.default_seconds,
            "max_seconds": stress.max_seconds,
        },
    }


def _group(group: Group, fleet: Fleet) -> Overview:
    return {
        "name": group.name,
        "location": group.location,
        "target_size": group.target_size,
        "size": len(fleet.members),
        "stable": group.stable,
    }


def _autoscaler(autoscaler: Autoscaler) -> Overview:
    return {
        "minimum": autoscaler.minimum,
        "maximum": autoscaler.maximum,
        "mode": autoscaler.mode,
        "recommended_size": autoscaler.recommended_size,
        "cpu_target": autoscaler.cpu_target,
        "messages": list(autoscaler.messages),
    }


def _instance(member: Instance, own_name: str) -> Overview:
    state, tone = state_of(member)
    return {
        "name": member.name,
        "zone": member.zone,
        "state": state,
        "tone": tone,
        "health": member.health.lower() if member.health else None,
        "internal_ip": member.internal_ip,
        "external_ip": member.external_ip,
        "template": member.template,
        "is_this": member.name == own_name,
    }


def _read(reading: Reading[Fleet]) -> Overview:
    age = reading.age_seconds
    return {"age_seconds": None if age is None else round(age, 1), "error": reading.error}
