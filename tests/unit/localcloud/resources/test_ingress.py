"""Who gets in: priorities, denials, targets, ports, and ranges that a rule covers in part."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.resources.ingress import refusal

PROBERS = "35.191.0.0/16"
NETWORK = "https://www.googleapis.com/compute/v1/projects/p/global/networks/web"
INSTANCE = {
    "networkInterfaces": [{"network": NETWORK}],
    "tags": {"items": ["serving"]},
    "serviceAccounts": [{"email": "web@p.iam.gserviceaccount.com"}],
}
NOBODY = f"no firewall rule of the network web allows {PROBERS} to reach tcp:5000"


def rule(name: str = "in", **fields: Any) -> dict[str, Any]:
    """A rule as it is stored; it allows everything from everywhere but for what is said otherwise."""
    action = {} if "denied" in fields else {"allowed": [{"IPProtocol": "tcp"}]}
    return {
        "name": name,
        "network": NETWORK,
        "direction": "INGRESS",
        "priority": 1000,
        "disabled": False,
        "sourceRanges": ["0.0.0.0/0"],
        **action,
        **fields,
    }


def tcp(*ports: str) -> list[dict[str, Any]]:
    return [{"IPProtocol": "tcp", "ports": list(ports)}]


def ask(*rules: dict[str, Any]) -> str:
    return refusal(rules, INSTANCE, PROBERS, 5000)


def test_what_no_rule_speaks_of_is_denied() -> None:
    assert ask() == NOBODY


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sourceRanges": [PROBERS]},
        {"sourceRanges": ["35.191.0.0/17", "35.191.128.0/17"]},
        {"allowed": tcp("5000")},
        {"allowed": tcp("80", "4000-6000")},
        {"allowed": [{"IPProtocol": "icmp"}, {"IPProtocol": "6", "ports": ["5000"]}]},
        {"allowed": [{"IPProtocol": "all"}]},
        {"targetTags": ["other", "serving"]},
        {"targetServiceAccounts": ["web@p.iam.gserviceaccount.com"]},
    ],
)
def test_a_rule_that_lets_them_in(fields: dict[str, Any]) -> None:
    assert ask(rule(**fields)) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"disabled": True},
        {"direction": "EGRESS"},
        {"network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/other"},
        {"allowed": tcp("80")},
        {"allowed": tcp("5001-6000")},
        {"allowed": [{"IPProtocol": "udp"}]},
        {"targetTags": ["other"]},
        {"targetServiceAccounts": ["other@p.iam.gserviceaccount.com"]},
        {"sourceRanges": ["10.0.0.0/8", "::/0"]},
        {"sourceRanges": ["2001:db8::1/32", "2001:db8::1/128"]},
    ],
)
def test_a_rule_that_is_about_something_else(fields: dict[str, Any]) -> None:
    assert ask(rule(**fields)) == NOBODY


def test_a_rule_for_tags_lets_no_address_in() -> None:
    tagged = rule(sourceTags=["lb"])
    del tagged["sourceRanges"]
    assert ask(tagged) == NOBODY


def test_a_range_that_is_let_in_only_in_part() -> None:
    assert ask(rule(sourceRanges=["35.191.0.0/17"])) == NOBODY.replace(PROBERS, "35.191.128.0/17")


def test_the_lowest_priority_number_decides_and_a_denial_where_numbers_are_equal() -> None:
    allow, deny = rule("in"), rule("out", denied=[{"IPProtocol": "all"}])
    denied = f"the firewall rule out denies {PROBERS} to reach tcp:5000"
    assert ask(allow, deny) == denied
    assert ask(allow, deny | {"priority": 999}) == denied
    assert ask(allow | {"priority": 999}, deny) == ""


def test_a_part_that_is_denied_first() -> None:
    deny = rule("out", denied=[{"IPProtocol": "tcp"}], priority=1, sourceRanges=["35.191.7.0/24"])
    assert ask(rule(), deny) == "the firewall rule out denies 35.191.7.0/24 to reach tcp:5000"
