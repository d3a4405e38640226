"""Rates from counters."""

from __future__ import annotations

import pytest

from localcloud.controllers.meters import RateMeter


def test_a_rate_needs_two_samples_and_spans_the_window() -> None:
    meter = RateMeter(10)
    meter.sample(0, {"a": 5})
    assert meter.rate("a") is None
    for second in range(1, 21):
        meter.sample(second, {"a": 5 + (second if second <= 10 else 10 + 3 * (second - 10))})
    assert meter.rate("a") == pytest.approx(3)


def test_a_counter_that_falls_begins_anew() -> None:
    meter = RateMeter(10)
    meter.sample(0, {"a": 100})
    meter.sample(1, {"a": 110})
    meter.sample(2, {"a": 3})
    assert meter.rate("a") is None
    meter.sample(3, {"a": 5})
    assert meter.rate("a") == pytest.approx(2)


def test_what_is_gone_is_forgotten() -> None:
    meter = RateMeter(10)
    meter.sample(0, {"a": 1})
    meter.sample(1, {})
    meter.sample(2, {"a": 9})
    assert meter.rate("a") is None
    assert meter.rate("unknown") is None
