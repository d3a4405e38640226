"""IAM policy documents: bindings of roles to members, with an etag that guards read-modify-write.

Kept in `internal["policy"]` of the resource they protect (IAM: Policy; setIamPolicy's etag rules).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from localcloud.errors.api import concurrent_policy_change, invalid
from localcloud.store.store import Document, Resource, Transaction

_MEMBER = re.compile(
    r"(user|serviceAccount|group|domain|principal|principalSet|deleted):\S+|allUsers|allAuthenticatedUsers"
)
_ROLE = re.compile(r"(projects/[^/]+/|organizations/\d+/)?roles/[A-Za-z0-9_.]+")


def read_policy(resource: Resource) -> Document:
    """The policy as getIamPolicy shows it."""
    stored: Document = resource.internal.get("policy", {})
    bindings = stored.get("bindings", [])
    shown: Document = {"version": 1, "etag": _etag(bindings, resource.internal.get("policy_generation", 0))}
    return shown | ({"bindings": bindings} if bindings else {})


def write_policy(transaction: Transaction, resource: Resource, policy: Document) -> Document:
    """Replace the policy and return the new one.

    Raises:
        ApiError: 409 when `etag` is not the current one; 400 for a bad role or member, or a condition.
    """
    current = read_policy(resource)
    if policy.get("etag") not in (None, "", current["etag"]):
        raise concurrent_policy_change(resource.path.relative)
    internal = resource.internal | {
        "policy": {"bindings": _merged(policy.get("bindings", []))},
        "policy_generation": resource.internal.get("policy_generation", 0) + 1,
    }
    return read_policy(transaction.put(resource.path, resource.body, internal))


def _merged(bindings: list[Any]) -> list[Document]:
    """One binding a role, members sorted and once each, roles sorted; empty bindings vanish."""
    members: dict[str, set[str]] = {}
    for binding in bindings:
        role = binding.get("role", "")
        if not _ROLE.fullmatch(role):
            raise invalid(f"Role '{role}' is not a role name; expected roles/NAME")
        if "condition" in binding:
            raise invalid(f"the local cloud knows no IAM conditions; remove the condition of {role}")
        for member in binding.get("members", []):
            if not _MEMBER.fullmatch(member):
                raise invalid(f"Member '{member}' is not an IAM member; expected TYPE:ID, such as user:NAME@DOMAIN")
            members.setdefault(role, set()).add(member)
    return [{"role": role, "members": sorted(members[role])} for role in sorted(members)]


def _etag(bindings: list[Any], generation: int) -> str:
    digest = hashlib.sha256(json.dumps([generation, bindings], sort_keys=True).encode()).digest()
    return base64.b64encode(digest[:8]).decode()
