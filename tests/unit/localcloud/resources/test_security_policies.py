"""Security policies and their rules."""

from __future__ import annotations

import pytest

DENY = {
    "priority": 1000,
    "action": "deny(403)",
    "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["192.0.2.0/24"]}},
}


@pytest.fixture
def guarded(cloud):
    """A cloud with the policy `guard`."""
    cloud.call("securityPolicies.insert", {"name": "guard"})
    return cloud


def priorities(cloud):
    return [rule["priority"] for rule in cloud.body("global/securityPolicies/guard")["rules"]]


def test_the_last_rule_is_always_there(guarded):
    assert priorities(guarded) == [2147483647]
    assert guarded.refused("securityPolicies.removeRule", securityPolicy="guard", priority=2147483647) == (
        400,
        "The default rule of a security policy cannot be removed; patch it instead.",
    )


def test_rules_by_priority(guarded):
    guarded.call("securityPolicies.addRule", DENY, securityPolicy="guard")
    assert priorities(guarded) == [1000, 2147483647]
    found = guarded.call("securityPolicies.getRule", securityPolicy="guard", priority=1000)
    assert found["preview"] is False
    guarded.call("securityPolicies.patchRule", {"preview": True}, securityPolicy="guard", priority=1000)
    assert guarded.call("securityPolicies.getRule", securityPolicy="guard", priority=1000)["preview"] is True
    assert guarded.refused("securityPolicies.addRule", DENY, securityPolicy="guard") == (
        400,
        "Invalid value for field 'resource.rules[2].priority': '1000'. Two rules have this priority.",
    )
    guarded.call("securityPolicies.removeRule", securityPolicy="guard", priority=1000)
    assert priorities(guarded) == [2147483647]


def test_unknown_action(guarded):
    body = DENY | {"action": "deny(418)"}
    assert guarded.refused("securityPolicies.addRule", body, securityPolicy="guard") == (
        400,
        "Invalid value for field 'resource.rules[1].action': 'deny(418)'. Must be a match of regex "
        "'allow|deny\\((403|404|502)\\)|rate_based_ban|redirect|throttle'",
    )
