"""Which action brings an instance from one template to another (gce-behaviour section 2: updatePolicy)."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.store.store import Document

_ORDER = ("NONE", "REFRESH", "RESTART", "REPLACE")
_REFRESHED = frozenset({"metadata", "labels", "description"})
_RESTARTED = _REFRESHED | {"machineType", "minCpuPlatform", "serviceAccounts", "shieldedInstanceConfig"}


def needed_action(before: Document, after: Document) -> str:
    """The mildest action that can apply the difference of two templates' `properties`."""
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    if not changed:
        return "NONE"
    if changed <= _REFRESHED:
        return "REFRESH"
    return "RESTART" if changed <= _RESTARTED else "REPLACE"


def strongest(actions: Iterable[str]) -> str:
    """The most disruptive of some actions, of which there is at least one."""
    return max(actions, key=_ORDER.index)


def update_action(needed: str, minimal: str, most_disruptive: str) -> str | None:
    """The action an update takes, or None when what it needs is more disruptive than allowed."""
    action = strongest((needed, minimal))
    return action if _ORDER.index(action) <= _ORDER.index(most_disruptive) else None
