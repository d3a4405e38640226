"""One health check probe over the network: what it sends and what it takes for healthy (gce-behaviour section 4)."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from localcloud.controllers.health_state import Outcome

_RESPONSE_BYTES = 1024
_HEADER_BYTES = 16 * 1024
_USER_AGENT = "GoogleHC/1.0"
_TLS = frozenset({"HTTPS", "SSL", "HTTP2"})
_HTTP = frozenset({"HTTP", "HTTPS", "HTTP2"})


@dataclass(frozen=True)
class Probe:
    """What is probed.

    Attributes:
        kind: the health check's `type`; HTTP2 is asked over HTTP/1.1 here.
        timeout_seconds: real seconds for everything.
        request: what TCP and SSL checks send first.
        response: what the reply must begin with (TCP, SSL) or contain in its first 1024 body bytes (HTTP).
    """

    kind: str
    host: str
    port: int
    timeout_seconds: float
    path: str = "/"
    host_header: str = ""
    request: str = ""
    response: str = ""


async def probe(target: Probe) -> tuple[Outcome, str]:
    """Ask once: the outcome and, unless healthy, one phrase that says why."""
    try:
        async with asyncio.timeout(target.timeout_seconds):
            return await _ask(target)
    except TimeoutError:
        return Outcome.TIMEOUT, f"no answer within {target.timeout_seconds:g} s"
    except ConnectionRefusedError:
        return Outcome.UNHEALTHY, f"nothing listens on port {target.port}"
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        return Outcome.UNHEALTHY, f"the connection broke ({type(error).__name__})"


async def _ask(target: Probe) -> tuple[Outcome, str]:
    context = _accept_any_certificate() if target.kind in _TLS else None
    reader, writer = await asyncio.open_connection(target.host, target.port, limit=_HEADER_BYTES, ssl=context)
    try:
        if target.kind in _HTTP:
            return await _ask_http(target, reader, writer)
        return await _ask_bytes(target, reader, writer)
    finally:
        writer.close()


async def _ask_http(target: Probe, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[Outcome, str]:
    host = target.host_header or target.host
    writer.write(
        f"GET {target.path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {_USER_AGENT}\r\nConnection: close\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(maxsplit=2)[1])
    if status != 200:
        return Outcome.UNHEALTHY, f"it answered {status}"
    if target.response and target.response not in (await _first_bytes(reader)).decode("latin-1"):
        return Outcome.UNHEALTHY, "its answer does not contain the expected response"
    return Outcome.HEALTHY, ""


async def _ask_bytes(target: Probe, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[Outcome, str]:
    if target.request:
        writer.write(target.request.encode())
    if target.response:
        expected = target.response.encode()
        if await reader.readexactly(len(expected)) != expected:
            return Outcome.UNHEALTHY, "its answer is not the expected response"
    return Outcome.HEALTHY, ""


async def _first_bytes(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while len(found) < _RESPONSE_BYTES and (more := await reader.read(_RESPONSE_BYTES - len(found))):
        found += more
    return found


def _accept_any_certificate() -> ssl.SSLContext:
    """Google's probers do not verify certificates either."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
