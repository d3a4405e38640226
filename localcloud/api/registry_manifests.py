"""Manifests and tags of Docker's protocol: the store says which there are, the registry keeps the manifests' bytes."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request as HttpRequest

from localcloud.api.dispatch import API_WRITES
from localcloud.api.registry_backend import Backend
from localcloud.api.registry_visit import Admission, Visit, show
from localcloud.clock import Clock
from localcloud.errors.docker_registry import (
    digest_invalid,
    image_unknown,
    manifest_invalid,
    registry_repository_unknown,
)
from localcloud.registry.upstream import Question
from localcloud.resources.artifact_registry import content_name
from localcloud.resources.docker_images import (
    image_digest,
    image_tags,
    record_image,
    remove_image,
    require_movable_tag,
)
from localcloud.store.store import Resource, Transaction

_LIMIT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class _Manifest:
    """A manifest as pushed."""

    content: bytes
    document: dict[str, Any]
    media_type: str

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


class Manifests:
    """Answers what is about manifests and tags, for callers who may.

    Args:
        backend: store and registry.
        clock: cloud time of what is pushed.
    """

    def __init__(self, backend: Backend, clock: Clock) -> None:
        self._backend = backend
        self._clock = clock
        # One change at a time, so that two pushes of a tag are recorded in the order in which they were accepted.
        self._changing = asyncio.Lock()

    async def answer(self, visit: Visit, admission: Admission) -> None:
        """GET, HEAD, PUT and DELETE of a manifest.

        Raises:
            RegistryRefusalError: what was pushed is no manifest, or has another digest than the request names.
            ApiError: the repository's tags are immutable.
        """
        if visit.http.method == "PUT":
            await self._push(visit, admission)
        elif visit.http.method == "DELETE":
            await self._delete(visit, admission)
        elif admission.image is not None:
            # Asked for as what it is: a client that cannot read it is told so by its media type.
            headers = [("accept", str(admission.image.body["mediaType"]))]
            path = _path(admission, image_digest(admission.image))
            async with self._backend.ask(Question(visit.http.method, path, headers)) as answer:
                await show(visit, admission, answer)

    async def answer_tags(self, visit: Visit, admission: Admission) -> None:
        """The tags of an image, in pages when the client asks for pages.

        Raises:
            RegistryRefusalError: nothing was pushed to that name.
        """
        name = admission.name
        tags = await self._backend.in_transaction(image_tags, admission.repository, name.image)
        if tags is None:
            raise image_unknown(name.shown)
        page, follow = tags_page(tags, visit.http.url.query)
        link = f'</v2/{name.shown}/tags/list?{follow}>; rel="next"'
        await visit.reply(200, {"name": name.shown, "tags": page}, [("link", link)] if follow else ())

    async def _push(self, visit: Visit, admission: Admission) -> None:
        manifest = await _read(visit.http)
        reference = admission.target.reference
        if ":" in reference and reference != manifest.digest:
            raise digest_invalid(manifest.digest, reference)
        headers = [("content-type", manifest.media_type), ("content-length", str(len(manifest.content)))]
        question = Question("PUT", _path(admission, manifest.digest), headers, _once(manifest.content))
        async with self._changing:
            await self._backend.in_transaction(_check_tag, admission, manifest)
            async with self._backend.ask(question) as answer:
                if answer.status != 201:
                    await show(visit, admission, answer)
                    return
            await self._backend.in_transaction(_record, admission, manifest, self._clock.now())
        place = ("location", f"/v2/{admission.name.shown}/manifests/{manifest.digest}")
        await visit.reply(201, None, [place, ("docker-content-digest", manifest.digest)])

    async def _delete(self, visit: Visit, admission: Admission) -> None:
        reference = admission.target.reference
        async with self._changing:
            await self._backend.in_transaction(_remove, admission)
            if ":" in reference:
                async with self._backend.ask(Question("DELETE", _path(admission, reference), ())):
                    pass  # whether it was there or not, it is gone
        await visit.reply(202)


def tags_page(tags: Sequence[str], query: str) -> tuple[list[str], str]:
    """The page of sorted tags that `n` and `last` of a query ask for, and the query of the next one or nothing."""
    asked = parse_qs(query)
    after, size = asked.get("last", [""])[0], asked.get("n", [""])[0]
    rest = [tag for tag in tags if tag > after]
    if not size.isdecimal() or int(size) == 0 or len(rest) <= int(size):
        return rest, ""
    page = rest[: int(size)]
    return page, urlencode({"n": size, "last": page[-1]})


def _check_tag(transaction: Transaction, admission: Admission, manifest: _Manifest) -> None:
    repository = _same_repository(transaction, admission)
    require_movable_tag(transaction, repository, admission.name.image, manifest.digest, _tag(admission))


def _record(transaction: Transaction, admission: Admission, manifest: _Manifest, now: float) -> None:
    record_image(
        transaction,
        _same_repository(transaction, admission),
        admission.name.image,
        manifest.digest,
        manifest.document,
        now,
        media_type=manifest.media_type,
        tag=_tag(admission),
    )
    _count_write(transaction)


def _remove(transaction: Transaction, admission: Admission) -> None:
    remove_image(
        transaction, _same_repository(transaction, admission), admission.name.image, admission.target.reference
    )
    _count_write(transaction)


def _same_repository(transaction: Transaction, admission: Admission) -> Resource:
    """The repository as it is now; it may have been deleted since the request was admitted, and made again.

    Raises:
        RegistryRefusalError: it was.
    """
    found = transaction.get(admission.repository.path)
    if found is None or content_name(found) != content_name(admission.repository):
        raise registry_repository_unknown(admission.name.repository)
    return found


def _count_write(transaction: Transaction) -> None:
    transaction.set_fact(API_WRITES, str(int(transaction.fact(API_WRITES, "0")) + 1))


def _tag(admission: Admission) -> str:
    """The tag that a manifest is pushed to; empty when it is pushed by digest."""
    reference = admission.target.reference
    return "" if ":" in reference else reference


def _path(admission: Admission, digest: str) -> str:
    return f"/v2/{admission.upstream}/manifests/{digest}"


async def _read(http: HttpRequest) -> _Manifest:
    content = b""
    async for chunk in http.stream():
        content += chunk
        if len(content) > _LIMIT_BYTES:
            raise manifest_invalid(f"the manifest is larger than {_LIMIT_BYTES} bytes; push a smaller one")
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
