"""All controllers together: what wakes which, how they start, and the two ways they stop."""

from __future__ import annotations

from contextlib import ExitStack

from localcloud.clock import Clock
from localcloud.controllers.autoscalers import AutoscalerController
from localcloud.controllers.health_checks import HealthCheckController
from localcloud.controllers.instance_group_managers import InstanceGroupManagerController
from localcloud.controllers.instances import InstanceController
from localcloud.controllers.load_balancing import DEBOUNCE_REAL_SECONDS, LoadBalancingController, drain_seconds
from localcloud.controllers.loop import ReconcileLoop
from localcloud.controllers.meters import LoadMeters
from localcloud.controllers.power_off import switch_off
from localcloud.dataplane.envoy import Envoy
from localcloud.resources.operations import forget_old
from localcloud.runtimes.runtime import Runtime
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Store

_FORGETTING_REAL_SECONDS = 600.0
_EVERYTHING = ResourcePath("compute", "", "", "", "everything")
_LOAD_BALANCING = frozenset(
    {"instances", "instanceGroups", "backendServices", "urlMaps", "targetHttpProxies", "forwardingRules"}
)
_HEALTH = frozenset(
    {"instances", "instanceGroups", "instanceGroupManagers", "backendServices", "healthChecks", "firewalls"}
)


def adoptable_ports(settings: Settings) -> frozenset[int]:
    """Ports that the Envoy of a killed predecessor still serves; they are taken, but by what will be adopted."""
    return _envoy(settings).ports()


def stop_load_balancer(settings: Settings) -> None:
    """End the Envoy that a killed predecessor left; nothing happens when there is none."""
    _envoy(settings).stop()


def _envoy(settings: Settings) -> Envoy:
    return Envoy(settings.state / "envoy", settings.state / "log" / "envoy.log")


class Controllers:
    """Everything that makes the store's wishes true.

    Args:
        store: shared with the API.
        clock: cloud time.
        settings: of this local cloud.
        runtime: boots the instances.
    """

    def __init__(self, store: Store, clock: Clock, settings: Settings, runtime: Runtime) -> None:
        self._store = store
        self._clock = clock
        self._runtime = runtime
        self._envoy = _envoy(settings)
        self._owners: dict[ResourcePath, ResourcePath] = {}
        self._load_balancing = LoadBalancingController(store, runtime, self._envoy)
        self._health = HealthCheckController(store, clock, runtime)
        instances = InstanceController(store, clock, settings, runtime, self._load_balancing.drained)
        groups = InstanceGroupManagerController(store, clock, settings, drain_seconds)
        self._meters = LoadMeters(store, clock, settings, runtime, self._load_balancing)
        autoscalers = AutoscalerController(store, clock, settings, self._meters)
        self._loop = ReconcileLoop(
            {
                "instance": instances.reconcile,
                "instance group manager": groups.reconcile,
                "autoscaler": autoscalers.reconcile,
                "meters": self._meters.reconcile,
                "load balancing": self._load_balancing.reconcile,
                "load balancer": self._load_balancing.watch,
                "health checks": self._health.reconcile,
                "old operations": self._forget_old_operations,
            }
        )

    def start(self) -> None:
        """Adopt what still runs, boot what was powered off, and begin to reconcile.

        Raises:
            StartError: Envoy does not start.
        """
        self._envoy.start()
        self._health.start()
        self._store.subscribe(self._changed)
        for instance in self._store.list("compute", "instances"):
            self._wake_instance(instance.path)
        for manager in self._store.list("compute", "instanceGroupManagers"):
            self._loop.add("instance group manager", manager.path)
        for autoscaler in self._store.list("compute", "autoscalers"):
            self._loop.add("autoscaler", autoscaler.path)
        for kind in ("load balancing", "load balancer", "health checks", "meters", "old operations"):
            self._loop.add(kind, _EVERYTHING)
        self._loop.start()
        self._envoy.wait_ready()

    def stop(self, *, power_off: bool) -> None:
        """Stop reconciling; works also on what a killed predecessor left, without `start`.

        Args:
            power_off: stop instances and Envoy too, marked so that the next start boots the same instances again;
                False leaves them running, to be adopted.

        Raises:
            StopError: machines that could not be stopped; everything else is.
        """
        with ExitStack() as then:  # from the last to the first, and each also after one that fails
            if power_off:
                then.callback(self._envoy.stop)
                then.callback(switch_off, self._store, self._clock.now(), lambda: self._runtime)
            then.callback(self._health.stop)
            self._loop.stop()

    def cpu_utilization(self) -> dict[str, float]:
        """CPU utilization of each running instance, 0 to 1, by `ZONE/NAME`: a name is unique in its zone only."""
        return {f"{path.scope_name}/{path.name}": round(used, 4) for path, used in self._meters.utilization().items()}

    def _forget_old_operations(self, _: ResourcePath) -> float:
        with self._store.transaction() as transaction:
            forget_old(transaction, self._clock.now())
        return _FORGETTING_REAL_SECONDS

    def _changed(self, paths: frozenset[ResourcePath]) -> None:
        """Wake what a commit concerns; called on the committing thread, so it only queues."""
        for path in paths:
            if path.collection == "instances":
                self._wake_instance(path)
            elif path.collection == "instanceGroupManagers":
                self._loop.add("instance group manager", path)
            elif path.collection == "autoscalers":
                self._loop.add("autoscaler", path)
            elif path.collection.endswith("/managedInstances"):
                self._loop.add("instance group manager", _manager_of_managed(path))
        collections = {path.collection for path in paths}
        if collections & _LOAD_BALANCING:
            self._loop.add("load balancing", _EVERYTHING, DEBOUNCE_REAL_SECONDS)
        if collections & _HEALTH:
            self._loop.add("health checks", _EVERYTHING, DEBOUNCE_REAL_SECONDS)

    def _wake_instance(self, path: ResourcePath) -> None:
        self._loop.add("instance", path)
        instance = self._store.get(path)
        if instance is not None and (owner := instance.internal.get("created_by")):
            self._owners[path] = compute_path(owner)
        owner_path = self._owners.get(path)
        if owner_path is not None:
            self._loop.add("instance group manager", owner_path)
        if instance is None:
            self._owners.pop(path, None)


def _manager_of_managed(path: ResourcePath) -> ResourcePath:
    collection, name, _ = path.collection.split("/")
    return ResourcePath(path.service, path.project, path.location, collection, name)
