"""The ASGI application behind the door: Google's APIs, the token endpoint, batches, and the way to Docker's hosts."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import Executor
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.api.access_log import AccessLog
from localcloud.api.batch import BATCH_PATHS, BatchError, join_replies, split_batch
from localcloud.api.changes import Changes, wait_at_most
from localcloud.api.dispatch import Dispatcher, Reply, Request
from localcloud.api.tokens import GrantError, Tokens
from localcloud.clock import Clock
from localcloud.discovery.routes import TOKEN_HOST
from localcloud.errors.api import body_too_large, storage_unavailable
from localcloud.errors.program import StorageFullError
from localcloud.resources.artifact_registry import DOCKER_HOSTS
from localcloud.store.store import Store

_BODY_LIMIT = 10 * 1024 * 1024
_WAIT_SECONDS = 120.0
_WAIT_STEP_SECONDS = 0.25


class Application:
    """Answers every request that comes through the door.

    Args:
        dispatcher: answers API calls.
        store: for the token endpoint's own transactions.
        tokens: issues access tokens.
        clock: what operations.wait waits by.
        changes: of operations; wakes operations.wait.
        workers: threads that run the store's transactions, so that a lock never stops the event loop.
        log: one line a call.
        registry: answers what is for Artifact Registry's Docker hosts.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        store: Store,
        tokens: Tokens,
        clock: Clock,
        changes: Changes,
        workers: Executor,
        log: AccessLog,
        registry: ASGIApp,
    ) -> None:
        self._dispatcher = dispatcher
        self._store = store
        self._tokens = tokens
        self._clock = clock
        self._changes = changes
        self._workers = workers
        self._log = log
        self._registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        http = HttpRequest(scope, receive)
        if _host(http) in DOCKER_HOSTS:
            await self._registry(scope, receive, send)
            return
        started = time.perf_counter()
        try:
            body = await _body(http)
        except ClientDisconnect:
            return
        if body is None:
            reply = Reply(413, body_too_large(_BODY_LIMIT).body())
            response = _json_response(reply)
        else:
            reply, response = await self._answer(http, body)
        await response(scope, receive, send)
        self._log.write(http.method, http.url.path, reply, time.perf_counter() - started)

    async def _answer(self, http: HttpRequest, body: bytes) -> tuple[Reply, Response]:
        request = _read(http, body)
        if request.host == TOKEN_HOST:
            reply = await self._in_thread(self._token, request)
            return reply, _json_response(reply)
        if request.path in BATCH_PATHS and request.http_method == "POST":
            return await self._batch(http, request)
        reply = await self._call(http, request)
        return reply, _json_response(reply)

    async def _in_thread(self, function: Any, *arguments: Any) -> Reply:
        reply = await asyncio.get_running_loop().run_in_executor(self._workers, function, *arguments)
        if not isinstance(reply, Reply):
            raise TypeError(f"{function} made no reply")
        return reply

    async def _call(self, http: HttpRequest, request: Request) -> Reply:
        """One call; operations.wait looks again until the operation is done, two cloud minutes have passed, its
        client has gone, or the local cloud stops.
        """
        changed = self._changes.next()
        reply = await self._in_thread(self._dispatcher.answer, request)
        ends = self._clock.now() + _WAIT_SECONDS
        while (
            reply.method.endswith("Operations.wait")
            and reply.status == 200
            and reply.document.get("status", "DONE") != "DONE"
            and self._clock.now() < ends
            and not self._changes.closed
            and not await http.is_disconnected()
        ):
            await wait_at_most(changed, _WAIT_STEP_SECONDS)
            changed = self._changes.next()
            reply = await self._in_thread(self._dispatcher.answer, request)
        return reply

    async def _batch(self, http: HttpRequest, request: Request) -> tuple[Reply, Response]:
        try:
            parts = split_batch(http.headers.get("content-type", ""), request)
        except BatchError as error:
            reply = Reply(400, {"error": {"code": 400, "message": str(error), "errors": []}}, "batch")
            return reply, _json_response(reply)
        replies = [(part.content_id, await self._call(http, part.request)) for part in parts]
        media_type, content = join_replies(replies)
        return Reply(200, {}, "batch"), Response(content, media_type=media_type, headers=_headers(200))

    def _token(self, request: Request) -> Reply:
        if (request.http_method, request.path) != ("POST", "token"):
            return Reply(404, {"error": "not_found", "error_description": "The token endpoint is POST /token."})
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        try:
            with self._store.transaction() as transaction:
                return Reply(200, self._tokens.exchange(transaction, form), "oauth2.token")
        except GrantError as error:
            return Reply(400, {"error": error.code, "error_description": str(error)}, "oauth2.token")
        except StorageFullError as error:
            return Reply(503, storage_unavailable(error).body(), "oauth2.token")


def _host(http: HttpRequest) -> str:
    return http.headers.get("host", "").partition(":")[0].lower()


async def _body(http: HttpRequest) -> bytes | None:
    """The whole body, or None when it is too large."""
    chunks, size = [], 0
    async for chunk in http.stream():
        size += len(chunk)
        if size > _BODY_LIMIT:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _read(http: HttpRequest, body: bytes) -> Request:
    query = parse_qsl(http.url.query, keep_blank_values=True)
    token = next((value for name, value in query if name in ("access_token", "oauth_token")), "")
    raw_path: bytes = http.scope.get("raw_path") or http.url.path.encode()
    return Request(
        http_method=http.headers.get("x-http-method-override", http.method).upper(),
        host=_host(http),
        path=raw_path.partition(b"?")[0].decode("latin-1").lstrip("/"),
        query=tuple(query),
        authorization=http.headers.get("authorization", f"Bearer {token}" if token else ""),
        body=body,
    )


def _headers(status: int) -> dict[str, str]:
    headers = {
        "date": formatdate(usegmt=True),
        "cache-control": "private, no-store",
        "vary": "Origin, X-Origin",
        "x-content-type-options": "nosniff",
    }
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return headers


def _json_response(reply: Reply) -> Response:
    if reply.status == 200 and reply.method.startswith("compute.") and reply.method.endswith("Operations.delete"):
        return Response(status_code=204, headers=_headers(204))
    content = json.dumps(reply.document, separators=(",", ":")).encode()
    return Response(content, reply.status, media_type="application/json; charset=UTF-8", headers=_headers(reply.status))
