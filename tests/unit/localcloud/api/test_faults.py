"""Injected faults: who is struck, how often, how many times."""

from __future__ import annotations

from localcloud.api.faults import Faults, read_fault


def test_the_rate_decides_by_the_draw() -> None:
    draws = iter([0.1, 0.5, 0.29])
    faults = Faults(lambda: next(draws))
    faults.add(read_fault({"method": "compute.instances.list", "rate": 0.3}))
    struck = [faults.strike("compute.instances.list") for _ in range(3)]
    assert [error.code if error else None for error in struck] == [503, None, 503]


def test_only_matching_methods_are_struck_until_the_count_is_used_up() -> None:
    faults = Faults(lambda: 0.0)
    faults.add(read_fault({"method": "compute.*.insert", "status": 429, "count": 1}))
    assert faults.strike("compute.instances.list") is None
    first = faults.strike("compute.instances.insert")
    assert first is not None
    assert (first.code, first.reason) == (429, "rateLimitExceeded")
    assert faults.strike("compute.disks.insert") is None
    assert faults.documents() == [{"method": "compute.*.insert", "status": 429, "rate": 1.0, "left": 0}]
    faults.clear()
    assert faults.documents() == []
