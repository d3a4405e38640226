"""The prober: one asyncio task for each (health check, instance), all on one thread, so none can hold up another."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.clock import Clock
from localcloud.controllers.health_state import HealthState, Outcome
from localcloud.controllers.probes import Probe, probe
from localcloud.store.path import ResourcePath

Key = tuple[str, ResourcePath]
Report = Callable[["Target", str, str], None]
"""Called on the prober's thread with the target, its state and the phrase that explains it, when either is new."""

_EAGER_GAP_REAL_SECONDS = 0.2
_EAGER_REAL_SECONDS = 20.0
_SHORTEST_GAP_REAL_SECONDS = 0.05
_FAILING = frozenset({Outcome.UNHEALTHY, Outcome.TIMEOUT})

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """One instance under one check; when any field changes, probing starts over.

    Attributes:
        check: relative path of the health check.
        boot: which boot of which machine this is.
        initial: the stored state to go on from.
        interval_seconds: cloud seconds from probe to probe.
        dropped: why no probe arrives, so that every one times out; empty when nothing keeps them from it.
    """

    check: str
    instance: ResourcePath
    boot: str
    probe: Probe
    initial: str
    interval_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    dropped: str = ""

    @property
    def key(self) -> Key:
        """Which task this is for."""
        return self.check, self.instance

    def restarts(self, other: Target) -> bool:
        """Whether `other` needs a new task; the stored state alone, which the task itself wrote, does not."""
        return self != other and self != _with_initial(other, self.initial)


def _with_initial(target: Target, initial: str) -> Target:
    return Target(**{**target.__dict__, "initial": initial})


class Prober:
    """Probes a changing set of targets until stopped.

    A new instance is probed at short gaps until it is healthy for the first time ([choice]: Google's probers come from
    many places at once, so there a new backend is also seen sooner than one interval). Thresholds hold all the same:
    every success counts, failures count at most once an interval.
    """

    def __init__(self, clock: Clock, report: Report) -> None:
        self._clock = clock
        self._report = report
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="prober", daemon=True)
        self._tasks: dict[Key, tuple[Target, asyncio.Task[None]]] = {}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End every task and the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def watch(self, targets: list[Target]) -> None:
        """Probe exactly these from now on."""
        self._loop.call_soon_threadsafe(self._replace, {target.key: target for target in targets})

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for _, task in self._tasks.values():
            task.cancel()
        tasks = [task for _, task in self._tasks.values()]
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    def _replace(self, targets: dict[Key, Target]) -> None:
        for key, (target, task) in list(self._tasks.items()):
            wanted = targets.get(key)
            if wanted is None or target.restarts(wanted):
                task.cancel()
                del self._tasks[key]
        for key, target in targets.items():
            if key not in self._tasks:
                self._tasks[key] = (target, self._loop.create_task(self._probe_for_ever(target)))

    async def _probe_for_ever(self, target: Target) -> None:
        state = HealthState(target.initial)
        reported, explained = target.initial, ""
        eager_until = time.monotonic() + (_EAGER_REAL_SECONDS if target.initial == "UNKNOWN" else 0.0)
        failure_counts_from = 0.0
        interval = max(self._clock.real_seconds(target.interval_seconds), _SHORTEST_GAP_REAL_SECONDS)
        while True:
            started = time.monotonic()
            outcome, detail = await self._probe_once(target)
            eager = state.state != "HEALTHY" and started < eager_until
            if outcome is Outcome.HEALTHY or started >= failure_counts_from:
                state = state.after(
                    outcome,
                    healthy_threshold=target.healthy_threshold,
                    unhealthy_threshold=target.unhealthy_threshold,
                )
                failure_counts_from = started + interval * 0.9 if outcome is not Outcome.HEALTHY else 0.0
            if state.state != reported or (state.state in _FAILING and detail not in ("", explained)):
                reported, explained = state.state, detail
                self._tell(target, reported, detail)
                if reported == "HEALTHY":
                    eager_until = 0.0
            gap = min(interval, _EAGER_GAP_REAL_SECONDS) if eager and reported != "HEALTHY" else interval
            await asyncio.sleep(max(0.0, started + gap - time.monotonic()))

    async def _probe_once(self, target: Target) -> tuple[Outcome, str]:
        if target.dropped:
            return Outcome.TIMEOUT, target.dropped
        return await probe(target.probe)

    def _tell(self, target: Target, state: str, detail: str) -> None:
        try:
            self._report(target, state, detail)
        except Exception:
            _logger.exception("the health of %s could not be stored", target.instance)
