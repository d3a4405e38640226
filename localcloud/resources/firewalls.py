"""Firewall rules (https://cloud.google.com/compute/docs/reference/rest/v1/firewalls)."""

from __future__ import annotations

import ipaddress
import re

from localcloud.errors.api import invalid_field
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import check_range, fill, require
from localcloud.resources.references import Reference
from localcloud.store.store import Document

_PORTS = re.compile(r"(\d+)(?:-(\d+))?")
_WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")


def _rule(change: Change) -> None:
    """Direction, exactly one of allowed and denied, ranges, ports, priority 0 to 65535; health checks come in by them.

    Differs: nothing else is kept out, neither between machines nor on its way out.
    """
    body = change.body
    require(body, "network")
    fill(body, {"direction": "INGRESS", "priority": 1000, "disabled": False, "logConfig": {"enable": False}})
    check_range("resource.priority", body["priority"], 0, 65535)
    if bool(body.get("allowed")) == bool(body.get("denied")):
        raise invalid_field("resource", change.path.name, "Exactly one of allowed and denied must be specified.")
    for field in ("allowed", "denied"):
        for index, item in enumerate(body.get(field, [])):
            _check_protocol(item, f"resource.{field}[{index}]")
    _complete_ranges(body)


def _complete_ranges(body: Document) -> None:
    ingress = body["direction"] == "INGRESS"
    if not ingress:
        for field in ("sourceRanges", "sourceTags", "sourceServiceAccounts"):
            if field in body:
                raise invalid_field(f"resource.{field}", body[field], "Must be empty when direction is EGRESS.")
        fill(body, {"destinationRanges": ["0.0.0.0/0"]})
    elif not any(field in body for field in ("sourceRanges", "sourceTags", "sourceServiceAccounts")):
        body["sourceRanges"] = ["0.0.0.0/0"]
    for field in ("sourceRanges", "destinationRanges"):
        if field in body:
            body[field] = [_range(text, f"resource.{field}[{index}]") for index, text in enumerate(body[field])]


def _range(text: str, field: str) -> str:
    try:
        return str(ipaddress.ip_network(text))  # an address alone is the range of itself: /32, and /128 of IPv6
    except ValueError:
        raise invalid_field(field, text, "Must be a valid CIDR address range.") from None


def _check_protocol(item: Document, field: str) -> None:
    require(item, "IPProtocol", prefix=field)
    ports = item.get("ports", [])
    if ports and str(item["IPProtocol"]).lower() not in _WITH_PORTS:
        raise invalid_field(f"{field}.ports", ports, f"Protocol '{item['IPProtocol']}' has no ports.")
    for index, text in enumerate(ports):
        match = _PORTS.fullmatch(text)
        if not match or not 0 <= int(match[1]) <= int(match[2] or match[1]) <= 65535:
            raise invalid_field(
                f"{field}.ports[{index}]", text, "Must be a port or a range of ports, such as 80 or 8000-8080."
            )


FIREWALL = register(
    Kind(
        collection="firewalls",
        kind="compute#firewall",
        noun="firewall",
        parameter="firewall",
        services={"global": "firewalls"},
        verbs=("patch", "update"),
        references=(Reference("network", ("networks",)),),
        immutable=("network", "direction"),
        rule=_rule,
    )
)
