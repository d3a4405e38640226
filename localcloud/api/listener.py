"""HTTP listeners, all in one event loop: uvicorn's protocol on sockets that open and close at run time.

They are on loopback, or on the gateway of a machine's network, where they hear that machine only.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from uvicorn import Config
from uvicorn.server import ServerState

from localcloud.errors.program import port_taken

LOOPBACK = "127.0.0.1"
_CLOSING_SECONDS = 2.0
_BACKLOG = 128
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class _Bound:
    socket: socket.socket
    context: ssl.SSLContext | None
    client: str


class Listener:
    """One ASGI application on any number of sockets. `uvicorn.Server` itself owns signals and ticks ten times a
    second for each server, which an idle machine with many metadata servers would notice.
    """

    def __init__(self, application: Any, *, keep_alive_seconds: int = 75) -> None:
        self._config = Config(
            application,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=keep_alive_seconds,
        )
        self._config.load()
        self._state = ServerState()
        # uvicorn gives its three HTTP protocols one signature, but no common base that says so.
        self._make_protocol = cast("Callable[..., asyncio.Protocol]", self._config.http_protocol_class)
        self._sockets: dict[int, _Bound] = {}
        self._handshakes: set[asyncio.Task[None]] = set()

    def open(self, bound: socket.socket, context: ssl.SSLContext | None = None, client: str = "") -> int:
        """Start to accept on a bound socket, which is the listener's from now on; returns its port.

        Args:
            bound: port numbers must differ from those of the listener's other sockets, whatever their addresses.
            context: for TLS.
            client: the only address whose connections are not closed at once; empty for all.

        The socket is watched here because `asyncio.Server` loses a connection that arrives while it closes, and its
        client waits for ever; that matters where listeners come and go with instances.
        """
        bound.listen(_BACKLOG)
        port = int(bound.getsockname()[1])
        self._sockets[port] = _Bound(bound, context, client)
        asyncio.get_running_loop().add_reader(bound, self._accept, port)
        return port

    def close_port(self, port: int) -> None:
        """Stop to accept on one port; requests that are being answered end by themselves."""
        bound = self._sockets.pop(port, None)
        if bound is not None:
            asyncio.get_running_loop().remove_reader(bound.socket)
            bound.socket.close()

    async def close(self) -> None:
        """Stop to accept, let requests that are being answered finish for a moment, then cut them."""
        for port in list(self._sockets):
            self.close_port(port)
        if self._handshakes:
            await asyncio.wait(self._handshakes, timeout=_CLOSING_SECONDS)
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_CLOSING_SECONDS)
        for task in list(self._state.tasks):
            task.cancel()
        for connection in list(self._state.connections):
            with suppress(AttributeError):
                connection.transport.close()

    def _accept(self, port: int) -> None:
        bound = self._sockets[port]
        try:
            connection, peer = bound.socket.accept()
        except (BlockingIOError, ConnectionError, InterruptedError):
            return  # the client has gone already
        except OSError:
            # No file descriptor is left: without a pause the loop would do nothing but ask again.
            loop = asyncio.get_running_loop()
            loop.remove_reader(bound.socket)
            loop.call_later(_PAUSE_SECONDS, self._resume, port)
            return
        if bound.client and peer[0] != bound.client:
            connection.close()
            return
        connection.setblocking(False)
        handshake = asyncio.create_task(self._connect(connection, bound.context))
        self._handshakes.add(handshake)
        handshake.add_done_callback(self._handshakes.discard)

    def _resume(self, port: int) -> None:
        if port in self._sockets:
            asyncio.get_running_loop().add_reader(self._sockets[port].socket, self._accept, port)

    async def _connect(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        # A client that does not trust the authority, or speaks no TLS, ends its own connection.
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection, ssl=context)

    def _protocol(self) -> asyncio.Protocol:
        return self._make_protocol(config=self._config, server_state=self._state, app_state={})


def bind(port: int, setting: str, host: str = LOOPBACK) -> socket.socket:
    """A socket on the port (0: any free one) of an address of this machine.

    Raises:
        StartError: the port is taken; the text names `setting`.
    """
    # asyncio turns Nagle's delay off only for sockets that name TCP; without it every reply takes 40 ms more.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise port_taken(setting, port) from error
    bound.setblocking(False)
    return bound
