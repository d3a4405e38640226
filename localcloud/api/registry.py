"""The ASGI application of Artifact Registry's Docker hosts: login and permissions here, bytes from the registry behind.

Follows the OCI distribution specification as Artifact Registry serves it. Blobs and uploads are passed on, in both
directions as they come, under the name that the registry keeps them by.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from urllib.parse import parse_qs, urlencode

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.types import Receive, Scope, Send

from localcloud.api.access_log import AccessLog
from localcloud.api.dispatch import Reply
from localcloud.api.faults import Faults
from localcloud.api.registry_access import access_token, authorise, log_in, may_mount, required
from localcloud.api.registry_backend import Backend
from localcloud.api.registry_manifests import Manifests
from localcloud.api.registry_names import ImageName, Part, location_of, read_name, read_path
from localcloud.api.registry_visit import Admission, Incoming, Visit, show
from localcloud.api.tokens import Tokens
from localcloud.clock import Clock
from localcloud.errors.api import ApiError
from localcloud.errors.docker_registry import (
    RegistryRefusalError,
    manifest_invalid,
    manifest_unknown,
    registry_fault,
    registry_full,
    registry_unavailable,
    registry_unsupported,
)
from localcloud.errors.program import RegistryUnavailableError, StorageFullError, registry_broke_off
from localcloud.registry.registry import Registry
from localcloud.registry.upstream import Question, UpstreamError
from localcloud.resources.artifact_registry import content_name
from localcloud.resources.docker_images import find_image
from localcloud.store.store import Resource, Store, Transaction

METHOD = "artifactregistry.docker"
"""What the access log and the admin port's faults call every request of Docker's protocol."""

_PASSED_ON = frozenset({"content-type", "content-length", "content-range", "range", "if-none-match"})
_BODIES = ("PATCH", "POST", "PUT")


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
        self._backend = Backend(registry, store, workers)
        self._manifests = Manifests(self._backend, clock)
        self._tokens = tokens
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        incoming = Incoming(receive)
        http = HttpRequest(scope, incoming)
        host = http.headers.get("host", "").lower().removesuffix(":443")
        visit = Visit(http, incoming, send, host, location_of(host))
        started = time.perf_counter()
        try:
            refusal = await self._answer_or_refuse(visit)
        except ClientDisconnect:
            return
        shown = {"error": {"message": refusal.message}} if refusal else {}
        reply = Reply(visit.status, shown, METHOD, visit.principal)
        self._log.write(http.method, visit.path, reply, time.perf_counter() - started)

    async def _answer_or_refuse(self, visit: Visit) -> RegistryRefusalError | None:
        """Answer; the refusal when it came to one.

        Raises:
            UpstreamError: the registry broke off within a body that the client has begun to receive.
        """
        try:
            await self._answer(visit)
        except RegistryRefusalError as error:
            refusal = error
        except ApiError as error:
            refusal = manifest_invalid(error.message)
        except StorageFullError as error:
            refusal = registry_full(error)
        except RegistryUnavailableError as error:
            refusal = registry_unavailable(error)
        except UpstreamError:
            if visit.status:
                raise
            refusal = registry_unavailable(registry_broke_off())
        else:
            return None
        await visit.refuse(refusal)
        return refusal

    async def _answer(self, visit: Visit) -> None:
        if fault := self._faults.strike(METHOD):
            raise registry_fault(fault)
        if visit.path == "/v2/token":
            await self._token(visit)
        elif visit.path in ("/v2/", "/v2"):
            await self._backend.in_transaction(self._log_in, visit)
            await visit.reply(200, {})
        else:
            admission = await self._backend.in_transaction(self._admit, visit)
            if admission.target.part is Part.MANIFEST:
                await self._manifests.answer(visit, admission)
            elif admission.target.part is Part.TAGS:
                await self._manifests.answer_tags(visit, admission)
            else:
                await self._blob(visit, admission)

    async def _token(self, visit: Visit) -> None:
        """What clients exchange their password for: the same token, which is short-lived as it is."""
        if visit.http.method not in ("GET", "HEAD"):
            raise registry_unsupported(visit.http.method, "token")
        await self._backend.in_transaction(self._log_in, visit)
        await visit.reply(200, {"token": access_token(visit.authorization)}, [("cache-control", "private, no-store")])

    def _log_in(self, transaction: Transaction, visit: Visit) -> None:
        visit.principal = log_in(transaction, self._tokens, visit.authorization, visit.host).principal

    def _admit(self, transaction: Transaction, visit: Visit) -> Admission:
        caller = log_in(transaction, self._tokens, visit.authorization, visit.host)
        visit.principal = caller.principal
        target = read_path(visit.path, visit.location, visit.host)
        permission = required(visit.http.method, target)
        repository = authorise(transaction, caller, target.name, permission)
        if target.part is not Part.MANIFEST:
            return Admission(target, repository)
        image = find_image(transaction, repository, target.name.image, target.reference)
        if image is None and visit.http.method != "PUT":
            raise manifest_unknown(target.reference, visit.path)
        return Admission(target, repository, image)

    async def _blob(self, visit: Visit, admission: Admission) -> None:
        query = visit.http.url.query
        if admission.target.part is Part.BLOB:
            target = f"blobs/{admission.target.reference}"
        elif visit.http.method == "POST":
            target = f"blobs/uploads/{await self._mount(visit, admission)}"
        else:
            target = f"blobs/uploads/{admission.target.reference}{'?' if query else ''}{query}"
        question = _passed_on(visit.http, f"/v2/{admission.upstream}/{target}")
        try:
            async with self._backend.ask(question) as answer:
                await show(visit, admission, answer)
        except StorageFullError:
            if admission.target.part is Part.UPLOAD and admission.target.reference:
                await self._backend.discard_upload(admission.upstream, admission.target.reference)
            raise

    async def _mount(self, visit: Visit, admission: Admission) -> str:
        """The query of an upload that takes a blob from another image, when there is one that the caller may read."""
        query = parse_qs(visit.http.url.query)
        digest, source = query.get("mount", [""])[0], query.get("from", [""])[0]
        name = read_name(source, visit.location)
        # Content does not cross locations, as no repository does.
        if not digest or name is None or name.location != admission.name.location:
            return ""
        repository = await self._backend.in_transaction(self._mountable, visit, name)
        if repository is None:
            return ""
        return "?" + urlencode({"mount": digest, "from": f"{content_name(repository)}/{name.image}"})

    def _mountable(self, transaction: Transaction, visit: Visit, name: ImageName) -> Resource | None:
        caller = log_in(transaction, self._tokens, visit.authorization, visit.host)
        return may_mount(transaction, caller, name)


def _passed_on(http: HttpRequest, path: str) -> Question:
    """The client's request as the registry gets it, with its body when it has one."""
    sent = http.headers
    headers = [(name, value) for name, value in sent.items() if name in _PASSED_ON]
    if "transfer-encoding" in sent:
        headers = [pair for pair in headers if pair[0] != "content-length"]
        return Question(http.method, path, [*headers, ("transfer-encoding", "chunked")], http.stream())
    if "content-length" in sent:
        return Question(http.method, path, headers, http.stream())
    return Question(http.method, path, [*headers, ("content-length", "0")] if http.method in _BODIES else headers)
