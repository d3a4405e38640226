"""Everything that listens, in one event loop: the door, Google's APIs, metadata servers and the admin port."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from localcloud.api.access_log import AccessLog
from localcloud.api.admin import Admin, Endpoints
from localcloud.api.application import Application
from localcloud.api.certificates import Certificates, ensure_certificates, server_context
from localcloud.api.changes import Changes
from localcloud.api.dispatch import Dispatcher
from localcloud.api.door import Door
from localcloud.api.faults import Faults
from localcloud.api.identity import IdentityTokens
from localcloud.api.listener import Listener, bind
from localcloud.api.machine_listeners import MachineListeners, Offer
from localcloud.api.metadata import MetadataServer
from localcloud.api.operator import ensure_operator_key
from localcloud.api.registry import RegistryApplication
from localcloud.api.tokens import Tokens
from localcloud.clock import Clock
from localcloud.discovery.description import Method, Service, load
from localcloud.registry.registry import Registry
from localcloud.resources.call import register_handlers
from localcloud.settings import Settings
from localcloud.store.store import Document, Store

_WORKERS = 4
_CERTIFICATE_CHECK_SECONDS = 6 * 3600.0

Inspector = Callable[[Service, Method, Document], None]


async def serve(
    store: Store,
    clock: Clock,
    settings: Settings,
    registry: Registry,
    *,
    ready: Callable[[], object],
    stop: asyncio.Event,
    inspect: Inspector | None = None,
    cpu_samples: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Run until `stop` is set, then close every listener.

    Args:
        store: shared with the controllers.
        clock: cloud time.
        settings: ports and state folder.
        registry: keeps container images; started when it is first needed, and left running.
        ready: called once, when every port accepts.
        stop: ends the call.
        inspect: sees every good API reply; for tests that check shapes.
        cpu_samples: what `/status` shows under `cpu`, by `ZONE/NAME` of the instance.

    Raises:
        StartError: a port is taken; nothing else has happened then.
        OSError: the state folder cannot be written.
    """
    async with AsyncExitStack() as closing:
        door_socket = bind(settings.door_port, "LOCALCLOUD_DOOR_PORT")
        closing.callback(door_socket.close)
        admin_socket = bind(settings.admin_port, "LOCALCLOUD_ADMIN_PORT")
        closing.callback(admin_socket.close)
        registry_socket = bind(settings.registry_port, "LOCALCLOUD_REGISTRY_PORT")
        closing.callback(registry_socket.close)
        register_handlers()
        load("compute")
        ensure_operator_key(store, settings, clock)
        context = _certificates(settings)
        workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="api")
        closing.callback(workers.shutdown)
        operations = Changes(store, lambda path: path.service == "compute" and path.collection == "operations")
        # The project's own document has no collection; its metadata is every instance's.
        instances = Changes(store, lambda path: path.service == "compute" and path.collection in ("instances", ""))
        log = AccessLog(settings.state / "log" / "access.log", clock)
        closing.callback(log.close)
        tokens, faults = Tokens(settings.project, time.time), Faults(random.random)
        dispatcher = Dispatcher(store, clock, settings, tokens, faults, inspect)
        identities = IdentityTokens(_files(settings).folder / "identity-key.pem", settings, time.time)
        machines = MachineListeners(store)
        metadata = Listener(MetadataServer(store, settings, tokens, identities, instances, workers, machines.identify))
        closing.push_async_callback(metadata.close)
        admin = Listener(Endpoints(Admin(store, settings, faults, cpu_samples), faults, workers).application())
        closing.push_async_callback(admin.close)
        images = RegistryApplication(registry, store, tokens, clock, faults, workers, log)
        docker = Listener(images)
        closing.push_async_callback(docker.close)
        api = Listener(Application(dispatcher, store, tokens, clock, operations, workers, log, images))
        admin.open(admin_socket)
        docker.open(registry_socket)
        api_port = api.open(bind(0, "LOCALCLOUD_DOOR_PORT"), context)
        door = Door(api_port, lambda: {"ready": True, "pid": os.getpid(), "project": settings.project})
        server = await asyncio.start_server(door.serve_connection, sock=door_socket)
        # At the end, from the last line up: no new tunnel, nobody waits on, answers are finished, tunnels are cut.
        closing.push_async_callback(door.close)
        closing.push_async_callback(api.close)
        closing.callback(operations.close)
        closing.callback(instances.close)
        closing.callback(server.close)
        offered = {"metadata_port": Offer(metadata), "api_port": Offer(api, context)}
        async with asyncio.TaskGroup() as group:
            endless = (_renew(settings, context), machines.follow(instances, offered))
            tasks = [group.create_task(coroutine) for coroutine in endless]
            ready()
            await stop.wait()
            for task in tasks:
                task.cancel()


def _files(settings: Settings) -> Certificates:
    return Certificates(settings.authority_bundle, settings.operator_key.parent)


def _certificates(settings: Settings) -> ssl.SSLContext:
    ensure_certificates(_files(settings), datetime.now(UTC))
    return server_context(_files(settings))


async def _renew(settings: Settings, context: ssl.SSLContext) -> None:
    """Replace the server certificate in a cloud that runs for months; new connections see the new one."""
    while True:
        await asyncio.sleep(_CERTIFICATE_CHECK_SECONDS)
        if ensure_certificates(_files(settings), datetime.now(UTC)):
            context.load_cert_chain(_files(settings).server_chain)
