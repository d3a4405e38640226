"""A request of Docker's protocol on its way: who asks, what about, and how the reply is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.types import Message, Receive, Send

from localcloud.api.registry_names import ImageName, Target, read_path
from localcloud.errors.docker_registry import RegistryRefusalError
from localcloud.registry.upstream import Answer, Headers
from localcloud.resources.artifact_registry import content_name
from localcloud.store.store import Resource

_ERROR_LIMIT_BYTES = 64 * 1024
_KEPT_FROM_CLIENT = frozenset({"connection", "transfer-encoding", "date", "x-content-type-options"})
_VERSION = ("docker-distribution-api-version", "registry/2.0")


class Incoming:
    """A request's body as it comes in; knows when that was all."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def __call__(self) -> Message:
        """ASGI's `receive`."""
        message = await self._receive()
        self._ended = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read the rest, and forget it."""
        while not self._ended:
            await self()


@dataclass
class Visit:
    """A request and the way back.

    Attributes:
        http: the request.
        incoming: its body.
        send: where the reply goes.
        host: with port, as the client wrote it.
        location: of that host, or empty.
        principal: who it is, once that is known.
        status: of the reply, once it has begun.
    """

    http: HttpRequest
    incoming: Incoming
    send: Send
    host: str
    location: str
    principal: str = ""
    status: int = 0

    @property
    def path(self) -> str:
        return str(self.http.scope["path"])

    @property
    def authorization(self) -> str:
        return self.http.headers.get("authorization", "")

    async def begin(self, status: int, headers: Headers) -> None:
        """Send status and headers."""
        self.status = status
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def piece(self, content: bytes, *, last: bool = False) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": content, "more_body": not last})

    async def reply(self, status: int, document: Any = None, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Send a whole reply, with a JSON document or without a body."""
        content = b"" if document is None else json.dumps(document, separators=(",", ":")).encode()
        kind = () if document is None else (("content-type", "application/json"),)
        await self.begin(status, (*kind, _VERSION, ("content-length", str(len(content))), *headers))
        await self.piece(content, last=True)

    async def refuse(self, refusal: RegistryRefusalError) -> None:
        """Send the protocol's error document, after what is left of the body: while a client sends, it does not read,
        and a connection that is closed before is all it sees.
        """
        await self.incoming.drain()
        document = {"errors": [{"code": refusal.code, "message": refusal.message}]}
        await self.reply(refusal.status, document, self._challenge() if refusal.status == 401 else ())

    def _challenge(self) -> Headers:
        """Where to get a token, and for what (OCI distribution: token authentication)."""
        place = f"{self.http.url.scheme}://{self.host}/v2/token"
        challenge = f'Bearer realm="{place}",service="{self.host}"'
        try:
            target = read_path(self.path, self.location, self.host)
        except RegistryRefusalError:
            return [("www-authenticate", challenge)]
        actions = "pull" if self.http.method in ("GET", "HEAD") else "pull,push"
        return [("www-authenticate", f'{challenge},scope="repository:{target.name.shown}:{actions}"')]


@dataclass(frozen=True)
class Admission:
    """A request that may be carried out.

    Attributes:
        target: what it is about.
        repository: as stored.
        image: the entry of the manifest that the target names, where there is one.
    """

    target: Target
    repository: Resource
    image: Resource | None = None

    @property
    def name(self) -> ImageName:
        return self.target.name

    @property
    def upstream(self) -> str:
        """The image's name at the registry."""
        return f"{content_name(self.repository)}/{self.name.image}"


async def show(visit: Visit, admission: Admission, answer: Answer) -> None:
    """Send the registry's answer with the names that the client knows."""
    inner, outer = admission.upstream, admission.name.shown
    headers = [
        (name, value.replace(f"/v2/{inner}/", f"/v2/{outer}/") if name == "location" else value)
        for name, value in answer.headers
        if name not in _KEPT_FROM_CLIENT
    ]
    if answer.status < 400 or visit.http.method == "HEAD":
        await visit.begin(answer.status, headers)
        async for piece in answer.pieces():
            await visit.piece(piece)
        await visit.piece(b"", last=True)
        return
    content = (await answer.read(_ERROR_LIMIT_BYTES)).replace(inner.encode(), outer.encode())
    kept = [pair for pair in headers if pair[0] != "content-length"]
    await visit.begin(answer.status, [*kept, ("content-length", str(len(content)))])
    await visit.piece(content, last=True)
