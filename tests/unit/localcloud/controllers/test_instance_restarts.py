"""How soon a machine that ends again and again is started again."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.clock import timestamp
from localcloud.controllers.instance_restarts import boots_again, restart, restart_wait
from localcloud.runtimes.runtime import HaltReason
from localcloud.store.path import ResourcePath
from localcloud.store.store import Resource

NOW = 1_700_000_000.0
PATH = ResourcePath("compute", "project", "zones/us-central1-a", "instances", "web-1")


def instance(ran: float, **internal: Any) -> Resource:
    """A standalone instance whose machine has just ended."""
    body = {"lastStartTimestamp": timestamp(NOW - ran), "scheduling": {"automaticRestart": True}}
    return Resource(PATH, body, {"generation": 3, "created_by": None, **internal}, 1)


def waits(runs: list[float]) -> list[float]:
    """Seconds before each restart of a machine that runs so long each time."""
    found, internal = [], dict[str, Any]()
    for ran in runs:
        internal = restart(instance(ran, **internal), NOW)
        found.append(restart_wait(instance(ran, **internal), NOW))
    return found


def test_it_waits_longer_and_longer() -> None:
    assert waits([0.1] * 7) == [0.5, 1, 2, 4, 8, 10, 10]


def test_after_it_ran_for_a_while_the_next_wait_is_a_first_one() -> None:
    assert waits([0.1, 0.1, 60.0, 0.1]) == [0.5, 1, 0.5, 1]


def test_the_wait_ends() -> None:
    internal = restart(instance(0.1), NOW)
    assert restart_wait(instance(0.1, **internal), NOW + 0.25) == 0.25
    assert restart_wait(instance(0.1, **internal), NOW + 0.75) == 0


def test_a_boot_that_a_call_wants_does_not_wait_and_begins_anew() -> None:
    internal = restart(instance(0.1), NOW)
    called = instance(0.1, **{**internal, "generation": 4})
    assert restart_wait(called, NOW) == 0
    assert restart_wait(instance(0.1, **{**restart(called, NOW), "generation": 4}), NOW) == 0.5


def test_after_a_power_off_it_does_not_wait() -> None:
    internal = restart(instance(0.1), NOW) | {"powered_off": NOW}
    internal |= restart(instance(0.1, **internal), NOW)
    assert restart_wait(instance(0.1, **internal), NOW) == 0


@pytest.mark.parametrize(
    ("internal", "reason", "again"),
    [
        ({}, HaltReason.FAILURE, True),
        ({}, HaltReason.REBOOT, True),
        ({}, HaltReason.POWER_OFF, False),
        ({"powered_off": NOW}, HaltReason.POWER_OFF, True),
        ({"created_by": "group"}, HaltReason.FAILURE, False),
        ({"created_by": "group"}, HaltReason.REBOOT, True),
        ({"created_by": "group", "powered_off": NOW}, HaltReason.FAILURE, True),
    ],
)
def test_who_boots_again(internal: dict[str, Any], reason: HaltReason, again: bool) -> None:
    assert boots_again(instance(0.1, **internal), reason) is again
