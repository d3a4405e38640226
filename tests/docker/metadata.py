"""The local cloud's metadata server for machines under test: the real one, listening where their handles say."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from starlette.types import Scope

from localcloud.api.changes import Changes
from localcloud.api.identity import IdentityTokens
from localcloud.api.listener import Listener
from localcloud.api.metadata import MetadataServer
from localcloud.api.tokens import Tokens
from localcloud.resources.projects import project_path
from localcloud.runtimes.runtime import Handle, Machine
from localcloud.settings import Settings, read_settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Store


class Metadata:
    """Instances' documents, and the listeners that show each to its own machine."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop, workers: ThreadPoolExecutor) -> None:
        self.settings = settings
        settings.state.mkdir()
        self._store = Store(settings.database)
        self._loop = loop
        self._askers: dict[int, tuple[str, ResourcePath]] = {}
        self._changes = Changes(self._store, lambda _: True)
        self._listener = Listener(
            MetadataServer(
                self._store,
                settings,
                Tokens(settings.project, time.time),
                IdentityTokens(settings.state / "identity-key.pem", settings, time.time),
                self._changes,
                workers,
                self._identify,
            )
        )

    def serve(self, machine: Machine, handle: Handle) -> None:
        """Keep the machine's document and answer on the address and port of its handle."""
        path = ResourcePath("compute", self.settings.project, f"zones/{machine.zone}", "instances", machine.name)
        self.write(path, instance_document(machine))
        self._askers[handle["metadata_port"]] = (handle["metadata_client"], path)
        bound = socket.create_server((handle["metadata_host"], handle["metadata_port"]))
        bound.setblocking(False)
        self._loop.call_soon_threadsafe(self._listener.open, bound)

    def set_instance_metadata(self, machine: Machine) -> None:
        """Show what the machine's metadata says now."""
        path = next(path for _, path in self._askers.values() if path.name == machine.name)
        self.write(path, instance_document(machine))

    def set_project_metadata(self, **values: str) -> None:
        """Replace the project's common metadata."""
        body = {"commonInstanceMetadata": {"items": _items(values)}}
        self.write(project_path(self.settings.project), body)

    def write(self, path: ResourcePath, body: Document) -> None:
        with self._store.transaction() as transaction:
            transaction.put(path, body, {})

    async def close(self) -> None:
        self._changes.close()
        await self._listener.close()
        self._store.close()

    def _identify(self, scope: Scope) -> ResourcePath | None:
        client, path = self._askers[scope["server"][1]]
        return path if scope["client"][0] == client else None


def instance_document(machine: Machine) -> Document:
    """As much of an Instance document as its metadata shows."""
    return {
        "id": machine.identity,
        "name": machine.name,
        "zone": f"projects/p/zones/{machine.zone}",
        "machineType": f"projects/p/zones/{machine.zone}/machineTypes/e2-medium",
        "networkInterfaces": [{"networkIP": machine.internal_ip}],
        "metadata": {"items": _items(dict(machine.metadata))},
    }


def _items(values: dict[str, str]) -> list[Document]:
    return [{"key": key.replace("_", "-"), "value": value} for key, value in values.items()]


@contextmanager
def metadata_server(state: Path) -> Iterator[Metadata]:
    """The metadata server in an event loop of its own."""
    settings = read_settings({"LOCALCLOUD_STATE": str(state)})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="metadata")
    thread.start()

    async def make() -> Metadata:
        return Metadata(settings, loop, workers)

    with ThreadPoolExecutor(4) as workers:
        server = asyncio.run_coroutine_threadsafe(make(), loop).result(10)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
