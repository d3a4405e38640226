"""Whether a network's firewall rules let traffic in to an instance. Pure.

Follows https://cloud.google.com/firewall/docs/firewalls: rules are asked from the lowest priority number on, a denying
one before an allowing one of the same number, and what no rule speaks of is denied.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Network

from localcloud.store.store import Document

_TCP = ("tcp", "6", "all")


def refusal(rules: Iterable[Document], instance: Document, source: str, port: int) -> str:
    """Why TCP from anywhere in a range does not reach a port of an instance, as a phrase; empty when it does.

    Args:
        rules: firewall rules of the instance's project.
        instance: its document; its first network interface counts.
        source: the range, as `35.191.0.0/16`.
        port: of the instance.
    """
    network = instance["networkInterfaces"][0]["network"]
    undecided = [IPv4Network(source)]
    for rule in sorted((rule for rule in rules if rule["network"] == network), key=_order):
        if not (_is_about(rule, instance) and _covers(rule, port)):
            continue
        for text in rule.get("sourceRanges", []):
            decided, undecided = _divided(undecided, text)
            if decided and rule.get("denied"):
                return f"the firewall rule {rule['name']} denies {decided[0]} to reach tcp:{port}"
    if not undecided:
        return ""
    name = network.rsplit("/", 1)[-1]
    return f"no firewall rule of the network {name} allows {undecided[0]} to reach tcp:{port}"


def _order(rule: Document) -> tuple[int, bool]:
    return rule["priority"], not rule.get("denied")


def _is_about(rule: Document, instance: Document) -> bool:
    """Whether an enabled rule for incoming traffic has this instance for a target; without targets it has them all."""
    if rule["direction"] != "INGRESS" or rule["disabled"]:
        return False
    tags, accounts = rule.get("targetTags", []), rule.get("targetServiceAccounts", [])
    own_accounts = [account["email"] for account in instance.get("serviceAccounts", [])]
    found = {*tags, *accounts} & {*instance.get("tags", {}).get("items", []), *own_accounts}
    return bool(found) or not (tags or accounts)


def _covers(rule: Document, port: int) -> bool:
    """Whether it speaks of TCP to this port; a protocol without ports means all of them."""
    for entry in rule.get("allowed") or rule.get("denied") or []:
        if str(entry["IPProtocol"]).lower() in _TCP:
            spans = [text.partition("-") for text in entry.get("ports", [])]
            if not spans or any(int(first) <= port <= int(last or first) for first, _, last in spans):
                return True
    return False


def _divided(networks: list[IPv4Network], text: str) -> tuple[list[IPv4Network], list[IPv4Network]]:
    """What of the networks is within a range, and what is not."""
    # Not strict: who writes a rule is told of bits behind the mask; what is stored must not stop all health checks.
    range_ = ipaddress.ip_network(text, strict=False)
    within: list[IPv4Network] = []
    outside: list[IPv4Network] = []
    for network in networks:
        if not isinstance(range_, IPv4Network) or not network.overlaps(range_):
            outside.append(network)
        elif network.subnet_of(range_):
            within.append(network)
        else:
            within.append(range_)
            outside.extend(network.address_exclude(range_))
    return within, outside
