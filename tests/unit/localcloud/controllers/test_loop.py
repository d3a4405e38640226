"""The reconcile loop: one thread a key, back-off, and no failure that stops the others."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from localcloud.controllers.loop import Reconcile, ReconcileLoop
from localcloud.store.path import ResourcePath
from tests.unit.localcloud.runtimes.releases import eventually


def key(name: str) -> ResourcePath:
    return ResourcePath("compute", "project", "global", "things", name)


@pytest.fixture
def loops() -> Iterator[list[ReconcileLoop]]:
    made: list[ReconcileLoop] = []
    yield made
    for loop in made:
        loop.stop()


def running(loops: list[ReconcileLoop], reconcile: Reconcile, threads: int = 4) -> ReconcileLoop:
    loops.append(ReconcileLoop({"thing": reconcile}, threads=threads))
    loops[-1].start()
    return loops[-1]


def test_a_key_is_reconciled_and_again_after_the_time_it_asks_for(loops: list[ReconcileLoop]) -> None:
    times: list[float] = []

    def reconcile(_: ResourcePath) -> float | None:
        times.append(time.monotonic())
        return 0.1 if len(times) < 3 else None

    running(loops, reconcile).add("thing", key("a"))
    eventually(lambda: len(times) == 3)
    assert times[2] - times[0] >= 0.2


def test_a_key_is_never_worked_on_twice_at_once_and_changes_meanwhile_are_not_lost(
    loops: list[ReconcileLoop],
) -> None:
    inside, worst, done = 0, 0, 0
    lock = threading.Lock()

    def reconcile(_: ResourcePath) -> float | None:
        nonlocal inside, worst, done
        with lock:
            inside += 1
            worst = max(worst, inside)
        time.sleep(0.05)
        with lock:
            inside -= 1
            done += 1
        return None

    loop = running(loops, reconcile)
    loop.add("thing", key("a"))
    eventually(lambda: inside)
    for _ in range(20):
        loop.add("thing", key("a"))
    eventually(lambda: done == 2)
    assert worst == 1


def test_other_keys_go_on_while_one_is_slow(loops: list[ReconcileLoop]) -> None:
    release, seen = threading.Event(), set()

    def reconcile(path: ResourcePath) -> float | None:
        if path.name == "slow":
            release.wait(5)
        seen.add(path.name)
        return None

    loop = running(loops, reconcile, threads=2)
    for name in ("slow", "a", "b", "c"):
        loop.add("thing", key(name))
    eventually(lambda: seen == {"a", "b", "c"})
    release.set()
    eventually(lambda: "slow" in seen)


def test_a_failure_is_logged_once_with_its_key_and_tried_again_later_and_later(
    loops: list[ReconcileLoop], caplog: pytest.LogCaptureFixture
) -> None:
    times: list[float] = []

    def reconcile(_: ResourcePath) -> float | None:
        times.append(time.monotonic())
        if len(times) < 4:
            raise ValueError("not yet")
        return None

    with caplog.at_level(logging.ERROR):
        running(loops, reconcile).add("thing", key("a"))
        eventually(lambda: len(times) == 4)
    assert [record.getMessage() for record in caplog.records] == [
        "thing compute/projects/project/global/things/a failed; it is tried again, and logged again once it has worked"
    ]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps[0] >= 0.1
    assert gaps[1] >= 0.2
    assert gaps[2] >= 0.4


def test_the_earlier_of_two_times_holds(loops: list[ReconcileLoop]) -> None:
    seen: list[float] = []
    loop = running(loops, lambda _: seen.append(time.monotonic()))
    begun = time.monotonic()
    loop.add("thing", key("a"), 0.1)
    loop.add("thing", key("a"), 30)
    eventually(lambda: seen)
    loop.add("thing", key("b"), 30)
    loop.add("thing", key("b"), 0.05)
    eventually(lambda: len(seen) == 2)
    assert time.monotonic() - begun < 5


def test_stopping_waits_for_the_step_that_is_being_done() -> None:
    done: list[bool] = []
    begun = threading.Event()

    def reconcile(_: ResourcePath) -> float | None:
        begun.set()
        time.sleep(0.1)
        done.append(True)
        return 0.0

    loop = ReconcileLoop({"thing": reconcile})
    loop.start()
    loop.add("thing", key("a"))
    begun.wait(5)
    loop.stop()
    assert done == [True]
