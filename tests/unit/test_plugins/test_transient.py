"""Which failures of google.cloud modules are worth another try."""

from __future__ import annotations

import pytest

from test_plugins.transient import transient


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
