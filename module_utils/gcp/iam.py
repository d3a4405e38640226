"""Members of one role in a project's IAM policy. The policy is one document, guarded by its etag."""

from __future__ import annotations

from dataclasses import dataclass

from .client import Client
from .plan import Action, Plan
from .resource import RESOURCE_MANAGER, Document

_CONDITIONS_VERSION = 3  # the policy version in which Google shows conditional bindings


@dataclass(frozen=True)
class ProjectBinding:
    """The unconditional binding of one role. Conditional bindings of the same role are left alone.

    Without `authoritative`, members are added or, when it is to be absent, taken out; with it, they are the
    whole truth.
    """

    project: str
    role: str
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
        """Write the policy back with this role's members changed, its etag sent along."""
        policy = current or {}
        before = self._members(policy)
        after = self._wanted(before)
        actions = (self._write(policy, after),) if before != after else ()
        return Plan(actions, self._shown(before), self._shown(after))

    def resource(self, current: Document | None) -> Document:
        """The role's binding alone: the rest of the policy is not this module's business."""
        return self._shown(self._members(current or {}))

    def _members(self, policy: Document) -> list[str]:
        return sorted(
            {
                member
                for binding in policy.get("bindings", [])
                if self._ours(binding)
                for member in binding.get("members", [])
            }
        )

    def _ours(self, binding: Document) -> bool:
        return bool(binding.get("role") == self.role and not binding.get("condition"))

    def _wanted(self, before: list[str]) -> list[str]:
        if self.present:
            return sorted(set(self.members) | (set() if self.authoritative else set(before)))
        if self.authoritative or not self.members:
            return []
        return sorted(set(before) - set(self.members))

    def _write(self, policy: Document, members: list[str]) -> Action:
        bindings = [binding for binding in policy.get("bindings", []) if not self._ours(binding)]
        if members:
            bindings.append({"role": self.role, "members": members})
        return Action(
            "cloudresourcemanager.projects.setIamPolicy",
            RESOURCE_MANAGER,
            "POST",
            f"projects/{self.project}:setIamPolicy",
            body={"policy": {**policy, "bindings": bindings}},
        )

    def _shown(self, members: list[str]) -> Document:
        return {"role": self.role, "members": members} if members else {}
