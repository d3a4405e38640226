"""Every Compute Engine method that has rules: importing this file fills `call.HANDLERS` and `collection.KINDS`."""

from __future__ import annotations

from localcloud.resources import (
    addresses,
    autoscalers,
    backend_services,
    disks,
    firewalls,
    forwarding_rules,
    health_checks,
    instance_group_managers,
    instance_groups,
    instance_methods,
    instance_templates,
    instances,
    networks,
    subnetworks,
    target_proxies,
    url_maps,
)

__all__ = [
    "addresses",
    "autoscalers",
    "backend_services",
    "disks",
    "firewalls",
    "forwarding_rules",
    "health_checks",
    "instance_group_managers",
    "instance_groups",
    "instance_methods",
    "instance_templates",
    "instances",
    "networks",
    "subnetworks",
    "target_proxies",
    "url_maps",
]
