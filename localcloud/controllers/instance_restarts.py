"""When a machine that ended without being told to is started again: whether at all, and how soon. Pure."""

from __future__ import annotations

from localcloud.resources.instances import last_start
from localcloud.runtimes.runtime import HaltReason
from localcloud.store.store import Document, Resource

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 10.0
_STEADY_SECONDS = 60.0
"""Who ran for so long does not die at once: the next restart is a first one again."""


def boots_again(instance: Resource, reason: HaltReason) -> bool:
    """Whether a machine that ended without being told to is started again in place.

    A group repairs its own instances: what failed is made anew (gce-behaviour section 2). For others a failure is what
    `scheduling.automaticRestart` is for (D: Scheduling); a guest that switches itself off is TERMINATED.
    """
    if was_powered_off(instance) or reason is HaltReason.REBOOT:
        return True
    restarts = instance.internal["created_by"] is None and instance.body["scheduling"]["automaticRestart"]
    return bool(restarts) and reason is HaltReason.FAILURE


def was_powered_off(instance: Resource) -> bool:
    """Whether the local cloud itself was switching its machine off."""
    return instance.internal.get("powered_off") is not None


def restart(instance: Resource, now: float) -> Document:
    """The internal document's `restart`: how many there were in a row, and when this one may begin (cloud time).

    Those of a host that was switched off begin at once.
    """
    if was_powered_off(instance):
        return {"restart": None}
    ran = now - last_start(instance)
    generation = instance.internal["generation"]
    before = instance.internal.get("restart")
    count = 0
    if before and before["generation"] == generation and ran < _STEADY_SECONDS:
        count = before["count"]
    wait = min(_FIRST_WAIT_SECONDS * 2.0**count, _LONGEST_WAIT_SECONDS)
    return {"restart": {"count": count + 1, "not_before": now + wait, "generation": generation}}


def restart_wait(instance: Resource, now: float) -> float:
    """Cloud seconds until its restart may begin; none for a boot that a call has wanted since."""
    due = instance.internal.get("restart")
    if not due or due["generation"] != instance.internal["generation"]:
        return 0.0
    return max(0.0, float(due["not_before"]) - now)
