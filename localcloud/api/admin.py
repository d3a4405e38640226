"""The admin port: what the local cloud does, and faults on purpose. Loopback, JSON, never for browsers.

GET /status, GET /writes, GET|POST|DELETE /faults, POST /instances/NAME/kill, POST /health/NAME, GET|POST /stockouts.
NAME may be ZONE/NAME, and must be where zones have instances of one name.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.api.dispatch import API_WRITES
from localcloud.api.faults import FaultError, Faults, read_fault
from localcloud.resources.catalogue import location_exists
from localcloud.resources.instances import stock_out_fact
from localcloud.settings import Settings
from localcloud.store.store import Document, Resource, Store, Transaction

HEADER = "X-Localcloud"
"""Must be `1` in every request that changes something: no web page can send it without asking first."""

_OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})
_UNCOUNTED = frozenset({"oauth2/accessTokens", "serviceusage/services"})

Samples = Callable[[], Mapping[str, Any]]


class Admin:
    """The admin port's answers.

    Args:
        store: what is counted, and where faults of instances are written.
        settings: shown in the status.
        faults: errors of API methods.
        cpu_samples: what `/status` shows under `cpu`.
    """

    def __init__(self, store: Store, settings: Settings, faults: Faults, cpu_samples: Samples) -> None:
        self._store = store
        self._settings = settings
        self._faults = faults
        self._cpu_samples = cpu_samples

    def status(self) -> dict[str, Any]:
        """pid, ports, runtime, counts by kind, what is unhealthy, API writes, CPU samples."""
        with self._store.transaction() as transaction:
            counts, writes = transaction.counts(), int(transaction.fact(API_WRITES, "0"))
            instances = transaction.list("compute", "instances")
        return {
            "pid": os.getpid(),
            "runtime": self._settings.runtime,
            "time_scale": self._settings.time_scale,
            "state": str(self._settings.state),
            "ports": self._settings.ports,
            "counts": _by_kind(counts),
            "unhealthy": [entry for entry in map(_complaint, instances) if entry],
            "api_writes": writes,
            "cpu": dict(self._cpu_samples()),
        }

    def writes(self) -> dict[str, int]:
        """How many API calls that change something were accepted since the store was made."""
        with self._store.transaction() as transaction:
            return {"api": int(transaction.fact(API_WRITES, "0"))}

    def kill(self, name: str, zone: str = "") -> dict[str, str]:
        """Cut the power of an instance; its controller does it.

        Args:
            name: of the instance.
            zone: bare zone name; empty for whichever zone has the only instance of that name.

        Raises:
            FaultError: there is no such instance, or there are several.
        """
        return self._mark(name, zone, {"fault": "kill"})

    def set_health(self, name: str, state: object, zone: str = "") -> dict[str, str]:
        """Let the health checks of an instance hang, or work again.

        Args:
            name: of the instance.
            state: `hang` or `ok`.
            zone: as `kill` takes it.

        Raises:
            FaultError: the state is neither `hang` nor `ok`, there is no such instance, or there are several.
        """
        if state not in ("hang", "ok"):
            raise FaultError(f"state is '{state}'; expected hang or ok")
        return self._mark(name, zone, {"fault_health": "hang" if state == "hang" else None})

    def stock_out(self, zone: object, state: object) -> dict[str, str]:
        """Let a zone have no machines left, or have them again.

        Raises:
            FaultError: there is no such zone, or the state is neither `on` nor `off`.
        """
        if not isinstance(zone, str) or not location_exists(f"zones/{zone}"):
            raise FaultError(f"zone is '{zone}'; expected a zone such as us-central1-a")
        if state not in ("on", "off"):
            raise FaultError(f"state is '{state}'; expected on or off")
        with self._store.transaction() as transaction:
            transaction.set_fact(stock_out_fact(zone), "1" if state == "on" else "")
        return {"zone": zone, "state": str(state)}

    def _mark(self, name: str, zone: str, marks: Mapping[str, str | None]) -> dict[str, str]:
        with self._store.transaction() as transaction:
            instance = _instance(transaction, name, zone)
            cleared = {key for key, value in marks.items() if value is None}
            internal = {key: value for key, value in {**instance.internal, **marks}.items() if key not in cleared}
            transaction.put(instance.path, instance.body, internal)
        return {"instance": name, "zone": instance.path.scope_name}


class Endpoints:
    """The HTTP side of `Admin`: reads requests, and runs what touches the store in a thread."""

    def __init__(self, admin: Admin, faults: Faults, workers: Executor) -> None:
        self._admin = admin
        self._faults = faults
        self._workers = workers

    def application(self) -> Starlette:
        """The ASGI application of the admin port."""
        routes = [
            ("/status", self._status, ["GET"]),
            ("/writes", self._writes, ["GET"]),
            ("/faults", self._fault, ["GET", "POST", "DELETE"]),
            ("/stockouts", self._stock_out, ["POST"]),
            ("/instances/{name}/kill", self._kill, ["POST"]),
            ("/instances/{zone}/{name}/kill", self._kill, ["POST"]),
            ("/health/{name}", self._health, ["POST"]),
            ("/health/{zone}/{name}", self._health, ["POST"]),
        ]
        return Starlette(routes=[Route(path, _guarded(answer), methods=methods) for path, answer, methods in routes])

    async def _status(self, _: Request) -> Any:
        return await self._in_thread(self._admin.status)

    async def _writes(self, _: Request) -> Any:
        return await self._in_thread(self._admin.writes)

    async def _kill(self, request: Request) -> Any:
        return await self._in_thread(self._admin.kill, *_named(request))

    async def _health(self, request: Request) -> Any:
        document = await _document(request)
        name, zone = _named(request)
        return await self._in_thread(self._admin.set_health, name, document.get("state"), zone)

    async def _stock_out(self, request: Request) -> Any:
        document = await _document(request)
        return await self._in_thread(self._admin.stock_out, document.get("zone"), document.get("state", "on"))

    async def _fault(self, request: Request) -> Any:
        if request.method == "POST":
            self._faults.add(read_fault(await _document(request)))
        elif request.method == "DELETE":
            self._faults.clear()
        return {"faults": self._faults.documents()}

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._workers, function, *arguments)


def _guarded(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        _refuse_browsers(request)
        try:
            return JSONResponse(await answer(request))
        except FaultError as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def _refuse_browsers(request: Request) -> None:
    """A page of another site must neither change nor read anything, whichever name it calls this machine by."""
    if request.url.hostname not in _OWN_HOSTS or "origin" in request.headers:
        raise HTTPException(403, "the admin port answers programs on this machine only, at 127.0.0.1")
    if request.method != "GET" and request.headers.get(HEADER) != "1":
        raise HTTPException(403, f"send the header {HEADER}: 1 with a request that changes something")


async def _document(request: Request) -> dict[str, Any]:
    try:
        document = await request.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise FaultError("the request body is no JSON object; send one")
    return document


def _named(request: Request) -> tuple[str, str]:
    """The instance's name and its zone, which is empty where it was left out."""
    return request.path_params["name"], request.path_params.get("zone", "")


def _instance(transaction: Transaction, name: str, zone: str) -> Resource:
    found = [item for item in transaction.list("compute", "instances") if item.path.name == name]
    if zone:
        found = [item for item in found if item.path.scope_name == zone]
    if not found:
        place = f" in {zone}" if zone else ""
        raise FaultError(f"0 instances are named '{name}'{place}; expected one, as instances.list shows it")
    if len(found) > 1:
        zones = [item.path.scope_name for item in found]
        raise FaultError(
            f"{len(found)} instances are named '{name}', in {', '.join(zones)}; write the zone before the name, as in "
            f"{zones[0]}/{name}"
        )
    return found[0]


def _by_kind(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts as `service/collection`, nested collections by their last name, without what no person counts."""
    kinds: Counter[str] = Counter()
    for kind, number in counts.items():
        service, collection = kind.partition("/")[0], kind.rpartition("/")[2]
        if collection and f"{service}/{collection}" not in _UNCOUNTED and collection not in ("keys", "operations"):
            kinds[f"{service}/{collection}"] += number
    return dict(kinds)


def _complaint(instance: Resource) -> dict[str, str] | None:
    """What is wrong with an instance: it does not run, or a health check does not see it healthy."""
    checks = instance.internal.get("health", {}).values()
    failing: Document = next((entry for entry in checks if entry.get("state", "UNKNOWN") != "HEALTHY"), {})
    health, status = failing.get("state", "UNKNOWN") if failing else "", str(instance.body.get("status", ""))
    if status == "RUNNING" and not health:
        return None
    return {"name": instance.path.name, "status": status, "health": health, "detail": failing.get("detail", "")}
