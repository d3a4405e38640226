"""Global forwarding rules: an address and a port in front of a target proxy (v1/globalForwardingRules)."""

from __future__ import annotations

import ipaddress
import re

from localcloud.errors.api import invalid, invalid_field, required_field
from localcloud.resources.address_pool import EXTERNAL_RANGES, free_external_address
from localcloud.resources.addresses import forget_address_user, note_address_user, reserved_address
from localcloud.resources.call import Call
from localcloud.resources.collection import Change, Kind, change
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import fill, require
from localcloud.resources.references import Reference, resolve
from localcloud.settings import Settings
from localcloud.store.store import Document, Resource, Transaction

_PORT_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def _rule(change: Change) -> None:
    """Target, address and one port; the port's listener on this machine must be free."""
    body = change.body
    require(body, "target")
    if "backendService" in body:
        raise invalid_field("resource.backendService", body["backendService"], "A global rule has a target proxy.")
    fill(body, {"IPProtocol": "TCP", "loadBalancingScheme": "EXTERNAL", "networkTier": "PREMIUM"})
    if body["IPProtocol"] != "TCP":
        raise invalid_field("resource.IPProtocol", body["IPProtocol"], "Must be TCP for a target proxy.")
    if body["loadBalancingScheme"] not in ("EXTERNAL", "EXTERNAL_MANAGED"):
        raise invalid_field(
            "resource.loadBalancingScheme", body["loadBalancingScheme"], "Must be EXTERNAL or EXTERNAL_MANAGED."
        )
    port = _port(body)
    body["portRange"] = f"{port}-{port}"
    if change.before is None:
        _take_address(change)
        _refuse_taken_address(change)
        change.internal["local_port"] = _local_port(change, port)


def _port(body: Document) -> int:
    text = body.get("portRange") or (body.get("ports") or [""])[0]
    if not text:
        raise required_field("resource.portRange")
    match = _PORT_RANGE.fullmatch(text)
    if not match or (match[2] and match[2] != match[1]) or not 1 <= int(match[1]) <= 65535:
        raise invalid_field("resource.portRange", text, "Must be a single port, such as 80 or 80-80.")
    body.pop("ports", None)
    return int(match[1])


def _take_address(change: Change) -> None:
    body = change.body
    given = body.get("IPAddress")
    if given is None:
        body["IPAddress"] = free_external_address(change.transaction, first_range=EXTERNAL_RANGES[1])
    elif not _is_address(given):
        path = resolve(change.place, "resource.IPAddress", given, ("addresses",))
        address = change.transaction.get(path)
        body["IPAddress"] = address.body["address"] if address else given
    elif reserved_address(change.transaction, change.path.project, given) is None:
        raise invalid_field("resource.IPAddress", given, "The specified address is not a reserved global address.")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _refuse_taken_address(change: Change) -> None:
    body = change.body
    for other in change.transaction.list("compute", "forwardingRules", project=change.path.project):
        if other.body["IPAddress"] == body["IPAddress"] and other.body["portRange"] == body["portRange"]:
            raise invalid_field(
                "resource.IPAddress",
                body["IPAddress"],
                "Specified IP address is in-use and would result in a conflict.",
            )


def local_listener(settings: Settings, port: int) -> int | None:
    """The loopback port that answers for a front-end port, or None when there is none."""
    return {80: settings.http_port, 443: settings.https_port}.get(port)


def _local_port(change: Change, port: int) -> int:
    listener = local_listener(change.settings, port)
    if listener is None:
        raise invalid_field(
            "resource.portRange", f"{port}-{port}", "The local cloud answers at front-end ports 80 and 443 only."
        )
    for other in change.transaction.list("compute", "forwardingRules"):
        if other.internal.get("local_port") == listener:
            raise invalid(
                f"Front-end port {port} of the local cloud is already used by '{other.path.relative}'; delete that "
                "forwarding rule or use the other of ports 80 and 443."
            )
    return listener


def _stored(change: Change) -> None:
    note_address_user(change.transaction, change.path.project, change.body["IPAddress"], change.path.self_link)


def _removed(transaction: Transaction, rule: Resource) -> None:
    forget_address_user(transaction, rule.path.project, rule.body["IPAddress"], rule.path.self_link)


FORWARDING_RULE = register(
    Kind(
        collection="forwardingRules",
        kind="compute#forwardingRule",
        noun="forwarding_rule",
        parameter="forwardingRule",
        services={"global": "globalForwardingRules"},
        verbs=("patch", "setLabels"),
        references=(Reference("target", ("targetHttpProxies", "targetHttpsProxies")),),
        immutable=("IPAddress", "IPProtocol", "portRange", "loadBalancingScheme"),
        fingerprint=True,
        rule=_rule,
        stored=_stored,
        removed=_removed,
    )
)


@mutates("compute.globalForwardingRules.setTarget")
def set_target(call: Call) -> Document:
    """The target must exist."""
    rule = existing(FORWARDING_RULE, call)
    require(call.body, "target")
    body = rule.body | {"target": call.body["target"]}
    changed = change(FORWARDING_RULE, rule, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)
