"""Cloud time runs forward, faster when told, and tests can own it."""

from __future__ import annotations

import threading
import time

import pytest

from localcloud.clock import ManualClock, SystemClock, parse_timestamp, timestamp


def test_the_system_clock_scales_waiting_and_time() -> None:
    clock = SystemClock(scale=1000)
    before = clock.now()
    started = time.monotonic()
    assert clock.wait(threading.Event(), 20) is False
    assert clock.now() - before >= 20
    assert time.monotonic() - started < 20
    assert clock.real_seconds(20) == pytest.approx(0.02)


def test_the_clock_starts_at_a_later_origin() -> None:
    assert SystemClock(origin=time.time() + 1000).now() > time.time() + 999
    assert SystemClock(origin=5).now() > 1_000_000_000


def test_manual_time_moves_when_told() -> None:
    clock = ManualClock(100)
    clock.advance(5)
    event = threading.Event()
    assert clock.wait(event, 10) is False
    event.set()
    assert clock.wait(event, 10) is True
    assert clock.now() == 115


def test_timestamps_are_rfc_3339() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000+00:00"
    assert parse_timestamp(timestamp(1_700_000_000.5)) == 1_700_000_000.5
