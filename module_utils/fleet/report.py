"""Google's documents about one fleet become one picture of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
RELEASE_LENGTH = 12
_DIGEST_MARK = "@sha256:"


@dataclass(frozen=True)
class FleetDocuments:
    """What the API says, as it says it. `balanced` tells an empty health list from no backend service asked for."""

    manager: Document | None
    managed: list[Document] = field(default_factory=list)
    instances: list[Document] = field(default_factory=list)
    autoscaler: Document | None = None
    balanced: bool = False
    health: list[Document] = field(default_factory=list)
    forwarding_rule: Document | None = None
    logs: Mapping[str, str] = field(default_factory=dict)


def fleet(documents: FleetDocuments) -> Document:
    """The fleet: `group` (None when it does not exist), `autoscaler`, `instances`, `address` and `url`."""
    rule = documents.forwarding_rule or {}
    return {
        "group": _group(documents) if documents.manager else None,
        "autoscaler": _autoscaler(documents.autoscaler) if documents.autoscaler else None,
        "instances": _instances(documents),
        "address": rule.get("IPAddress", ""),
        "url": _url(rule),
    }


def _group(documents: FleetDocuments) -> Document:
    manager = documents.manager or {}
    status = manager.get("status", {})
    versions = manager.get("versions", [])
    return {
        "name": manager["name"],
        "target_size": manager.get("targetSize", 0),
        "size": len(documents.managed),
        "stable": bool(status.get("isStable")),
        "version_target_reached": bool(status.get("versionTarget", {}).get("isReached")),
        "location": _last(manager.get("region") or manager.get("zone", "")),
        "templates": [_last(version.get("instanceTemplate", "")) for version in versions],
        "update_type": manager.get("updatePolicy", {}).get("type", ""),
    }


def _autoscaler(document: Document) -> Document:
    policy = document.get("autoscalingPolicy", {})
    return {
        "minimum": policy.get("minNumReplicas"),
        "maximum": policy.get("maxNumReplicas"),
        "recommended_size": document.get("recommendedSize"),
        "mode": policy.get("mode", "ON"),
        "status": document.get("status", ""),
        "details": [
            {"type": detail.get("type", ""), "message": detail.get("message", "")}
            for detail in document.get("statusDetails", [])
        ],
        "cpu_target": policy.get("cpuUtilization", {}).get("utilizationTarget"),
    }


def _instances(documents: FleetDocuments) -> list[Document]:
    by_name = {document["name"]: document for document in documents.instances}
    balancer = {_last(entry.get("instance", "")): entry.get("healthState", "") for entry in documents.health}
    shown = []
    for managed in documents.managed:
        name = managed.get("name") or _last(managed.get("instance", ""))
        instance = _instance(name, managed, by_name.get(name, {}))
        instance["lb_health"] = balancer.get(name, "UNKNOWN") if documents.balanced else None
        if name in documents.logs:
            instance["log_tail"] = documents.logs[name]
        shown.append(instance)
    return sorted(shown, key=lambda instance: str(instance["name"]))


def _instance(name: str, managed: Document, document: Document) -> Document:
    health = managed.get("instanceHealth", [])
    interface: Document = next(iter(document.get("networkInterfaces", [])), {})
    access: Document = next(iter(interface.get("accessConfigs", [])), {})
    errors = managed.get("lastAttempt", {}).get("errors", {}).get("errors", [])
    return {
        "name": name,
        "zone": zone_of(managed.get("instance", "")) or _last(document.get("zone", "")),
        "status": managed.get("instanceStatus") or document.get("status", ""),
        "internal_ip": interface.get("networkIP", ""),
        "external_ip": access.get("natIP", ""),
        "current_action": managed.get("currentAction", ""),
        "health": health[0].get("detailedHealthState", "UNKNOWN") if health else None,
        "template": _last(managed.get("version", {}).get("instanceTemplate", "")),
        "release": release_of(_metadata(document).get("container-image", "")),
        "machine_type": _last(document.get("machineType", "")),
        "created": document.get("creationTimestamp", ""),
        "last_error": "; ".join(error.get("message", "") for error in errors),
    }


def release_of(image: str) -> str:
    """The first 12 digits of the digest that an image is pinned by; empty when it is not pinned."""
    _, mark, digest = image.partition(_DIGEST_MARK)
    return digest[:RELEASE_LENGTH] if mark else ""


def zone_of(link: str) -> str:
    """The zone in an instance's link; empty when there is none."""
    _, mark, rest = link.partition("/zones/")
    return rest.split("/")[0] if mark else ""


def is_healthy(instance: Document) -> bool:
    """Whether every check that there is finds an instance healthy; one that nobody has judged yet is not."""
    return instance["health"] in (None, "HEALTHY") and instance["lb_health"] in (None, "HEALTHY")


def is_troubled(instance: Document) -> bool:
    """Whether an instance runs and a check has found that it fails."""
    failing = {"UNHEALTHY", "TIMEOUT"}
    return instance["status"] == "RUNNING" and (instance["health"] in failing or instance["lb_health"] in failing)


def worth_reading(instances: list[Document]) -> list[Document]:
    """The instances whose log may say why they do not serve: those that run and are not found healthy, failing first.

    One that ends again and again is UNKNOWN after each repair, until its first checks have ended.
    """
    unproven = [instance for instance in instances if instance["status"] == "RUNNING" and not is_healthy(instance)]
    return sorted(unproven, key=lambda instance: not is_troubled(instance))


def _metadata(document: Document) -> dict[str, str]:
    items = document.get("metadata", {}).get("items", [])
    return {item["key"]: item.get("value", "") for item in items}


def _url(rule: Document) -> str:
    address = rule.get("IPAddress", "")
    if not address:
        return ""
    port = str(rule.get("portRange", "80")).split("-")[0]
    plain = {"80": f"http://{address}", "443": f"https://{address}"}
    return plain.get(port, f"http://{address}:{port}")


def _last(link: str) -> str:
    return link.rstrip("/").rsplit("/", 1)[-1]
