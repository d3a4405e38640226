"""Which failures of google.cloud modules are worth another try."""

from __future__ import annotations

import pytest

from test_plugins.transient import settling, transient


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"failed": False}, False),
        ({"changed": True}, False),
        ({"failed": True, "msg": "GCP returned error: {'error': {'code': 503, 'message': 'try later'}}"}, True),
        ({"failed": True, "msg": "GCP returned error: {'error': {'code': 429, 'message': 'slow down'}}"}, True),
        ({"failed": True, "msg": "GCP returned error: {'error': {'code': 403, 'message': 'no'}}"}, False),
        ({"failed": True, "msg": "GCP returned error: {'error': {'code': 5031, 'message': 'no such'}}"}, False),
        ({"failed": True, "msg": "MODULE FAILURE", "exception": "requests.exceptions.ProxyError: refused"}, True),
        ({"failed": True, "msg": "missing required arguments: name"}, False),
    ],
)
def test_only_what_passes_is_transient(result: dict[str, object], expected: bool) -> None:
    assert transient(result) is expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"changed": True}, False),
        ({"changed": True, "msg": "the instance that does not exist any more"}, False),
        ({"failed": True, "msg": "GCP returned error: {'error': {'code': 503, 'message': 'try later'}}"}, False),
        ({"failed": True, "msg": "GCP returned error: {'errors': [{'reason': 'accessNotConfigured'}]}"}, True),
        ({"failed": True, "msg": "Google answered 403 SERVICE_DISABLED to cloudresourcemanager.projects.get"}, True),
        ({"failed": True, "msg": "Service account web@p.iam.gserviceaccount.com does not exist."}, True),
        ({"failed": True, "msg": "GCP returned error: {'error': {'code': 403, 'message': 'no'}}"}, False),
        ({"failed": True, "msg": "Role roles/editer does not exist in the resource's hierarchy."}, False),
    ],
)
def test_what_google_does_not_know_everywhere_yet_is_settling(result: dict[str, object], expected: bool) -> None:
    assert settling(result) is expected


@pytest.mark.parametrize(("attempts", "expected"), [(1, True), (5, True), (6, False)])
def test_a_task_that_waits_for_long_does_not_wait_so_for_an_answer(attempts: int, expected: bool) -> None:
    assert transient({"failed": True, "msg": "ProxyError: refused", "attempts": attempts}, 5) is expected
