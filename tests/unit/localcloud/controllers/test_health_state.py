"""Thresholds count consecutive probes."""

from __future__ import annotations

import pytest

from localcloud.controllers.health_state import HealthState, Outcome

LETTERS = {"H": Outcome.HEALTHY, "U": Outcome.UNHEALTHY, "T": Outcome.TIMEOUT}


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("", "UNKNOWN"),
        ("H", "UNKNOWN"),
        ("HH", "HEALTHY"),
        ("HUH", "UNKNOWN"),
        ("U", "UNKNOWN"),
        ("UU", "UNKNOWN"),
        ("UUU", "UNHEALTHY"),
        ("UUT", "TIMEOUT"),
        ("HHUU", "HEALTHY"),
        ("HHUUHUU", "HEALTHY"),
        ("HHUUU", "UNHEALTHY"),
        ("HHUUUH", "UNHEALTHY"),
        ("HHUUUHUH", "UNHEALTHY"),
        ("HHUUUHH", "HEALTHY"),
        ("UUUT", "TIMEOUT"),
    ],
)
def test_states(outcomes: str, state: str) -> None:
    health = HealthState()
    for letter in outcomes:
        health = health.after(LETTERS[letter], healthy_threshold=2, unhealthy_threshold=3)
    assert health.state == state
