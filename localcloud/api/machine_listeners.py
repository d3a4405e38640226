"""What listens for machines: a metadata server for each, and Google's APIs where a machine has a network of its own."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping, Set
from dataclasses import dataclass

from starlette.types import Scope

from localcloud.api.changes import Changes, wait_at_most
from localcloud.api.listener import LOOPBACK, Listener, bind
from localcloud.errors.program import StartError
from localcloud.store.path import ResourcePath
from localcloud.store.store import Store

_LOGGER = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Offer:
    """What machines are offered on a port of their own.

    Attributes:
        listener: answers there.
        context: for TLS.
    """

    listener: Listener
    context: ssl.SSLContext | None = None


@dataclass(frozen=True)
class _Port:
    number: int
    host: str
    client: str
    offer: Offer
    instance: ResourcePath


class MachineListeners:
    """Opens the ports of every instance that has a machine, and closes them when the machine is gone.

    Args:
        store: where instances and their runtime handles are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[int, _Port] = {}
        self._failing: set[int] = set()

    def identify(self, scope: Scope) -> ResourcePath | None:
        """The instance whose port a request came in by."""
        server = scope.get("server")
        port = self._open.get(server[1]) if server else None
        return port.instance if port else None

    async def follow(self, changes: Changes, offers: Mapping[str, Offer]) -> None:
        """Keep the ports as the store says, until cancelled; one that cannot be had yet is tried again.

        Args:
            changes: of instances.
            offers: what machines are offered, by the key of their handle that holds the port.
        """
        while True:
            changed = changes.next()
            wanted = await asyncio.to_thread(self._wanted, offers)
            self._close(self._open.keys() - wanted.keys())
            self._failing &= wanted.keys()
            missing = [port for number, port in wanted.items() if number not in self._open and not self._try(port)]
            await (wait_at_most(changed, _RETRY_SECONDS) if missing else changed.wait())

    def _wanted(self, offers: Mapping[str, Offer]) -> dict[int, _Port]:
        ports = {}
        for instance in self._store.list("compute", "instances"):
            handle = instance.internal.get("runtime") or {}
            host, client = handle.get("metadata_host", LOOPBACK), handle.get("metadata_client", "")
            for key in offers.keys() & handle.keys():
                number = int(handle[key])
                ports[number] = _Port(number, host, client, offers[key], instance.path)
        return ports

    def _close(self, numbers: Set[int]) -> None:
        for number in numbers:
            self._open.pop(number).offer.listener.close_port(number)

    def _try(self, port: _Port) -> bool:
        """Whether it is open now. A machine's network may come up after its document, after a restart of the engine."""
        try:
            bound = bind(port.number, "the port of a machine", port.host)
        except StartError as error:
            if port.number not in self._failing:
                self._failing.add(port.number)
                place = f"{port.host}:{port.number}"
                _LOGGER.warning("%s of %s cannot be had (%s); it is tried again", place, port.instance, error.__cause__)
            return False
        self._failing.discard(port.number)
        port.offer.listener.open(bound, port.offer.context, port.client)
        self._open[port.number] = port
        return True
