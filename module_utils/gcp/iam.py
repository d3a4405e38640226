"""Members of roles in a project's IAM policy. The policy is one document, guarded by its etag."""

from __future__ import annotations

from dataclasses import dataclass

from .client import Client
from .plan import Action, Plan
from .resource import RESOURCE_MANAGER, Document

_CONDITIONS_VERSION = 3  # the policy version in which Google shows conditional bindings


@dataclass(frozen=True)
class ProjectBindings:
    """The unconditional bindings of some roles, all with the same members. Conditional bindings of the same roles
    are left alone.

    Without `authoritative`, members are added or, when they are to be absent, taken out; with it, they are the
    whole truth. However many roles there are, they are one read and at most one write.
    """

    project: str
    roles: tuple[str, ...]
    members: tuple[str, ...]
    authoritative: bool
    present: bool

    def read(self, client: Client) -> Document:
        """The project's policy, conditional bindings included."""
        return client.call(
            "cloudresourcemanager.projects.getIamPolicy",
            RESOURCE_MANAGER,
            "POST",
            f"projects/{self.project}:getIamPolicy",
            body={"options": {"requestedPolicyVersion": _CONDITIONS_VERSION}},
        )

    def plan(self, current: Document | None) -> Plan:
        """Write the policy back with these roles' members changed, its etag sent along."""
        policy = current or {}
        before = {role: _members(policy, role) for role in self.roles}
        after = {role: self._wanted(members) for role, members in before.items()}
        actions = (self._write(policy, after),) if before != after else ()
        return Plan(actions, _shown(before), _shown(after))

    def resource(self, current: Document | None) -> Document:
        """The roles' bindings alone: the rest of the policy is not this module's business."""
        return _shown({role: _members(current or {}, role) for role in self.roles})

    def _wanted(self, before: list[str]) -> list[str]:
        if self.present:
            return sorted(set(self.members) | (set() if self.authoritative else set(before)))
        if self.authoritative or not self.members:
            return []
        return sorted(set(before) - set(self.members))

    def _write(self, policy: Document, after: dict[str, list[str]]) -> Action:
        others = [
            binding
            for binding in policy.get("bindings", [])
            if not any(_is_unconditional(binding, role) for role in after)
        ]
        return Action(
            "cloudresourcemanager.projects.setIamPolicy",
            RESOURCE_MANAGER,
            "POST",
            f"projects/{self.project}:setIamPolicy",
            body={"policy": {**policy, "bindings": [*others, *_bindings(after)]}},
        )


def _members(policy: Document, role: str) -> list[str]:
    return sorted(
        {
            member
            for binding in policy.get("bindings", [])
            if _is_unconditional(binding, role)
            for member in binding.get("members", [])
        }
    )


def _is_unconditional(binding: Document, role: str) -> bool:
    return bool(binding.get("role") == role and not binding.get("condition"))


def _bindings(members: dict[str, list[str]]) -> list[Document]:
    return [{"role": role, "members": having} for role, having in members.items() if having]


def _shown(members: dict[str, list[str]]) -> Document:
    bindings = _bindings(members)
    return {"bindings": bindings} if bindings else {}
