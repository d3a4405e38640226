"""The autoscaler controller: readings in, `resources.autoscaling.decide`, sizes and status out."""

from __future__ import annotations

from localcloud.clock import Clock
from localcloud.controllers.meters import LoadMeters
from localcloud.resources.autoscaling import (
    Decision,
    Detail,
    GroupSignal,
    InstanceSignal,
    Mode,
    Policy,
    Reading,
    ScaleInControl,
    Signal,
    decide,
    history_from,
    history_to,
)
from localcloud.resources.collection import change
from localcloud.resources.instance_group_managers import INSTANCE_GROUP_MANAGER
from localcloud.resources.instance_groups import group_of, instances_of
from localcloud.resources.instances import last_start
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Store, Transaction

_TICK_SECONDS = 5.0
_SHORTEST_TICK_REAL_SECONDS = 0.25
_MESSAGES = {
    "ALL_INSTANCES_UNHEALTHY": "All instances in the instance group are unhealthy (not in RUNNING state).",
    "BACKEND_SERVICE_DOES_NOT_EXIST": "The instance group is not a backend of any backend service.",
    "CAPPED_AT_MAX_NUM_REPLICAS": "The recommended size is limited by the maximum number of instances.",
    "MIN_EQUALS_MAX": "The minimum and maximum number of instances are equal, so the size cannot change.",
    "MISSING_CUSTOM_METRIC_DATA_POINTS": "There are no data points for a custom metric.",
    "MISSING_LOAD_BALANCING_DATA_POINTS": "There are no load balancing data points.",
    "MODE_OFF": "Autoscaling operates in a restricted mode: OFF.",
    "MODE_ONLY_SCALE_OUT": "Autoscaling operates in a restricted mode: ONLY_SCALE_OUT.",
    "MORE_THAN_ONE_BACKEND_SERVICE": "The instance group is a backend of more than one backend service.",
    "SCALING_TARGET_DOES_NOT_EXIST": "The instance group manager that is to be scaled does not exist.",
    "UNSUPPORTED_MAX_RATE_LOAD_BALANCING_CONFIGURATION": (
        "The backend's capacity is given for the whole group (maxRate); use maxRatePerInstance."
    ),
}
_ERRORS = frozenset(
    {
        "BACKEND_SERVICE_DOES_NOT_EXIST",
        "MORE_THAN_ONE_BACKEND_SERVICE",
        "SCALING_TARGET_DOES_NOT_EXIST",
        "UNSUPPORTED_MAX_RATE_LOAD_BALANCING_CONFIGURATION",
    }
)


class AutoscalerController:
    """Reconciles autoscalers by path, every few cloud seconds."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, meters: LoadMeters) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._meters = meters

    def reconcile(self, path: ResourcePath) -> float | None:
        """Evaluate once; real seconds until the next evaluation."""
        with self._store.transaction() as transaction:
            autoscaler = transaction.get(path)
            if autoscaler is None:
                return None
            manager = transaction.get(compute_path(autoscaler.body["target"]))
            if manager is None:
                self._write(transaction, autoscaler, ["SCALING_TARGET_DOES_NOT_EXIST"], {}, autoscaler.internal)
            elif manager.internal.get("desired") != "DELETED":
                self._evaluate(transaction, autoscaler, manager)
        return max(self._clock.real_seconds(_TICK_SECONDS), _SHORTEST_TICK_REAL_SECONDS)

    def _evaluate(self, transaction: Transaction, autoscaler: Resource, manager: Resource) -> None:
        policy = policy_value(autoscaler.body["autoscalingPolicy"])
        instances = instances_of(transaction, group_of(manager.path))
        running = [instance for instance in instances if instance.body["status"] == "RUNNING"]
        errors, signals = self._signals(transaction, autoscaler, manager, running, policy)
        decision = decide(
            policy,
            signals,
            target_size=manager.body["targetSize"],
            history=history_from(autoscaler.internal.get("history", [])),
            now=self._clock.now(),
            running=len(running),
        )
        if decision.size is not None:
            body = manager.body | {"targetSize": decision.size}
            change(INSTANCE_GROUP_MANAGER, manager, body, transaction, now=self._clock.now(), settings=self._settings)
        self._show(transaction, autoscaler, decision, errors)

    def _show(self, transaction: Transaction, autoscaler: Resource, decision: Decision, errors: list[str]) -> None:
        details = [*errors, *(str(warning) for warning in decision.warnings)]
        internal = autoscaler.internal | {"history": history_to(decision.history)}
        self._write(transaction, autoscaler, details, {"recommendedSize": decision.recommended}, internal)

    def _write(
        self, transaction: Transaction, autoscaler: Resource, details: list[str], shown: Document, internal: Document
    ) -> None:
        body = autoscaler.body | shown
        body["statusDetails"] = [{"type": kind, "message": _MESSAGES[kind]} for kind in details]
        body["status"] = "ERROR" if _ERRORS.intersection(details) else "ACTIVE"
        if body != autoscaler.body or internal != autoscaler.internal:
            transaction.put(autoscaler.path, body, internal)

    def _signals(
        self,
        transaction: Transaction,
        autoscaler: Resource,
        manager: Resource,
        running: list[Resource],
        policy: Policy,
    ) -> tuple[list[str], tuple[Signal, ...]]:
        """Configuration errors, and what the policy's signals show; a signal in error holds the size."""
        document = autoscaler.body["autoscalingPolicy"]
        utilization = self._meters.utilization()
        errors: list[str] = []
        signals: list[Signal] = []
        if "cpuUtilization" in document:
            target = float(document["cpuUtilization"]["utilizationTarget"])
            signals.append(InstanceSignal(target, self._readings(running, utilization, policy), saturates=True))
        if "loadBalancingUtilization" in document:
            target = float(document["loadBalancingUtilization"]["utilizationTarget"])
            backends = _backends(transaction, manager)
            if error := _backend_error(backends):
                errors.append(error)
                signals.append(InstanceSignal(target, ()))
            else:
                fullness = _fullness(backends[0], self._meters.request_rates(), utilization)
                readings = self._readings(running, fullness, policy)
                missing = Detail.MISSING_LOAD_BALANCING_DATA_POINTS
                signals.append(InstanceSignal(target, readings, missing=missing))
        signals += [GroupSignal(None, 1.0) for _ in document.get("customMetricUtilizations", [])]
        return errors, tuple(signals)

    def _readings(
        self, running: list[Resource], values: dict[ResourcePath, float], policy: Policy
    ) -> tuple[Reading, ...]:
        now = self._clock.now()
        return tuple(
            Reading(values[instance.path], ready=now - last_start(instance) >= policy.cool_down_seconds)
            for instance in running
            if instance.path in values
        )


def policy_value(document: Document) -> Policy:
    """An AutoscalingPolicy document as the decision wants it."""
    control = document.get("scaleInControl")
    return Policy(
        minimum=int(document["minNumReplicas"]),
        maximum=int(document["maxNumReplicas"]),
        cool_down_seconds=float(document["coolDownPeriodSec"]),
        stabilization_seconds=float(document["stabilizationPeriodSec"]),
        scale_in_control=_control_value(control) if control else None,
        mode=Mode(document["mode"]),
    )


def _control_value(control: Document) -> ScaleInControl:
    amount = control["maxScaledInReplicas"]
    return ScaleInControl(
        window_seconds=float(control["timeWindowSec"]), fixed=amount.get("fixed"), percent=amount.get("percent")
    )


def _backends(transaction: Transaction, manager: Resource) -> list[Document]:
    group = group_of(manager.path).self_link
    return [
        backend
        for service in transaction.list("compute", "backendServices", project=manager.path.project)
        for backend in service.body.get("backends", [])
        if backend["group"] == group
    ]


def _backend_error(backends: list[Document]) -> str | None:
    if not backends:
        return "BACKEND_SERVICE_DOES_NOT_EXIST"
    if len(backends) > 1:
        return "MORE_THAN_ONE_BACKEND_SERVICE"
    if "maxRate" in backends[0]:
        return "UNSUPPORTED_MAX_RATE_LOAD_BALANCING_CONFIGURATION"
    return None


def _fullness(
    backend: Document, rates: dict[ResourcePath, float], utilization: dict[ResourcePath, float]
) -> dict[ResourcePath, float]:
    """Served over capacity by instance: by rate, by CPU, or whichever is fuller where the backend limits both."""
    scaler = float(backend.get("capacityScaler", 1)) or 1.0
    fullness: dict[ResourcePath, float] = {}
    if "maxRatePerInstance" in backend:
        capacity = float(backend["maxRatePerInstance"]) * scaler
        fullness = {path: rate / capacity for path, rate in rates.items()}
    if "maxUtilization" in backend:
        capacity = float(backend["maxUtilization"]) * scaler
        for path, used in utilization.items():
            fullness[path] = max(fullness.get(path, 0.0), used / capacity)
    return fullness
