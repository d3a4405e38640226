"""HTTP over a Unix socket, as much of it as passing requests on to the registry needs: bodies of any size, both ways.

A body is never held as a whole: what the receiver does not take yet, the sender is not asked for.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import h11

_PIECE_BYTES = 256 * 1024
_DESCRIPTORS = Path("/proc/self/fd")

Headers = Sequence[tuple[str, str]]


class UpstreamError(OSError):
    """The registry does not listen, broke off, or spoke no HTTP."""


@dataclass(frozen=True)
class Question:
    """A request to the registry.

    Attributes:
        method: `GET`, …
        target: path and query.
        headers: with the body's length or transfer encoding when there is a body.
        body: its pieces.
    """

    method: str
    target: str
    headers: Headers
    body: AsyncIterator[bytes] | None = None


class Answer:
    """A reply whose body is still to come.

    Attributes:
        status: HTTP status.
        headers: names in lower case, in order.
    """

    def __init__(self, status: int, headers: Headers, conversation: _Conversation) -> None:
        self.status = status
        self.headers = headers
        self._conversation = conversation

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body.

        Raises:
            UpstreamError: it broke off.
        """
        while isinstance(event := await self._conversation.next_event(), h11.Data):
            yield bytes(event.data)

    async def read(self, limit: int) -> bytes:
        """The body up to `limit` bytes."""
        read = b""
        async for piece in self.pieces():
            read += piece
            if len(read) >= limit:
                break
        return read[:limit]


class _Conversation:
    """One request and its reply on a connection of its own.

    On the bare socket, because a transport of asyncio drops what has arrived when it can send no more.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._loop = asyncio.get_running_loop()
        self._protocol = h11.Connection(h11.CLIENT)

    async def ask(self, question: Question) -> Answer:
        """Send the request, and return when the reply has begun.

        The registry may refuse before it has read all, and close: so its reply is waited for while the body goes out.
        """
        await self._send_head(question)
        sending = asyncio.create_task(self._send_body(question))
        receiving = asyncio.create_task(self._response())
        try:
            await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            return await receiving
        finally:
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    async def next_event(self) -> h11.Event | type[h11.PAUSED]:
        """The next part of the reply."""
        try:
            while True:
                event = self._protocol.next_event()
                if event is not h11.NEED_DATA:
                    return cast("h11.Event | type[h11.PAUSED]", event)
                self._protocol.receive_data(await self._loop.sock_recv(self._socket, _PIECE_BYTES))
        except (h11.RemoteProtocolError, ConnectionError) as error:
            raise UpstreamError(f"the registry broke off: {error}") from error

    async def _response(self) -> Answer:
        event = await self.next_event()
        while isinstance(event, h11.InformationalResponse):
            event = await self.next_event()
        if not isinstance(event, h11.Response):
            raise UpstreamError("the registry closed the connection without an answer")
        named = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
        return Answer(event.status_code, named, self)

    async def _send_head(self, question: Question) -> None:
        headers = [("Host", "registry"), ("Connection", "close"), *question.headers]
        with suppress(ConnectionError):  # its reply, or that there is none, says more
            await self._send(h11.Request(method=question.method, target=question.target, headers=headers))

    async def _send_body(self, question: Question) -> None:
        with suppress(ConnectionError):
            if question.body is not None:
                async for piece in question.body:
                    await self._send(h11.Data(data=piece))
            await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        await self._loop.sock_sendall(self._socket, self._protocol.send(event) or b"")


@asynccontextmanager
async def conversation(socket_file: Path, question: Question) -> AsyncIterator[Answer]:
    """Ask the registry; the connection ends with the block, whatever was read of the answer.

    Raises:
        UpstreamError: it does not listen, or gives no answer.
    """
    with connect(socket_file) as connected:
        connected.setblocking(False)
        yield await _Conversation(connected).ask(question)


def connect(socket_file: Path) -> socket.socket:
    """A connection to a Unix socket, whose path may be longer than the system's 107 bytes where there is a /proc.

    Raises:
        UpstreamError: nobody listens there.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = -1
    try:
        folder = os.open(socket_file.parent, os.O_RDONLY)
        short = _DESCRIPTORS / str(folder) / socket_file.name
        connection.connect(str(short if _DESCRIPTORS.exists() else socket_file))
    except OSError as error:
        connection.close()
        raise UpstreamError(f"the registry does not listen at {socket_file}: {error}") from error
    finally:
        if folder >= 0:
            os.close(folder)
    return connection
