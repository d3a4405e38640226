"""The health check controller: who is probed by what, and where the results are kept.

Probed are the instances of groups that a backend service or an autohealing policy points a check at.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.clock import Clock
from localcloud.controllers.prober import Prober, Target
from localcloud.controllers.probes import Probe
from localcloud.resources.backend_services import serving_port
from localcloud.resources.health_checks import PROTOCOL_FIELDS
from localcloud.resources.ingress import refusal
from localcloud.resources.instance_groups import group_of, instances_of
from localcloud.runtimes.runtime import Runtime
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Store, Transaction

PROBERS = ("35.191.0.0/16", "130.211.0.0/22")
"""Where health checks and the load balancer's requests come from (gce-behaviour section 4)."""


class HealthCheckController:
    """Feeds the prober from the store, and the store from the prober."""

    def __init__(self, store: Store, clock: Clock, runtime: Runtime) -> None:
        self._store = store
        self._clock = clock
        self._runtime = runtime
        self._prober = Prober(clock, self._report)

    def start(self) -> None:
        """Begin to probe."""
        self._prober.start()

    def stop(self) -> None:
        """Probe no more."""
        self._prober.stop()

    def reconcile(self, _: ResourcePath) -> float | None:
        """Read anew who is to be probed."""
        with self._store.transaction() as transaction:
            targets = read_targets(transaction, self._runtime)
        self._prober.watch(targets)
        return None

    def _report(self, target: Target, state: str, detail: str) -> None:
        with self._store.transaction() as transaction:
            instance = transaction.get(target.instance)
            if instance is None or boot_of(instance) != target.boot:
                return
            before = instance.internal["health"].get(target.check, {})
            health = {
                "state": state,
                "since": before["since"] if before.get("state") == state else self._clock.now(),
                "first_healthy": before.get("first_healthy") or (self._clock.now() if state == "HEALTHY" else None),
                "detail": detail,
            }
            everything = instance.internal["health"] | {target.check: health}
            transaction.put(instance.path, instance.body, instance.internal | {"health": everything})


def boot_of(instance: Resource) -> str:
    """Which machine since when: changes with every boot, also with one that continues the same generation."""
    return f"{instance.body['id']}/{instance.body.get('lastStartTimestamp')}"


def read_targets(transaction: Transaction, runtime: Runtime) -> list[Target]:
    """Every (health check, instance) that is to be probed, once."""
    targets: dict[tuple[str, ResourcePath], Target] = {}
    for reference, group, port in _checked_groups(transaction):
        check = transaction.get(compute_path(reference))
        if check is None:
            continue
        for instance in instances_of(transaction, group.path):
            target = _target(transaction, check, group, instance, port, runtime)
            if target is not None:
                targets.setdefault(target.key, target)
    return list(targets.values())


def _checked_groups(transaction: Transaction) -> Iterator[tuple[str, Resource, int]]:
    """Health check reference, group, and the serving port where there is one (else 0)."""
    for service in transaction.list("compute", "backendServices"):
        for backend in service.body.get("backends", []):
            group = transaction.get(compute_path(backend["group"]))
            if group is not None:
                for reference in service.body.get("healthChecks", []):
                    yield reference, group, serving_port(service.body, group.body)
    for manager in transaction.list("compute", "instanceGroupManagers"):
        for policy in manager.body.get("autoHealingPolicies", []):
            group = transaction.get(group_of(manager.path))
            if group is not None:
                named = group.body.get("namedPorts", [])
                yield policy["healthCheck"], group, int(named[0]["port"]) if named else 0


def _target(
    transaction: Transaction, check: Resource, group: Resource, instance: Resource, serving: int, runtime: Runtime
) -> Target | None:
    internal = instance.internal
    if instance.body["status"] != "RUNNING" or internal["runtime"] is None:
        return None
    body = check.body
    settings: Document = body.get(PROTOCOL_FIELDS[body["type"]], {})
    guest_port = _guest_port(settings, group, serving)
    host, port = runtime.endpoint(internal["runtime"], guest_port)
    return Target(
        check=check.path.relative,
        instance=instance.path,
        boot=boot_of(instance),
        probe=Probe(
            kind=body["type"],
            host=host,
            port=port,
            timeout_seconds=float(body["timeoutSec"]),
            path=settings.get("requestPath", "/"),
            host_header=settings.get("host", "") or instance.body["networkInterfaces"][0]["networkIP"],
            request=settings.get("request", ""),
            response=settings.get("response", ""),
        ),
        initial=internal["health"].get(check.path.relative, {}).get("state", "UNKNOWN"),
        interval_seconds=float(body["checkIntervalSec"]),
        healthy_threshold=int(body["healthyThreshold"]),
        unhealthy_threshold=int(body["unhealthyThreshold"]),
        dropped=_dropped(transaction, instance, guest_port),
    )


def _dropped(transaction: Transaction, instance: Resource, port: int) -> str:
    """Why probes do not reach an instance: an injected fault, or no firewall rule that lets in all they come from."""
    if instance.internal.get("fault_health") == "hang":
        return "health probes are made to hang by an injected fault"
    rules = [rule.body for rule in transaction.list("compute", "firewalls", project=instance.path.project)]
    return next(filter(None, (refusal(rules, instance.body, source, port) for source in PROBERS)), "")


def _guest_port(settings: Document, group: Resource, serving: int) -> int:
    specification = settings.get("portSpecification", "USE_FIXED_PORT")
    name = settings.get("portName")
    if specification == "USE_NAMED_PORT" or (name and specification != "USE_SERVING_PORT"):
        ports = {entry["name"]: int(entry["port"]) for entry in group.body.get("namedPorts", [])}
        return ports.get(str(name), 0)
    if specification == "USE_SERVING_PORT":
        return serving
    return int(settings.get("port", 80))
