"""The door: an HTTP proxy on loopback that tunnels to Google's hosts as this machine serves them, and to no other."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from localcloud.discovery.routes import HOSTS
from localcloud.errors.program import tunnel_refused
from localcloud.resources.artifact_registry import DOCKER_HOSTS

_HEAD_LIMIT = 16 * 1024
_HEAD_SECONDS = 30.0
_CHUNK = 64 * 1024
_SERVED = HOSTS | DOCKER_HOSTS.keys()

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Door:
    """One connection is one tunnel.

    Args:
        api_port: loopback port of the TLS API listener.
        readiness: what `GET /` on the door itself answers.
    """

    def __init__(self, api_port: int, readiness: Callable[[], Mapping[str, Any]]) -> None:
        self._api_port = api_port
        self._readiness = readiness
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection to its end; the callback of `asyncio.start_server`."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the client has gone, or never sent a request: there is nobody to tell
        except asyncio.CancelledError:
            pass  # only `close` cancels; Python 3.11 logs a connection whose task ends cancelled as an error
        finally:
            with suppress(ConnectionError):
                writer.close()

    async def close(self) -> None:
        """Cut every tunnel."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) != 3:
            await _reply(writer, HTTPStatus.BAD_REQUEST, {"error": "this is no HTTP request"})
            return
        http_method, target, _ = words
        if http_method == "CONNECT":
            await self._connect(target, reader, writer)
        elif target.startswith("/"):
            await self._own(http_method, target, writer)
        else:
            host = target.partition("://")[2].partition("/")[0]
            await _reply(writer, HTTPStatus.FORBIDDEN, {"error": tunnel_refused(host or target)})

    async def _own(self, http_method: str, target: str, writer: asyncio.StreamWriter) -> None:
        if http_method == "GET" and target == "/":
            await _reply(writer, HTTPStatus.OK, self._readiness())
        else:
            await _reply(writer, HTTPStatus.NOT_FOUND, {"error": "the door itself answers GET / only"})

    async def _connect(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = target.rpartition(":")
        if port != "443" or host.lower() not in _SERVED:
            await _reply(writer, HTTPStatus.FORBIDDEN, {"error": tunnel_refused(target.removesuffix(":443"))})
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._api_port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await _splice((reader, writer), (inner_reader, inner_writer))
        finally:
            inner_writer.close()


async def _splice(client: _Connection, server: _Connection) -> None:
    """Copy both ways until either side ends: TLS knows no half-closed tunnel."""
    copies = [asyncio.create_task(_copy(*ends)) for ends in ((client, server), (server, client))]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)


async def _copy(source: _Connection, sink: _Connection) -> None:
    reader, own_writer = source
    _, writer = sink
    while chunk := await reader.read(_CHUNK):
        _acknowledge(own_writer)
        writer.write(chunk)
        await writer.drain()


def _acknowledge(writer: asyncio.StreamWriter) -> None:
    """Acknowledge what has arrived at once, where the system can.

    urllib3 leaves Nagle's delay on in front of proxies, so a request's body waits until its head is acknowledged,
    which the system would put off by 40 ms.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


async def _reply(writer: asyncio.StreamWriter, status: HTTPStatus, document: Mapping[str, Any]) -> None:
    body = json.dumps(document).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
