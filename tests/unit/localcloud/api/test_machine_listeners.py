"""Ports that come and go with machines, and hear their own machine only."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localcloud.api.changes import Changes
from localcloud.api.listener import Listener
from localcloud.api.machine_listeners import MachineListeners, Offer
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Store
from tests.ports import free_ports

WEB = ResourcePath("compute", "p", "zones/us-central1-a", "instances", "web")


class Names:
    """An ASGI application that answers with the name of the instance that asks."""

    def __init__(self, listeners: MachineListeners) -> None:
        self._listeners = listeners

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # ASGI's own shape
        path = self._listeners.identify(scope)
        body = path.name.encode() if path else b"nobody"
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def following(store: Store) -> AsyncIterator[None]:
    listeners = MachineListeners(store)
    listener = Listener(Names(listeners))
    changes = Changes(store, lambda path: path.collection == "instances")
    task = asyncio.create_task(listeners.follow(changes, dict.fromkeys(("metadata_port", "api_port"), Offer(listener))))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        changes.close()
        await listener.close()


def write(store: Store, handle: Document | None) -> None:
    with store.transaction() as transaction:
        transaction.put(WEB, {"name": "web"}, {"runtime": handle})


async def ask(port: int, source: str = "127.0.0.1") -> str:
    """What the port answers to an address of this machine; empty when nobody does."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    except OSError:
        return ""
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return (await reader.read()).decode().rpartition("\r\n")[2]
    except ConnectionError:
        return ""
    finally:
        writer.close()


async def until(port: int, answer: str) -> None:
    async with asyncio.timeout(10):
        while await ask(port) != answer:
            await asyncio.sleep(0.02)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.sqlite3")
    yield made
    made.close()


def test_a_port_opens_with_the_machine_and_closes_with_it(store: Store) -> None:
    (port,) = free_ports(1)

    async def story() -> None:
        async with following(store):
            write(store, {"metadata_port": port})
            await until(port, "web")
            write(store, None)
            await until(port, "")

    asyncio.run(story())


def test_a_port_for_one_client_closes_every_other_connection(store: Store) -> None:
    (port,) = free_ports(1)

    async def story() -> None:
        async with following(store):
            write(store, {"metadata_port": port, "metadata_client": "127.0.0.2"})
            async with asyncio.timeout(10):
                while await ask(port, "127.0.0.2") != "web":
                    await asyncio.sleep(0.02)
            assert await ask(port, "127.0.0.3") == ""

    asyncio.run(story())


def test_a_port_that_is_taken_is_told_once_and_had_as_soon_as_it_is_free(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def told(count: int) -> None:
        async with asyncio.timeout(10):
            while len(caplog.messages) < count:
                await asyncio.sleep(0.02)

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            ports = [holder.getsockname()[1] for holder in (one, two)]
            async with following(store):
                write(store, {"metadata_port": ports[0]})
                await told(1)
                write(store, {"metadata_port": ports[0], "api_port": ports[1]})
                await told(2)
                one.close()
                await until(ports[0], "web")
        reason = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        assert caplog.messages == [
            f"127.0.0.1:{port} of {WEB} cannot be had ({reason}); it is tried again" for port in ports
        ]

    asyncio.run(story())
