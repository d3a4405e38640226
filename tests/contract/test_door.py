"""The door and the token endpoint, spoken to by google-auth and requests as they are."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

COMPUTE = "https://compute.googleapis.com/compute/v1/projects/flaskscale-local"
SHARED = "https://www.googleapis.com/compute/v1/projects/flaskscale-local"


def test_google_auth_gets_a_token_and_lists(session: Any) -> None:
    reply = session.get(f"{COMPUTE}/zones/us-central1-a/instances")
    assert reply.status_code == 200, reply.text
    assert reply.json()["kind"] == "compute#instanceList"
    assert session.get(f"{SHARED}/zones/us-central1-a/instances").json() == reply.json()


def test_a_call_without_a_token_is_refused(cloud: Any) -> None:
    reply = cloud.anonymous().get(f"{COMPUTE}/zones/us-central1-a/instances")
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer ")
    assert reply.json()["error"]["errors"][0]["reason"] == "authError"


def test_another_host_is_refused_with_a_sentence(cloud: Any) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        cloud.anonymous().get("https://example.com/")
    plain = requests.Session()
    plain.trust_env = False
    plain.proxies = {"http": cloud.settings.door_url}
    reply = plain.get("http://example.com/")
    assert reply.status_code == 403
    assert reply.json()["error"] == (
        "The local cloud serves Google's APIs only and does not tunnel to example.com; unset HTTPS_PROXY or add it "
        "to NO_PROXY"
    )
    plain.close()


def test_a_request_body_is_not_held_up_behind_its_head(session: Any) -> None:
    def seconds() -> float:
        started = time.perf_counter()
        assert session.post(f"{COMPUTE}/global/networks", json={}).status_code == 400
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.03, "acknowledgements are delayed, which takes 0.04 s a request"


def test_the_door_itself_says_it_is_ready(cloud: Any) -> None:
    assert requests.get(f"{cloud.settings.door_url}/", timeout=5).json()["ready"] is True
