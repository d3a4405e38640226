"""The load balancing controller: from the store to a snapshot, and from there to Envoy."""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from localcloud.dataplane.envoy import EndpointLoad, Envoy
from localcloud.dataplane.snapshot import (
    BackendService,
    Destination,
    Endpoint,
    EndpointHealth,
    FrontEnd,
    HostRoute,
    Locality,
    PathRoute,
    Redirect,
    Snapshot,
)
from localcloud.resources.backend_services import serving_port
from localcloud.resources.instance_groups import group_of, instances_of
from localcloud.runtimes.runtime import Runtime
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Store, Transaction

DEBOUNCE_REAL_SECONDS = 0.03
_LIVENESS_REAL_SECONDS = 2.0
_DRAIN_SETTLES_REAL_SECONDS = 0.5
_LOADS_AGE_REAL_SECONDS = 0.2
_WEIGHT_SCALE = 100
_DEFAULT_KEEP_ALIVE_SECONDS = 610

Instance = tuple[str, str]
"""Zone and name: a name is one instance's in its zone only."""


class LoadBalancingController:
    """Keeps Envoy serving what the store says, and knows what is in flight."""

    def __init__(self, store: Store, runtime: Runtime, envoy: Envoy) -> None:
        self._store = store
        self._runtime = runtime
        self._envoy = envoy
        self._lock = threading.Lock()
        self._instances: dict[tuple[str, int], Instance] = {}
        self._draining_since: dict[tuple[str, int], float] = {}
        self._loads: tuple[float, dict[tuple[str, int], EndpointLoad]] = (0.0, {})

    def reconcile(self, _: ResourcePath) -> float | None:
        """Render the store's state and hand it to Envoy."""
        with self._store.transaction() as transaction:
            snapshot = read_snapshot(transaction, self._runtime)
        self._envoy.apply(snapshot)
        endpoints = [
            (locality.zone, endpoint)
            for service in snapshot.services
            for locality in service.localities
            for endpoint in locality.endpoints
        ]
        draining = {(each.host, each.port) for _, each in endpoints if each.health is EndpointHealth.DRAINING}
        now = time.monotonic()
        with self._lock:
            self._instances = {(each.host, each.port): (zone, each.instance) for zone, each in endpoints}
            self._draining_since = {key: self._draining_since.get(key, now) for key in draining}
        return None

    def watch(self, _: ResourcePath) -> float | None:
        """Start Envoy again when it has died."""
        self._envoy.start()
        return _LIVENESS_REAL_SECONDS

    def drained(self, path: ResourcePath) -> bool:
        """Whether an instance that takes no new requests has none in flight either."""
        instance = self._store.get(path)
        if instance is None or instance.internal["runtime"] is None:
            return True
        with self._lock:
            wanted = (path.scope_name, path.name)
            since = {key: start for key, start in self._draining_since.items() if self._instances[key] == wanted}
        if not since or time.monotonic() - min(since.values()) < _DRAIN_SETTLES_REAL_SECONDS:
            return False
        loads = self.loads()
        return all(loads[key].active == 0 for key in since if key in loads)

    def requests(self) -> dict[Instance, float]:
        """Requests ever sent to each instance that takes traffic, over all its ports."""
        loads = self.loads()
        with self._lock:
            instances = dict(self._instances)
        requests: dict[Instance, float] = {}
        for endpoint, load in loads.items():
            if instance := instances.get(endpoint):
                requests[instance] = requests.get(instance, 0.0) + load.requests
        return requests

    def loads(self) -> dict[tuple[str, int], EndpointLoad]:
        """Envoy's counters by endpoint, at most a fraction of a second old."""
        with self._lock:
            taken, loads = self._loads
            if time.monotonic() - taken > _LOADS_AGE_REAL_SECONDS:
                loads = self._envoy.loads()
                self._loads = (time.monotonic(), loads)
            return loads


def drain_seconds(transaction: Transaction, manager: ResourcePath) -> float:
    """How long connections to a group's instances drain: the largest of its backend services' timeouts."""
    group = group_of(manager).self_link
    return max(
        (
            float(service.body.get("connectionDraining", {}).get("drainingTimeoutSec", 0))
            for service in transaction.list("compute", "backendServices", project=manager.project)
            if any(backend["group"] == group for backend in service.body.get("backends", []))
        ),
        default=0.0,
    )


def read_snapshot(transaction: Transaction, runtime: Runtime) -> Snapshot:
    """What the stored forwarding rules lead to; a rule whose proxy or URL map is gone serves nothing."""
    front_ends = []
    wanted: set[ResourcePath] = set()
    for rule in transaction.list("compute", "forwardingRules", location="global"):
        url_map = _url_map(transaction, rule)
        if url_map is None or "local_port" not in rule.internal:
            continue
        hosts = _host_routes(url_map.body)
        keep_alive = _keep_alive(transaction, rule)
        port = int(rule.internal["local_port"])
        address = str(rule.body.get("IPAddress", ""))
        front_ends.append(FrontEnd(rule.path.name, address, port, hosts, keep_alive))
        wanted |= {
            ResourcePath("compute", rule.path.project, "global", "backendServices", name)
            for host in hosts
            for destination in (host.default, *(path.destination for path in host.paths))
            for name, _ in destination.services
        }
    services = [transaction.get(path) for path in sorted(wanted)]
    rendered = tuple(_service(transaction, service, runtime) for service in services if service is not None)
    return Snapshot(tuple(front_ends), rendered)


def _url_map(transaction: Transaction, rule: Resource) -> Resource | None:
    proxy = transaction.get(compute_path(rule.body["target"]))
    if proxy is None or proxy.path.collection != "targetHttpProxies":
        return None
    return transaction.get(compute_path(proxy.body["urlMap"]))


def _keep_alive(transaction: Transaction, rule: Resource) -> int:
    proxy = transaction.get(compute_path(rule.body["target"]))
    return int(proxy.body.get("httpKeepAliveTimeoutSec", _DEFAULT_KEEP_ALIVE_SECONDS)) if proxy else 0


def _host_routes(url_map: Document) -> tuple[HostRoute, ...]:
    matchers = {matcher["name"]: matcher for matcher in url_map.get("pathMatchers", [])}
    routes = []
    for rule in url_map.get("hostRules", []):
        matcher = matchers[rule["pathMatcher"]]
        paths = tuple(
            PathRoute(path, _destination(path_rule, "service", "urlRedirect", "routeAction"))
            for path_rule in matcher.get("pathRules", [])
            for path in path_rule["paths"]
        )
        routes.append(HostRoute(matcher["name"], tuple(rule["hosts"]), paths, _default_of(matcher)))
    if not any("*" in route.hosts for route in routes):
        routes.append(HostRoute("default", ("*",), (), _default_of(url_map)))
    return tuple(routes)


def _default_of(document: Document) -> Destination:
    return _destination(document, "defaultService", "defaultUrlRedirect", "defaultRouteAction")


def _destination(document: Document, service: str, redirect: str, action: str) -> Destination:
    if found := document.get(redirect):
        return Destination(
            redirect=Redirect(
                code=found.get("redirectResponseCode", "MOVED_PERMANENTLY_DEFAULT"),
                https=bool(found.get("httpsRedirect")),
                host=found.get("hostRedirect", ""),
                path=found.get("pathRedirect", ""),
                prefix=found.get("prefixRedirect", ""),
                strip_query=bool(found.get("stripQuery")),
            )
        )
    weighted = document.get(action, {}).get("weightedBackendServices")
    entries = weighted or [{"backendService": document[service], "weight": 1}]
    return Destination(
        services=tuple((compute_path(entry["backendService"]).name, int(entry.get("weight", 0))) for entry in entries)
    )


def _service(transaction: Transaction, service: Resource, runtime: Runtime) -> BackendService:
    body = service.body
    check = compute_path(body["healthChecks"][0]).relative
    localities: list[Locality] = []
    for backend in body.get("backends", []):
        group = transaction.get(compute_path(backend["group"]))
        if group is None:
            continue
        port = serving_port(body, group.body)
        zones: dict[str, list[Endpoint]] = defaultdict(list)
        for instance in instances_of(transaction, group.path):
            endpoint = _endpoint(instance, check, port, runtime, takes_traffic=backend.get("capacityScaler", 1) > 0)
            if endpoint is not None:
                zones[instance.path.scope_name].append(endpoint)
        total = sum(len(endpoints) for endpoints in zones.values())
        localities += [
            Locality(zone, group.path.name, _weight(backend, len(endpoints), total), tuple(endpoints))
            for zone, endpoints in sorted(zones.items())
        ]
    return BackendService(
        name=service.path.name,
        timeout_seconds=float(body.get("timeoutSec", 30)),
        localities=tuple(localities),
        affinity=body.get("sessionAffinity", "NONE"),
        policy=body.get("localityLbPolicy", "ROUND_ROBIN"),
    )


def _weight(backend: Document, in_zone: int, in_group: int) -> int:
    """A zone's capacity (gce-behaviour section 4): all its instances count, healthy or not."""
    if "maxRatePerInstance" in backend:
        capacity = float(backend["maxRatePerInstance"]) * in_zone
    elif "maxRate" in backend:
        capacity = float(backend["maxRate"]) * in_zone / in_group
    else:
        capacity = float(in_zone)
    return max(1, round(capacity * float(backend.get("capacityScaler", 1)) * _WEIGHT_SCALE))


def _endpoint(instance: Resource, check: str, port: int, runtime: Runtime, *, takes_traffic: bool) -> Endpoint | None:
    internal = instance.internal
    if internal["runtime"] is None or instance.body["status"] not in ("RUNNING", "STOPPING"):
        return None
    host, local_port = runtime.endpoint(internal["runtime"], port)
    if internal["desired"] != "RUNNING" or internal.get("drain_until") is not None or not takes_traffic:
        health = EndpointHealth.DRAINING
    elif internal["health"].get(check, {}).get("state") == "HEALTHY":
        health = EndpointHealth.HEALTHY
    else:
        health = EndpointHealth.UNHEALTHY
    return Endpoint(instance.path.name, host, local_port, health)
