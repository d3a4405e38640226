"""Batches: several API calls in one multipart/mixed request (Google: global HTTP batch, gcloud's operation waits)."""

from __future__ import annotations

import email
import email.policy
import json
import secrets
from dataclasses import dataclass, replace
from email.message import Message
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from localcloud.api.dispatch import Reply, Request

BATCH_PATHS = frozenset({"batch/compute/v1", "batch"})
_LARGEST = 1000


class BatchError(Exception):
    """The request is no batch; the text is one sentence."""


@dataclass(frozen=True)
class Part:
    """One call of a batch, and the Content-ID that its reply refers to."""

    content_id: str
    request: Request


def split_batch(content_type: str, request: Request) -> list[Part]:
    """The calls of a batch, which inherit host and credentials where they name none.

    Raises:
        BatchError: the body is not multipart/mixed of application/http parts, or has too many.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    if not content_type.startswith("multipart/mixed") or not message.is_multipart():
        raise BatchError("the batch is not multipart/mixed; send application/http parts with a boundary")
    parts = list(message.iter_parts()) if isinstance(message, email.message.EmailMessage) else []
    if len(parts) > _LARGEST:
        raise BatchError(f"the batch has {len(parts)} calls; send at most {_LARGEST}")
    return [_part(part, request) for part in parts]


def _part(part: Message, outer: Request) -> Part:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        raise BatchError("a part of the batch holds no HTTP request")
    first, _, rest = payload.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n")
    head, _, body = rest.partition(b"\n\n")
    words = first.decode("latin-1").split(" ")
    if len(words) < 2:
        raise BatchError("a part of the batch does not begin with an HTTP request line")
    headers = email.message_from_bytes(head + b"\n\n", policy=email.policy.HTTP)
    target = urlsplit(words[1])
    inner = replace(
        outer,
        http_method=words[0].upper(),
        host=(target.hostname or str(headers.get("Host", outer.host))).lower(),
        path=target.path.lstrip("/"),
        query=tuple(parse_qsl(target.query, keep_blank_values=True)),
        authorization=str(headers.get("Authorization", outer.authorization)),
        body=body.strip(),
    )
    return Part(str(part.get("Content-ID", "")), inner)


def join_replies(replies: list[tuple[str, Reply]]) -> tuple[str, bytes]:
    """Content type and body of the batch's reply."""
    boundary = f"batch_{secrets.token_hex(16)}"
    lines: list[str] = []
    for content_id, reply in replies:
        body = json.dumps(reply.document)
        lines += [f"--{boundary}", "Content-Type: application/http"]
        if content_id:
            lines.append(f"Content-ID: <response-{content_id.strip('<>')}>")
        status = HTTPStatus(reply.status)
        lines += ["", f"HTTP/1.1 {status.value} {status.phrase}", "Content-Type: application/json; charset=UTF-8"]
        lines += [f"Content-Length: {len(body)}", "", body]
    lines += [f"--{boundary}--", ""]
    return f"multipart/mixed; boundary={boundary}", "\r\n".join(lines).encode()
