"""HTTP over a Unix socket, against servers that behave well and badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from localcloud.registry.upstream import Question, UpstreamError, connect, conversation

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def asked(folder: Path, handler: Handler, question: Question) -> tuple[int, bytes]:
    """Status and body of what a server answers."""

    async def run() -> tuple[int, bytes]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await handler(reader, writer)
            writer.close()

        server = await asyncio.start_unix_server(serve, folder / "socket")
        async with server, conversation(folder / "socket", question) as answer:
            return answer.status, b"".join([piece async for piece in answer.pieces()])

    return asyncio.run(asyncio.wait_for(run(), 10))


async def body() -> AsyncIterator[bytes]:
    yield b"one "
    yield b""
    yield b"two"


def test_a_body_of_unknown_length_goes_in_chunks(tmp_path: Path) -> None:
    received = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"3\r\nyes\r\n0\r\n\r\n")

    question = Question("PATCH", "/v2/x", [("transfer-encoding", "chunked")], body())
    assert asked(tmp_path, handler, question) == (201, b"yes")
    head, _, sent = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PATCH /v2/x HTTP/1.1\r\n")
    assert sent == b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"


def test_a_refusal_is_read_although_the_body_was_not(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(64 * 1024)

    question = Question("PATCH", "/v2/x", [("transfer-encoding", "chunked")], endless())
    status, content = asked(tmp_path, handler, question)
    assert (status, content) == (404, b"no")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"SSH-2.0-OpenSSH\r\n\r\n"]
)
def test_a_registry_that_breaks_off_is_an_error(tmp_path: Path, answer: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    with pytest.raises(UpstreamError, match="the registry (broke off|closed the connection)"):
        asked(tmp_path, handler, Question("GET", "/v2/", ()))


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(UpstreamError, match="the registry does not listen at "):
        connect(tmp_path / "socket")
