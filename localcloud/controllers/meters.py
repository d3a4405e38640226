"""Rates from counters that are read now and then, and the two counters that the autoscaler lives on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping

from localcloud.clock import Clock
from localcloud.controllers.health_checks import boot_of
from localcloud.controllers.load_balancing import LoadBalancingController
from localcloud.resources.catalogue import MACHINE_TYPES
from localcloud.runtimes.runtime import Runtime
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Resource, Store

_WINDOW_SECONDS = 10.0
_SAMPLES_A_WINDOW = 2
_SHORTEST_PERIOD_REAL_SECONDS = 0.25


class RateMeter:
    """Rates per real second over a window of real time, by key; a counter that falls begins anew."""

    def __init__(self, window_real_seconds: float) -> None:
        self._window = window_real_seconds
        self._samples: dict[str, deque[tuple[float, float]]] = {}

    def sample(self, now: float, counters: Mapping[str, float]) -> None:
        """Take the counters at a (monotonic) time; keys that are missing are forgotten."""
        for key in self._samples.keys() - counters.keys():
            del self._samples[key]
        for key, value in counters.items():
            samples = self._samples.setdefault(key, deque())
            if samples and value < samples[-1][1]:
                samples.clear()
            samples.append((now, value))
            while len(samples) > 2 and samples[1][0] <= now - self._window:
                samples.popleft()

    def rate(self, key: str) -> float | None:
        """The rate over the window; None before there are two samples."""
        samples = self._samples.get(key)
        if samples is None or len(samples) < 2:
            return None
        (first, low), (last, high) = samples[0], samples[-1]
        return (high - low) / (last - first) if last > first else None


class LoadMeters:
    """CPU utilization and requests per second of every running instance.

    CPU is used time over the instance's capacity here: guest CPUs times `cores_per_vcpu` ([choice]: shared-core
    machine types count all their guest CPUs, as their reported utilization does).
    """

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, runtime: Runtime, balancing: LoadBalancingController
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._runtime = runtime
        self._balancing = balancing
        window = max(clock.real_seconds(_WINDOW_SECONDS), 2 * _SHORTEST_PERIOD_REAL_SECONDS)
        self._period = max(window / _SAMPLES_A_WINDOW, _SHORTEST_PERIOD_REAL_SECONDS)
        self._cpu, self._requests = RateMeter(window), RateMeter(window)
        self._lock = threading.Lock()
        self._utilization: dict[ResourcePath, float] = {}
        self._request_rates: dict[ResourcePath, float] = {}

    def reconcile(self, _: ResourcePath) -> float | None:
        """Sample every running instance; real seconds until the next sample."""
        running = [
            instance
            for instance in self._store.list("compute", "instances")
            if instance.body["status"] == "RUNNING" and instance.internal["runtime"] is not None
        ]
        now = time.monotonic()
        self._cpu.sample(
            now, {_key(instance): self._runtime.cpu_seconds(instance.internal["runtime"]) for instance in running}
        )
        self._requests.sample(now, self._request_counters(running))
        utilization, rates = {}, {}
        for instance in running:
            if (used := self._cpu.rate(_key(instance))) is not None:
                utilization[instance.path] = min(1.0, used / self._capacity_cores(instance))
            if (requests := self._requests.rate(_key(instance))) is not None:
                rates[instance.path] = requests
        with self._lock:
            self._utilization, self._request_rates = utilization, rates
        return self._period

    def utilization(self) -> dict[ResourcePath, float]:
        """CPU utilization, 0 to 1, by instance; those just started are missing."""
        with self._lock:
            return dict(self._utilization)

    def request_rates(self) -> dict[ResourcePath, float]:
        """Requests per real second by instance, over all backend services."""
        with self._lock:
            return dict(self._request_rates)

    def _request_counters(self, running: list[Resource]) -> dict[str, float]:
        requests = self._balancing.requests()
        found = {_key(instance): requests.get((instance.path.scope_name, instance.path.name)) for instance in running}
        return {key: count for key, count in found.items() if count is not None}

    def _capacity_cores(self, instance: Resource) -> float:
        machine_type = MACHINE_TYPES[instance.body["machineType"].rpartition("/")[2]]
        return machine_type.guest_cpus * self._settings.cores_per_vcpu


def _key(instance: Resource) -> str:
    return f"{instance.path}/{boot_of(instance)}"
