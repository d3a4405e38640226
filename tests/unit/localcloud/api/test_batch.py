"""Multipart batches in and out."""

from __future__ import annotations

import pytest

from localcloud.api.batch import BatchError, join_replies, split_batch
from localcloud.api.dispatch import Reply, Request

OUTER = Request("POST", "compute.googleapis.com", "batch/compute/v1", authorization="Bearer outer")
TYPE = "multipart/mixed; boundary=b"


def outer(body: str) -> Request:
    return Request(OUTER.http_method, OUTER.host, OUTER.path, (), OUTER.authorization, body.encode())


def test_parts_become_requests() -> None:
    body = (
        "--b\r\nContent-Type: application/http\r\nContent-ID: <one>\r\n\r\n"
        "GET /compute/v1/projects/p/zones?filter=a%3Db HTTP/1.1\r\n\r\n\r\n"
        "--b\r\nContent-Type: application/http\r\nContent-ID: <two>\r\n\r\n"
        "POST https://www.googleapis.com/compute/v1/projects/p/global/networks HTTP/1.1\r\n"
        'Authorization: Bearer inner\r\nContent-Type: application/json\r\n\r\n{"name": "n"}\r\n'
        "--b--\r\n"
    )
    first, second = split_batch(TYPE, outer(body))
    assert (first.content_id, second.content_id) == ("<one>", "<two>")
    assert first.request == Request(
        "GET", "compute.googleapis.com", "compute/v1/projects/p/zones", (("filter", "a=b"),), "Bearer outer"
    )
    assert second.request == Request(
        "POST",
        "www.googleapis.com",
        "compute/v1/projects/p/global/networks",
        (),
        "Bearer inner",
        b'{"name": "n"}',
    )


@pytest.mark.parametrize(
    ("content_type", "body", "sentence"),
    [
        ("application/json", "{}", "the batch is not multipart/mixed; send application/http parts with a boundary"),
        (TYPE, "--b\r\n\r\nnonsense\r\n--b--\r\n", "a part of the batch does not begin with an HTTP request line"),
        (TYPE, "--b\r\n\r\nGET / H\r\n" * 1001 + "--b--\r\n", "the batch has 1001 calls; send at most 1000"),
    ],
)
def test_what_is_no_batch_is_refused(content_type: str, body: str, sentence: str) -> None:
    with pytest.raises(BatchError, match=f"^{sentence}$"):
        split_batch(content_type, outer(body))


def test_replies_are_joined_under_their_names() -> None:
    media_type, content = join_replies([("<one>", Reply(200, {"a": 1})), ("", Reply(404, {}))])
    boundary = media_type.partition("boundary=")[2]
    first, second = content.decode().split(f"--{boundary}")[1:3]
    assert "Content-ID: <response-one>\r\n" in first
    assert first.endswith(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: 8\r\n\r\n{"a": 1}\r\n'
    )
    assert "Content-ID" not in second
    assert "HTTP/1.1 404 Not Found" in second
