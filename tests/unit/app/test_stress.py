"""Burning CPU: bounds, refusals, and real processes that end when they must."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import flaskscale_app.burner
import pytest
from flaskscale_app.errors import StressRefusedError
from flaskscale_app.stress import Stress


@pytest.fixture
def stress() -> Iterator[Stress]:
    stress = Stress(enabled=True, max_seconds=100, processes=1)
    yield stress
    stress.stop()


def refusal(stress: Stress, seconds: str | None) -> StressRefusedError:
    with pytest.raises(StressRefusedError) as refused:
        stress.start(seconds)
    return refused.value


def test_it_is_refused_where_it_is_off() -> None:
    refused = refusal(Stress(enabled=False, max_seconds=100, processes=1), "5")
    assert (refused.status, str(refused)) == (
        403,
        "Stress is off on this instance; set FLASKSCALE_STRESS_ENABLED=true to allow it",
    )


@pytest.mark.parametrize("seconds", ["0", "101", "-5", "5.5", "", "five", "\u0665"])
def test_seconds_out_of_bounds_are_refused(stress: Stress, seconds: str) -> None:
    refused = refusal(stress, seconds)
    assert (refused.status, str(refused)) == (
        400,
        f"seconds is {seconds!r}; expected a whole number from 1 to 100 (FLASKSCALE_STRESS_MAX_SECONDS)",
    )
    assert stress.remaining_seconds() == 0


@pytest.mark.parametrize(("maximum", "expected"), [(10, 10), (100, 60)])
def test_without_seconds_it_burns_a_minute_at_most(maximum: int, expected: int) -> None:
    stress = Stress(enabled=True, max_seconds=maximum, processes=1)
    try:
        assert stress.start(None) == expected
        assert stress.remaining_seconds() == expected
    finally:
        stress.stop()


def test_one_burns_at_a_time(stress: Stress) -> None:
    assert stress.start("50") == 50
    refused = refusal(stress, "50")
    assert (refused.status, refused.retry_after_seconds) == (409, 50)
    assert str(refused) == "This instance is already burning CPU for another 50 s; ask again after that"


def test_it_can_burn_again_after_it_was_stopped(stress: Stress) -> None:
    stress.start("50")
    stress.stop()
    assert stress.remaining_seconds() == 0
    assert stress.start("50") == 50


def test_it_ends_by_itself_having_used_cpu(stress: Stress) -> None:
    before = os.times()
    stress.start("1")
    deadline = time.monotonic() + 10
    while os.times().children_user - before.children_user < 0.1:  # counted once the process has ended
        assert time.monotonic() < deadline
        stress.remaining_seconds()
        time.sleep(0.05)
    assert stress.remaining_seconds() == 0


def test_a_burner_ends_with_the_worker_that_started_it() -> None:
    burner = Path(flaskscale_app.burner.__file__)
    someone_else = os.getpid() + 1_000_000
    subprocess.run([sys.executable, str(burner), "60", str(someone_else)], check=True, timeout=10)
