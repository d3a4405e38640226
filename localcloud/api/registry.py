"""The ASGI application of Artifact Registry's Docker hosts: login and permissions here, bytes from the registry behind.

Follows the OCI distribution specification as Artifact Registry serves it. Which manifests and tags there are, the store
says; blobs and uploads are passed on, in both directions as they come, under the name the registry keeps them by.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.types import Receive, Scope, Send

from localcloud.api.access_log import AccessLog
from localcloud.api.dispatch import Reply
from localcloud.api.faults import Faults
from localcloud.api.registry_access import Grant, access_token, authorise, log_in, may_mount, required
from localcloud.api.registry_names import ImageName, Part, Target, location_of, read_name, read_path
from localcloud.api.tokens import Tokens
from localcloud.clock import Clock
from localcloud.errors import (
    ApiError,
    RegistryRefusalError,
    RegistryUnavailableError,
    StorageFullError,
    digest_invalid,
    image_unknown,
    manifest_invalid,
    manifest_unknown,
    registry_broke_off,
    registry_fault,
    registry_unavailable,
    registry_unsupported,
)
from localcloud.registry.registry import Registry
from localcloud.registry.upstream import Answer, Question, UpstreamError, conversation
from localcloud.resources.artifact_registry import content_name
from localcloud.resources.docker_images import (
    find_image,
    image_digest,
    image_tags,
    record_image,
    remove_image,
    require_movable_tag,
)
from localcloud.store.store import Resource, Store, Transaction

METHOD = "artifactregistry.docker"
"""What the access log and the admin port's faults call every request of Docker's protocol."""

_MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024
_ERROR_LIMIT_BYTES = 64 * 1024
_PASSED_TO_REGISTRY = frozenset({"content-type", "content-length", "content-range", "range", "if-none-match"})
_KEPT_FROM_CLIENT = frozenset({"connection", "transfer-encoding", "date", "x-content-type-options"})
_VERSION = ("docker-distribution-api-version", "registry/2.0")

Result = TypeVar("Result")


@dataclass
class _Visit:
    """A request on its way.

    Attributes:
        http: the request.
        send: where the reply goes.
        host: with port, as the client wrote it.
        location: of that host, or empty.
        principal: who it is, once that is known.
        status: of the reply, once it has begun.
    """

    http: HttpRequest
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

    async def begin(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
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


@dataclass(frozen=True)
class _Admission:
    """A request that may be carried out.

    Attributes:
        target: what it is about.
        grant: who asks, and the repository.
        image: the manifest's entry, where there is one.
    """

    target: Target
    grant: Grant
    image: Resource | None = None

    @property
    def name(self) -> ImageName:
        return self.target.name

    @property
    def upstream(self) -> str:
        """The image's name at the registry."""
        return f"{content_name(self.grant.repository)}/{self.name.image}"


@dataclass(frozen=True)
class _Manifest:
    """A manifest as pushed."""

    content: bytes
    document: dict[str, Any]
    media_type: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", f"sha256:{hashlib.sha256(self.content).hexdigest()}")


class RegistryApplication:
    """Docker's protocol on `LOCATION-docker.pkg.dev`, and on a plain port where a name begins with its location.

    Args:
        registry: keeps the bytes.
        store: repositories, policies, and what was pushed.
        tokens: who a token speaks for.
        clock: cloud time of what is pushed.
        faults: errors injected on purpose.
        workers: threads that run the store's transactions.
        log: one line a request.
    """

    def __init__(
        self,
        registry: Registry,
        store: Store,
        tokens: Tokens,
        clock: Clock,
        faults: Faults,
        workers: Executor,
        log: AccessLog,
    ) -> None:
        self._registry = registry
        self._store = store
        self._tokens = tokens
        self._clock = clock
        self._faults = faults
        self._workers = workers
        self._log = log
        self._manifests = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        http = HttpRequest(scope, receive)
        host = http.headers.get("host", "").lower().removesuffix(":443")
        visit = _Visit(http, send, host, location_of(host))
        started = time.perf_counter()
        message = ""
        try:
            message = await self._answer_or_refuse(visit)
        except ClientDisconnect:
            return
        shown = {"error": {"message": message}} if message else {}
        reply = Reply(visit.status, shown, METHOD, visit.principal)
        self._log.write(http.method, visit.path, reply, time.perf_counter() - started)

    async def _answer_or_refuse(self, visit: _Visit) -> str:
        """Answer; the sentence of the refusal, or nothing.

        Raises:
            UpstreamError: the registry broke off within a body that the client has begun to receive.
        """
        try:
            await self._answer(visit)
        except RegistryRefusalError as error:
            refusal = error
        except (RegistryUnavailableError, StorageFullError) as error:
            refusal = registry_unavailable(error)
        except UpstreamError:
            if visit.status:
                raise
            refusal = registry_unavailable(registry_broke_off())
        else:
            return ""
        document = {"errors": [{"code": refusal.code, "message": refusal.message}]}
        await visit.reply(refusal.status, document, _challenge(visit) if refusal.status == 401 else ())
        return refusal.message

    async def _answer(self, visit: _Visit) -> None:
        if fault := self._faults.strike(METHOD):
            raise registry_fault(fault)
        if visit.path == "/v2/token":
            await self._token(visit)
        elif visit.path in ("/v2/", "/v2"):
            await self._in_transaction(self._log_in, visit)
            await visit.reply(200, {})
        else:
            admission = await self._in_transaction(self._admit, visit)
            if admission.target.part is Part.MANIFEST:
                await self._manifest(visit, admission)
            elif admission.target.part is Part.TAGS:
                await self._tags(visit, admission)
            else:
                await self._blob(visit, admission)

    async def _token(self, visit: _Visit) -> None:
        """What clients exchange their password for: the same token, which is short-lived as it is."""
        if visit.http.method not in ("GET", "HEAD"):
            raise registry_unsupported(visit.http.method, "token")
        await self._in_transaction(self._log_in, visit)
        await visit.reply(200, {"token": access_token(visit.authorization)}, [("cache-control", "private, no-store")])

    def _log_in(self, transaction: Transaction, visit: _Visit) -> None:
        visit.principal = log_in(transaction, self._tokens, visit.authorization, visit.host).principal

    def _admit(self, transaction: Transaction, visit: _Visit) -> _Admission:
        caller = log_in(transaction, self._tokens, visit.authorization, visit.host)
        visit.principal = caller.principal
        target = read_path(visit.path, visit.location, visit.host)
        permission = required(visit.http.method, target)
        grant = authorise(transaction, caller, target.name, permission)
        image = None
        if target.part is Part.MANIFEST:
            image = find_image(transaction, grant.repository, target.name.image, target.reference)
            if image is None and visit.http.method != "PUT":
                raise manifest_unknown(target.reference, visit.path)
        return _Admission(target, grant, image)

    async def _tags(self, visit: _Visit, admission: _Admission) -> None:
        name = admission.name

        def read(transaction: Transaction) -> list[str] | None:
            return image_tags(transaction, admission.grant.repository, name.image)

        tags = await self._in_transaction(read)
        if tags is None:
            raise image_unknown(name.shown)
        query = parse_qs(visit.http.url.query)
        after, size = query.get("last", [""])[0], query.get("n", [""])[0]
        tags = [tag for tag in tags if tag > after]
        headers: list[tuple[str, str]] = []
        if size.isdecimal() and len(tags) > int(size):
            tags = tags[: int(size)]
            follow = urlencode({"n": size, "last": tags[-1] if tags else after})
            headers = [("link", f'</v2/{name.shown}/tags/list?{follow}>; rel="next"')]
        await visit.reply(200, {"name": name.shown, "tags": tags}, headers)

    async def _manifest(self, visit: _Visit, admission: _Admission) -> None:
        if visit.http.method == "PUT":
            await self._push_manifest(visit, admission)
        elif visit.http.method == "DELETE":
            await self._delete_manifest(visit, admission)
        elif admission.image is not None:
            # Asked for as what it is: a client that cannot read it is told so by its media type.
            accept = ("accept", str(admission.image.body["mediaType"]))
            target = f"manifests/{image_digest(admission.image)}"
            await self._pass_on(visit, admission, self._question(visit, admission, target, accept))

    async def _push_manifest(self, visit: _Visit, admission: _Admission) -> None:
        manifest = await _read_manifest(visit.http)
        reference, name = admission.target.reference, admission.name
        by_digest = ":" in reference
        if by_digest and reference != manifest.digest:
            raise digest_invalid(manifest.digest, reference)
        tag = "" if by_digest else reference

        def check(transaction: Transaction) -> None:
            require_movable_tag(transaction, admission.grant.repository, name.image, manifest.digest, tag)

        def record(transaction: Transaction) -> None:
            # The repository may have been deleted meanwhile; what was pushed to it is then gone too.
            repository = transaction.get(admission.grant.repository.path)
            if repository is None or content_name(repository) != content_name(admission.grant.repository):
                raise manifest_unknown(reference, visit.path)
            record_image(
                transaction,
                repository,
                name.image,
                manifest.digest,
                manifest.document,
                self._clock.now(),
                media_type=manifest.media_type,
                tag=tag,
            )

        # One at a time, so that two pushes of a tag are recorded in the order in which they were accepted.
        async with self._manifests, self._running():
            await self._in_transaction(check)
            headers = [("content-type", manifest.media_type), ("content-length", str(len(manifest.content)))]
            path = f"/v2/{admission.upstream}/manifests/{manifest.digest}"
            question = Question("PUT", path, headers, _once(manifest.content))
            async with conversation(self._registry.socket, question) as answer:
                if answer.status != 201:
                    await _show(visit, admission, answer)
                    return
            await self._in_transaction(record)
        place = ("location", f"/v2/{name.shown}/manifests/{manifest.digest}")
        await visit.reply(201, None, [place, ("docker-content-digest", manifest.digest)])

    async def _delete_manifest(self, visit: _Visit, admission: _Admission) -> None:
        reference = admission.target.reference

        def remove(transaction: Transaction) -> None:
            remove_image(transaction, admission.grant.repository, admission.name.image, reference)

        async with self._manifests, self._running():
            await self._in_transaction(remove)
            if ":" in reference:
                question = Question("DELETE", f"/v2/{admission.upstream}/manifests/{reference}", ())
                async with conversation(self._registry.socket, question):
                    pass  # whether it was there or not, it is gone
        await visit.reply(202)

    async def _blob(self, visit: _Visit, admission: _Admission) -> None:
        part, reference, query = admission.target.part, admission.target.reference, visit.http.url.query
        if part is Part.BLOB:
            target = f"blobs/{reference}"
        elif visit.http.method == "POST":
            target = f"blobs/uploads/{await self._mount(visit, admission)}"
        else:
            target = f"blobs/uploads/{reference}{'?' if query else ''}{query}"
        await self._pass_on(visit, admission, self._question(visit, admission, target))

    async def _mount(self, visit: _Visit, admission: _Admission) -> str:
        """The query of an upload that takes a blob from another image, when there is one that the caller may read."""
        query = parse_qs(visit.http.url.query)
        digest, source = query.get("mount", [""])[0], query.get("from", [""])[0]
        name = read_name(source, visit.location)
        # Content does not cross locations, as no repository does.
        if not digest or name is None or name.location != admission.name.location:
            return ""

        def find(transaction: Transaction) -> Resource | None:
            caller = log_in(transaction, self._tokens, visit.authorization, visit.host)
            return may_mount(transaction, caller, name)

        repository = await self._in_transaction(find)
        if repository is None:
            return ""
        return "?" + urlencode({"mount": digest, "from": f"{content_name(repository)}/{name.image}"})

    def _question(self, visit: _Visit, admission: _Admission, target: str, *more: tuple[str, str]) -> Question:
        sent = visit.http.headers
        headers = [(name, value) for name, value in sent.items() if name in _PASSED_TO_REGISTRY]
        path = f"/v2/{admission.upstream}/{target}"
        if "transfer-encoding" in sent:
            headers = [pair for pair in headers if pair[0] != "content-length"]
            headers.append(("transfer-encoding", "chunked"))
        elif "content-length" not in sent:
            none = [("content-length", "0")] if visit.http.method in ("PATCH", "POST", "PUT") else []
            return Question(visit.http.method, path, [*headers, *none, *more])
        return Question(visit.http.method, path, [*headers, *more], visit.http.stream())

    async def _pass_on(self, visit: _Visit, admission: _Admission, question: Question) -> None:
        async with self._running(), conversation(self._registry.socket, question) as answer:
            await _show(visit, admission, answer)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """The registry runs for as long as this block does."""
        # Not among the workers: it may take as long as the image of a registry takes to arrive.
        await asyncio.to_thread(self._registry.acquire)
        try:
            yield
        finally:
            self._registry.release()

    async def _in_transaction(self, function: Callable[..., Result], *arguments: Any) -> Result:
        def run() -> Result:
            with self._store.transaction() as transaction:
                return function(transaction, *arguments)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, run)
        except ApiError as error:
            raise manifest_invalid(error.message) from None


async def _show(visit: _Visit, admission: _Admission, answer: Answer) -> None:
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


async def _read_manifest(http: HttpRequest) -> _Manifest:
    content = b""
    async for chunk in http.stream():
        content += chunk
        if len(content) > _MANIFEST_LIMIT_BYTES:
            raise manifest_invalid(f"the manifest is larger than {_MANIFEST_LIMIT_BYTES} bytes; push a smaller one")
    try:
        document = json.loads(content)
    except ValueError as error:
        raise manifest_invalid(f"the manifest is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise manifest_invalid("the manifest is no JSON object; push one")
    kind = http.headers.get("content-type", "").partition(";")[0].strip()
    return _Manifest(content, document, kind or str(document.get("mediaType", "")))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _challenge(visit: _Visit) -> list[tuple[str, str]]:
    """Where to get a token, and for what (OCI distribution: token authentication)."""
    place = f"{visit.http.url.scheme}://{visit.host}/v2/token"
    challenge = f'Bearer realm="{place}",service="{visit.host}"'
    try:
        target = read_path(visit.path, visit.location, visit.host)
    except RegistryRefusalError:
        return [("www-authenticate", challenge)]
    actions = "pull" if visit.http.method in ("GET", "HEAD") else "pull,push"
    return [("www-authenticate", f'{challenge},scope="repository:{target.name.shown}:{actions}"')]
