"""Security policies and their rules: stored and checked, not enforced yet (v1/securityPolicies)."""

from __future__ import annotations

import re

from localcloud.errors.api import invalid, invalid_field, not_found, required_field
from localcloud.resources.call import Call, handles
from localcloud.resources.collection import Change, Kind, change
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import check_range, fill, merged
from localcloud.store.store import Document, Resource

DEFAULT_PRIORITY = 2**31 - 1
_ACTION = re.compile(r"allow|deny\((403|404|502)\)|rate_based_ban|redirect|throttle")


def _rule(change: Change) -> None:
    """Rules have distinct priorities; the last one, which matches everything, is added when it is missing."""
    body = change.body
    fill(body, {"type": "CLOUD_ARMOR", "rules": []})
    seen = set()
    for index, rule in enumerate(body["rules"]):
        _complete_rule(rule, f"resource.rules[{index}]")
        if rule["priority"] in seen:
            raise invalid_field(f"resource.rules[{index}].priority", rule["priority"], "Two rules have this priority.")
        seen.add(rule["priority"])
    if DEFAULT_PRIORITY not in seen:
        default = {
            "kind": "compute#securityPolicyRule",
            "description": "default rule",
            "priority": DEFAULT_PRIORITY,
            "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
            "action": "allow",
            "preview": False,
        }
        body["rules"].append(default)
    body["rules"].sort(key=lambda rule: int(rule["priority"]))


def _complete_rule(rule: Document, field: str) -> None:
    for name in ("priority", "action", "match"):
        if name not in rule:
            raise required_field(f"{field}.{name}")
    check_range(f"{field}.priority", rule["priority"], 0, DEFAULT_PRIORITY)
    if not _ACTION.fullmatch(rule["action"]):
        raise invalid_field(f"{field}.action", rule["action"], f"Must be a match of regex '{_ACTION.pattern}'")
    if ("expr" in rule["match"]) == ("versionedExpr" in rule["match"]):
        raise invalid_field(
            f"{field}.match", rule["priority"], "Exactly one of expr and versionedExpr must be specified."
        )
    if rule["action"] in ("throttle", "rate_based_ban") and "rateLimitOptions" not in rule:
        raise required_field(f"{field}.rateLimitOptions")
    fill(rule, {"kind": "compute#securityPolicyRule", "preview": False})


SECURITY_POLICY = register(
    Kind(
        collection="securityPolicies",
        kind="compute#securityPolicy",
        noun="security_policy",
        parameter="securityPolicy",
        services={"global": "securityPolicies"},
        verbs=("patch", "setLabels"),
        aggregated="securityPolicies",
        immutable=("type",),
        fingerprint=True,
        rule=_rule,
    )
)


@mutates("compute.securityPolicies.addRule")
def add_rule(call: Call) -> Document:
    """The priority must be free."""
    policy = existing(SECURITY_POLICY, call)
    return _with_rules(call, policy, [*policy.body["rules"], call.body])


@handles("compute.securityPolicies.getRule")
def get_rule(call: Call) -> Document:
    """By priority, 0 when it is left out."""
    return _found_rule(call, existing(SECURITY_POLICY, call))


@mutates("compute.securityPolicies.patchRule")
def patch_rule(call: Call) -> Document:
    """Objects merge, arrays are replaced, null clears."""
    policy = existing(SECURITY_POLICY, call)
    found = _found_rule(call, policy)
    others = [rule for rule in policy.body["rules"] if rule is not found]
    return _with_rules(call, policy, [*others, merged(found, call.body)])


@mutates("compute.securityPolicies.removeRule")
def remove_rule(call: Call) -> Document:
    """Any but the last one."""
    policy = existing(SECURITY_POLICY, call)
    found = _found_rule(call, policy)
    if found["priority"] == DEFAULT_PRIORITY:
        raise invalid("The default rule of a security policy cannot be removed; patch it instead.")
    return _with_rules(call, policy, [rule for rule in policy.body["rules"] if rule is not found])


def _found_rule(call: Call, policy: Resource) -> Document:
    priority = int(call.parameters.get("priority", 0))
    for rule in policy.body["rules"]:
        if rule["priority"] == priority:
            found: Document = rule
            return found
    raise not_found(f"{policy.path.relative}/rules/{priority}")


def _with_rules(call: Call, policy: Resource, rules: list[Document]) -> Document:
    body = policy.body | {"rules": rules}
    changed = change(SECURITY_POLICY, policy, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)
