"""Fleets as values, for the tests of what is said about them."""

from __future__ import annotations

from typing import Any


def instance(name: str, **facts: Any) -> dict[str, Any]:
    """A serving instance, but for what is said otherwise."""
    return {
        "name": name,
        "zone": "us-central1-a",
        "status": "RUNNING",
        "internal_ip": "10.10.0.2",
        "external_ip": "",
        "current_action": "NONE",
        "health": "HEALTHY",
        "lb_health": "HEALTHY",
        "template": "t-new",
        "release": "1a2b3c4d5e6f",
        "machine_type": "e2-medium",
        "created": "",
        "last_error": "",
        **facts,
    }


def fleet(*instances: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A group that has arrived with these instances, but for what is said otherwise."""
    group = {
        "name": "web-group",
        "target_size": len(instances),
        "size": len(instances),
        "stable": True,
        "version_target_reached": True,
        "location": "us-central1",
        "templates": ["t-new"],
        "update_type": "PROACTIVE",
        **facts,
    }
    return {"group": group, "autoscaler": None, "instances": list(instances), "address": "", "url": ""}


NO_GROUP: dict[str, Any] = {"group": None, "autoscaler": None, "instances": [], "address": "", "url": ""}
