"""Retries, their bounds, and refusals as sentences; time and wire are the test's."""

from __future__ import annotations

import uuid
from typing import Any

import google.auth.exceptions
import pytest
import requests

from module_utils.gcp.client import Backoff
from module_utils.gcp.errors import ApiError, CredentialsUnusableError, UnreachableError
from module_utils.gcp.plan import Action
from module_utils.gcp.resource import ARTIFACT_REGISTRY, COMPUTE

from .wire import Clock, Wire, client, refusal

PATH = "projects/p/global/networks/n"
INSERT = Action("compute.networks.insert", COMPUTE, "POST", "projects/p/global/networks", {}, {"name": "n"})


def test_get() -> None:
    wire = Wire([(200, {"name": "n"})])
    assert client(wire).get("compute.networks.get", COMPUTE, PATH) == {"name": "n"}
    assert wire.asked == [("GET", f"https://compute.googleapis.com/compute/v1/{PATH}", {}, None)]


def test_get_of_what_is_absent() -> None:
    assert client(Wire([refusal(404, "notFound", "gone")])).get("compute.networks.get", COMPUTE, PATH) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_retried_statuses(status: int) -> None:
    clock, wire = Clock(), Wire([(status, b"no json"), (status, {}), (200, {"name": "n"})])
    assert client(wire, clock).get("m", COMPUTE, PATH) == {"name": "n"}
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    "lost",
    [requests.ConnectionError("reset"), requests.Timeout("slow"), google.auth.exceptions.TransportError("no token")],
)
def test_retried_connection_errors(lost: Exception) -> None:
    assert client(Wire([lost, (200, {})])).get("m", COMPUTE, PATH) == {}


@pytest.mark.parametrize("status", [400, 401, 403, 409, 412, 501])
def test_not_retried(status: int) -> None:
    wire = Wire([refusal(status, "x", "no")])
    with pytest.raises(ApiError):
        client(wire).get("m", COMPUTE, PATH)
    assert wire.answers == []


def test_retry_after_is_honoured_up_to_the_longest_pause() -> None:
    clock = Clock()
    client(Wire([(429, {}, {"Retry-After": "3"}), (503, {}, {"Retry-After": "99"}), (200, {})]), clock).get(
        "m", COMPUTE, PATH
    )
    assert clock.slept == [3.0, 4.0]


def test_back_off_grows_to_a_bound_and_jitters() -> None:
    backoff = Backoff(first=1.0, longest=10.0)
    assert [backoff.delay(attempt, 1.0) for attempt in range(5)] == [1.0, 2.0, 4.0, 8.0, 10.0]
    assert [backoff.delay(attempt, 0.0) for attempt in range(5)] == [0.5, 1.0, 2.0, 4.0, 5.0]


def test_a_mutation_is_repeated_with_the_same_request_id() -> None:
    wire = Wire([requests.ConnectionError("lost"), (503, {}), (200, {"status": "DONE"})])
    assert client(wire).mutate(INSERT) == {"status": "DONE"}
    ids = [query["requestId"] for _, _, query, _ in wire.asked]
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert uuid.UUID(ids[0]).int


def test_request_ids_differ_between_mutations() -> None:
    wire = Wire([(200, {}), (200, {})])
    speaker = client(wire)
    speaker.mutate(INSERT)
    speaker.mutate(INSERT)
    assert len({query["requestId"] for _, _, query, _ in wire.asked}) == 2


def test_other_apis_have_no_request_id() -> None:
    wire = Wire([(200, {})])
    client(wire).mutate(Action("artifactregistry.x", ARTIFACT_REGISTRY, "DELETE", "projects/p/x"))
    assert wire.asked[0][2] == {}


def test_a_guarded_mutation_sends_the_fingerprint_of_the_document_it_changes() -> None:
    wire = Wire([(200, {"fingerprint": "f1="}), (200, {})])
    action = Action("compute.instanceGroups.setNamedPorts", COMPUTE, "POST", "a/set", {}, {"namedPorts": []}, guard="a")
    client(wire).mutate(action)
    assert wire.lines == ["GET a", "POST a/set"]
    assert wire.asked[1][3] == {"namedPorts": [], "fingerprint": "f1="}


def test_pages() -> None:
    wire = Wire([(200, {"items": [1], "nextPageToken": "t"}), (200, {"items": [2]})])
    pages = list(client(wire).pages("m", COMPUTE, "x", {"filter": "f"}))
    assert [page["items"] for page in pages] == [[1], [2]]
    assert [query for _, _, query, _ in wire.asked] == [{"filter": "f"}, {"filter": "f", "pageToken": "t"}]


SENTENCES: list[tuple[tuple[int, Any], str]] = [
    (
        refusal(403, "forbidden", "Required 'compute.networks.get' permission.\n"),
        "Google answered 403 forbidden to compute.networks.get on projects/p/global/networks/n: Required "
        "'compute.networks.get' permission; grant the account in use the permission named, then run the same command "
        "again",
    ),
    (
        refusal(400, "invalid", "Invalid value for field 'resource.name'"),
        "Google answered 400 invalid to compute.networks.get on projects/p/global/networks/n: Invalid value for field "
        "'resource.name'",
    ),
    (
        refusal(403, "accessNotConfigured", "Compute Engine API has not been used."),
        "Google answered 403 accessNotConfigured to compute.networks.get on projects/p/global/networks/n: Compute "
        "Engine API has not been used; enable the API (the role project does it), then run the same command again",
    ),
    (
        (401, {"error": {"code": 401, "message": "Bad token", "status": "UNAUTHENTICATED"}}),
        "Google answered 401 UNAUTHENTICATED to compute.networks.get on projects/p/global/networks/n: Bad token; the "
        "credentials were not accepted; check auth_kind and what it names",
    ),
    (
        (503, b"<html>"),
        "Google answered 503 to compute.networks.get on projects/p/global/networks/n: Reason",
    ),
]


@pytest.mark.parametrize(("answer", "sentence"), SENTENCES)
def test_a_refusal_is_a_sentence(answer: tuple[int, Any], sentence: str) -> None:
    with pytest.raises(ApiError) as refused:
        client(Wire([answer] * 4)).get("compute.networks.get", COMPUTE, PATH)
    assert str(refused.value) == sentence


def test_no_answer_at_all_is_a_sentence() -> None:
    clock = Clock()
    with pytest.raises(UnreachableError) as silent:
        client(Wire([requests.ConnectionError("refused")] * 3), clock, attempts=3).get(
            "compute.networks.get", COMPUTE, PATH
        )
    assert str(silent.value) == (
        "compute.networks.get had no answer from compute.googleapis.com in 3 attempts: refused; check the network and "
        "HTTPS_PROXY (for the local cloud: .venv/bin/python -m localcloud status), then run the same command again"
    )
    assert clock.slept == [1.0, 2.0]


def test_no_token_is_a_sentence() -> None:
    with pytest.raises(CredentialsUnusableError) as refused:
        client(Wire([google.auth.exceptions.RefreshError("invalid_grant: Bad key.")])).get("m", COMPUTE, PATH)
    assert str(refused.value) == (
        "auth_kind is serviceaccount, but its credentials cannot be used: invalid_grant: Bad key; "
        "correct the credentials or choose another auth_kind"
    )
