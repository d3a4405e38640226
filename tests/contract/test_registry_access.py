"""Who gets into Artifact Registry's Docker hosts, and what each may do there."""

from __future__ import annotations

import pytest

from tests.contract.artifact_registry import (
    DOWNLOAD,
    HOST,
    NOBODY,
    PLACE,
    PROJECT,
    READER,
    UPLOAD,
    client,
    token,
)
from tests.contract.conftest import Cloud
from tests.registry_client import refusal


def test_who_has_not_logged_in_is_told_where_to(cloud: Cloud, repository: str) -> None:
    visitor = client(cloud, f"{repository}/app", "")
    reply = visitor.request("GET", "/v2/")
    assert reply.headers["www-authenticate"] == f'Bearer realm="https://{HOST}/v2/token",service="{HOST}"'
    assert reply.headers["docker-distribution-api-version"] == "registry/2.0"
    assert refusal(reply) == (
        401,
        "UNAUTHORIZED",
        "authentication required; log in as oauth2accesstoken with an access token as password",
    )
    pushed = visitor.request("POST", "blobs/uploads/")
    assert pushed.status_code == 401
    assert pushed.headers["www-authenticate"].endswith(f'scope="repository:{PROJECT}/shop/app:pull,push"')


@pytest.mark.parametrize(
    ("user", "password", "sentence"),
    [
        ("admin", "", "the user is 'admin'; expected oauth2accesstoken with an access token as password"),
        (
            "oauth2accesstoken",
            "ya29.guess",
            "Request had invalid authentication credentials: the access token is not of this local cloud, has "
            "expired, or its service account is gone",
        ),
    ],
)
def test_a_wrong_password_is_refused(cloud: Cloud, repository: str, user: str, password: str, sentence: str) -> None:
    reply = cloud.anonymous().get(f"https://{HOST}/v2/token", auth=(user, password), timeout=10)
    assert refusal(reply) == (401, "UNAUTHORIZED", sentence)


def test_an_access_token_logs_in_as_basic_or_bearer(cloud: Cloud, repository: str) -> None:
    issued = token(cloud)
    visitor = cloud.anonymous()
    basic = ("oauth2accesstoken", issued)
    exchanged = visitor.get(f"https://{HOST}/v2/token", params={"service": HOST}, auth=basic, timeout=10)
    assert exchanged.json() == {"token": issued}
    for options in ({"auth": basic}, {"headers": {"Authorization": f"Bearer {issued}"}}):
        reply = visitor.get(f"https://{HOST}/v2/", timeout=10, **options)
        assert (reply.status_code, reply.json()) == (200, {})


def test_a_reader_may_not_push(cloud: Cloud, repository: str) -> None:
    reply = client(cloud, f"{repository}/app", READER).request("POST", "blobs/uploads/")
    assert refusal(reply) == (
        403,
        "DENIED",
        f'Permission "{UPLOAD}" denied on resource "{PLACE}/repositories/shop" (or it may not exist)',
    )


def test_who_has_no_role_may_not_pull(cloud: Cloud, repository: str) -> None:
    reply = client(cloud, f"{repository}/app", NOBODY).manifest("v1")
    assert refusal(reply) == (
        403,
        "DENIED",
        f'Permission "{DOWNLOAD}" denied on resource "{PLACE}/repositories/shop" (or it may not exist)',
    )


def test_a_machine_with_the_storage_scope_pulls_but_does_not_push(cloud: Cloud, repository: str) -> None:
    client(cloud, f"{repository}/scoped").push("v1", b"content")
    narrow = client(cloud, f"{repository}/scoped", scope="https://www.googleapis.com/auth/devstorage.read_only")
    assert narrow.manifest("v1").status_code == 200
    assert refusal(narrow.request("POST", "blobs/uploads/"))[:2] == (403, "DENIED")
