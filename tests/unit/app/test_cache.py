"""The cache: freshness, one read at a time, and what becomes of failures. Time is a number the test sets."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flaskscale_app.cache import Cached, Reading
from flaskscale_app.errors import SourceUnavailableError


class Source:
    """Counts its reads and fails when told to."""

    def __init__(self) -> None:
        self.reads = 0
        self.failure: Exception | None = None

    def read(self) -> int:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return self.reads


class Clock:
    """Monotonic seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def cached(source: Source, clock: Clock, start: Callable[[Callable[[], None]], None]) -> Cached[int]:
    return Cached(
        source.read,
        fresh_seconds=5,
        failure_seconds=2,
        patience_seconds=0.01,
        nothing_yet="nothing yet",
        clock=clock,
        start=start,
    )


def at_once(work: Callable[[], None]) -> None:
    work()


def test_a_fresh_value_is_not_read_again() -> None:
    source, clock = Source(), Clock()
    cache = cached(source, clock, at_once)
    assert cache.get() == Reading(1, 0.0, None)
    clock.now += 4.9
    reading = cache.get()
    assert (reading.value, reading.error) == (1, None)
    assert reading.age_seconds == pytest.approx(4.9)
    assert source.reads == 1


def test_a_stale_value_is_read_again() -> None:
    source, clock = Source(), Clock()
    cache = cached(source, clock, at_once)
    cache.get()
    clock.now += 5
    assert cache.get() == Reading(2, 0.0, None)


def test_while_one_request_refreshes_the_others_get_the_last_value_at_once() -> None:
    source, clock = Source(), Clock()
    started: list[Callable[[], None]] = []
    cache = cached(source, clock, started.append)
    cache.get()
    started.pop()()
    clock.now += 6
    assert [cache.get().value for _ in range(3)] == [1, 1, 1]
    assert len(started) == 1
    started.pop()()
    assert cache.get() == Reading(2, 0.0, None)
    assert source.reads == 2


def test_many_threads_cause_one_read_and_all_get_its_value() -> None:
    release = threading.Event()
    reads = []

    def slow() -> str:
        reads.append(threading.get_ident())
        assert release.wait(10)
        return "value"

    cache = Cached(slow, patience_seconds=10, nothing_yet="nothing yet")
    answers: list[Reading[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(cache.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    release.set()
    for thread in threads:
        thread.join(10)
    assert [answer.value for answer in answers] == ["value"] * 8
    assert len(reads) == 1


def test_a_first_read_that_takes_too_long_is_told() -> None:
    cache = cached(Source(), Clock(), lambda work: None)
    assert cache.get() == Reading(None, None, "nothing yet")


def test_a_failure_keeps_the_last_value_and_is_told_with_its_age() -> None:
    source, clock = Source(), Clock()
    cache = cached(source, clock, at_once)
    cache.get()
    clock.now += 6
    source.failure = SourceUnavailableError("the source is away")
    assert cache.get() == Reading(1, 6.0, "the source is away")


def test_a_failure_is_remembered_and_then_tried_again() -> None:
    source, clock = Source(), Clock()
    cache = cached(source, clock, at_once)
    source.failure = SourceUnavailableError("the source is away")
    assert cache.get() == Reading(None, None, "the source is away")
    clock.now += 1.9
    assert cache.get() == Reading(None, None, "the source is away")
    assert source.reads == 1
    clock.now += 0.1
    source.failure = None
    assert cache.get() == Reading(2, 0.0, None)


def test_a_defect_in_reading_is_told_and_leaves_the_cache_working() -> None:
    source, clock = Source(), Clock()
    cache = cached(source, clock, at_once)
    source.failure = ZeroDivisionError("oops")
    with pytest.raises(ZeroDivisionError):
        cache.get()
    assert cache.get().error == "Reading failed in an unexpected way (ZeroDivisionError: oops)"
    clock.now += 2
    source.failure = None
    assert cache.get().value == 2
