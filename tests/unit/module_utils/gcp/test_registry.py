"""Asking a registry for a digest: what it answers, and the sentence when it does not."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

from module_utils.gcp.client import Backoff
from module_utils.gcp.errors import GcpError
from module_utils.gcp.registry import image_digest

from .wire import Clock, response

HOST, NAME, TAG = "us-docker.pkg.dev", "p/r/app", "source-1"


class Registry:
    """Answers in the order given, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def get(self, url: str, headers: dict[str, str], timeout: Any) -> requests.Response:
        assert "application/vnd.oci.image.manifest.v1+json" in headers["Accept"]
        self.asked.append(url)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return response(*answer)


def ask(*answers: Any, absent_when_disabled: bool = False) -> tuple[str, Registry, Clock]:
    registry, clock = Registry(*answers), Clock()
    digest = image_digest(
        registry,
        HOST,
        NAME,
        TAG,
        absent_when_disabled=absent_when_disabled,
        backoff=Backoff(3, 1.0, 4.0),
        sleep=clock.sleep,
    )
    return digest, registry, clock


def refused(*answers: Any) -> str:
    with pytest.raises(GcpError) as caught:
        ask(*answers)
    return str(caught.value)


def denied(message: str) -> dict[str, Any]:
    return {"errors": [{"code": "DENIED", "message": message}]}


def test_a_digest_is_that_of_the_manifest() -> None:
    digest, registry, _ = ask((200, b"{}"))
    assert digest == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"
    assert registry.asked == [f"https://{HOST}/v2/{NAME}/manifests/{TAG}"]


def test_no_such_tag() -> None:
    assert ask((404, denied("unknown")))[0] == ""


def test_a_passing_fault_is_asked_again() -> None:
    digest, _, clock = ask((503, ""), requests.ConnectionError("reset"), (404, ""))
    assert digest == ""
    assert clock.slept == [1.0, 2.0]


def test_a_refusal() -> None:
    assert refused((403, denied('Permission "downloadArtifacts" denied.'))) == (
        f'the registry {HOST} answered 403 when asked for {NAME}: Permission "downloadArtifacts" denied; grant the '
        "account in use roles/artifactregistry.reader on the repository, and see that auth_kind names that account"
    )


def test_a_service_that_is_not_enabled_has_no_images_in_check_mode() -> None:
    answer = (403, denied("Artifact Registry API has not been used in project 1 before or it is disabled."))
    assert ask(answer, absent_when_disabled=True)[0] == ""
    assert refused(answer).startswith(f"the registry {HOST} answered 403")


def test_a_lasting_fault() -> None:
    assert refused(*[(500, b"no json")] * 3) == (
        f"the registry {HOST} answered 500 when asked for {NAME}: Reason; run the same command again, and check "
        "registry_host if that does not help"
    )


def test_nobody_answers() -> None:
    assert refused(*[requests.ConnectionError("refused")] * 3).startswith(
        f"registry.manifests.get had no answer from {HOST} in 3 attempts: refused;"
    )
