"""The metadata servers: one application for all instances; `identify` decides who asks."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from localcloud.api import metadata_tree
from localcloud.api.changes import Changes, wait_at_most
from localcloud.api.identity import IdentityTokens
from localcloud.api.tokens import Tokens
from localcloud.resources.iam import find_account
from localcloud.resources.metadata import metadata_values
from localcloud.resources.projects import project_path
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Resource, Store

Identify = Callable[[Scope], ResourcePath | None]

_PREFIX = "/computeMetadata/v1"
_FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM", "X-XSS-Protection": "0"}
_LONGEST_WAIT_SECONDS = 3600.0
_WAIT_STEP_SECONDS = 5.0
_OWN_NAMES = frozenset({"localhost", "metadata", "metadata.google.internal"})


class MetadataServer:
    """Answers the metadata requests of every instance.

    Args:
        store: where instances are.
        settings: for the project's names.
        tokens: issues the access tokens of instances.
        identities: issues their identity tokens.
        changes: of instances; wakes `wait_for_change`.
        workers: threads for the store's transactions.
        identify: which instance asks.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        tokens: Tokens,
        identities: IdentityTokens,
        changes: Changes,
        workers: Executor,
        identify: Identify,
    ) -> None:
        self._store = store
        self._settings = settings
        self._tokens = tokens
        self._identities = identities
        self._changes = changes
        self._workers = workers
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            return _text(405, "The metadata server answers GET only.\n")
        if "x-forwarded-for" in request.headers:
            return _text(403, "The metadata server refuses requests with X-Forwarded-For.\n")
        if not _own_name(request.url.hostname or ""):
            return _text(403, f"The metadata server does not answer as {request.url.hostname}.\n")
        path = self._identify(request.scope)
        if path is None:
            return _text(404, "No instance has this metadata server.\n")
        # The root answers without the header: it is how clients find out where they run.
        if request.url.path == "/":
            return _text(200, "computeMetadata/\n")
        if request.headers.get("metadata-flavor", "").lower() != "google":
            return _text(403, "Missing Metadata-Flavor:Google header.\n")
        if request.url.path.rstrip("/") == "/computeMetadata":
            return _text(200, "v1/\n")
        if not request.url.path.startswith(_PREFIX):
            return _text(404, "The requested URL was not found on this server.\n")
        if request.query_params.get("wait_for_change", "").lower() == "true":
            return await self._wait_for_change(request, path)
        return await self._look(request, path)

    async def _look(self, request: Request, path: ResourcePath) -> Response:
        return await asyncio.get_running_loop().run_in_executor(self._workers, self._read, request, path)

    async def _wait_for_change(self, request: Request, path: ResourcePath) -> Response:
        """Answer at once when `last_etag` is stale, else after the next change or `timeout_sec`."""
        loop = asyncio.get_running_loop()
        changed = self._changes.next()
        response = await self._look(request, path)
        seen = request.query_params.get("last_etag") or response.headers.get("etag")
        asked = request.query_params.get("timeout_sec", "")
        ends = loop.time() + (float(asked) if asked.isdigit() else _LONGEST_WAIT_SECONDS)
        while (
            response.headers.get("etag") == seen
            and response.status_code == 200
            and loop.time() < ends
            and not self._changes.closed
            and not await request.is_disconnected()
        ):
            await wait_at_most(changed, min(_WAIT_STEP_SECONDS, max(0.0, ends - loop.time())))
            changed = self._changes.next()
            response = await self._look(request, path)
        return response

    def _read(self, request: Request, path: ResourcePath) -> Response:
        instance = self._store.get(path)
        if instance is None:
            return _text(404, "The instance of this metadata server is gone.\n")
        segments = [segment for segment in request.url.path.removeprefix(_PREFIX).split("/") if segment]
        if len(segments) == 4 and segments[1] == "service-accounts" and segments[3] in ("token", "identity"):
            return self._credential(request, instance, segments[2], segments[3])
        tree = metadata_tree.metadata_tree(instance.body, self._project_attributes(), self._settings)
        try:
            node = metadata_tree.find(tree, segments)
        except KeyError:
            return _text(404, f"{request.url.path} is not in the metadata of this instance.\n")
        return _shown(request, node)

    def _credential(self, request: Request, instance: Resource, name: str, kind: str) -> Response:
        attached = instance.body.get("serviceAccounts", [])
        account = next((item for item in attached if name in ("default", item["email"])), None)
        if account is None:
            return _text(404, f"The instance has no service account {name}.\n")
        if kind == "identity":
            return self._identity(request, instance, account["email"])
        wanted = [scope for scope in request.query_params.get("scopes", "").split(",") if scope]
        # An instance gets at most the scopes it was made with.
        scopes = [scope for scope in account.get("scopes", []) if not wanted or scope in wanted]
        with self._store.transaction() as transaction:
            token = self._tokens.issue(transaction, account["email"], scopes or account.get("scopes", []))
        return _json(metadata_tree.as_json(token), no_cache=True)

    def _identity(self, request: Request, instance: Resource, email: str) -> Response:
        audience = request.query_params.get("audience")
        if not audience:
            return _text(400, "non-empty audience parameter required\n")
        with self._store.transaction() as transaction:
            account = find_account(transaction, self._settings.project, email)
        if account is None:
            return _text(404, f"The service account {email} is gone.\n")
        full = request.query_params.get("format") == "full"
        token = self._identities.issue(instance.body, email, account.body["uniqueId"], audience, full=full)
        return _text(200, token)

    def _project_attributes(self) -> dict[str, str]:
        found = self._store.get(project_path(self._settings.project))
        return metadata_values(found.body.get("commonInstanceMetadata")) if found else {}


def _own_name(host: str) -> bool:
    """False for a name that was made to lead here, by which a web page could ask for tokens as its own server's."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host in _OWN_NAMES
    return True


def _shown(request: Request, node: Any) -> Response:
    recursive = request.query_params.get("recursive", "").lower() == "true"
    asked = request.query_params.get("alt", "json" if recursive else "text")
    directory = metadata_tree.is_directory(node)
    if directory and not recursive and not request.url.path.endswith("/"):
        return Response(
            status_code=301, headers=_FLAVOR | {"Location": f"{request.url.path}/", "Content-Type": "text/html"}
        )
    if asked == "json" and (recursive or not directory):
        return _json(metadata_tree.as_json(node))
    return _text(200, metadata_tree.as_text(node), etag=True)


def _json(content: str, *, no_cache: bool = False) -> Response:
    headers = _FLAVOR | ({"Cache-Control": "no-store"} if no_cache else {"ETag": _etag(content)})
    return Response(content, media_type="application/json", headers=headers)


def _text(status: int, content: str, *, etag: bool = False) -> Response:
    headers = _FLAVOR | {"Content-Type": "application/text" if status == 200 else "text/html; charset=UTF-8"}
    return Response(content, status, headers=headers | ({"ETag": _etag(content)} if etag else {}))


def _etag(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]
