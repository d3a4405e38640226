"""The access log: what every line says, and what none does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.api.access_log import AccessLog
from localcloud.api.dispatch import Reply
from localcloud.clock import ManualClock
from localcloud.errors.api import ApiError, invalid_field, not_found


def logged(folder: Path, reply: Reply) -> dict[str, object]:
    log = AccessLog(folder / "log" / "access.log", ManualClock(0.0))
    log.write("POST", "/compute/v1/projects/p/global/sslCertificates", reply, 0.00123)
    log.close()
    line: dict[str, object] = json.loads((folder / "log" / "access.log").read_text())
    return line


def test_a_good_call(tmp_path: Path) -> None:
    assert logged(tmp_path, Reply(200, {"access_token": "secret"}, "oauth2.token", "someone@example.com")) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "method": "oauth2.token",
        "http": "POST /compute/v1/projects/p/global/sslCertificates",
        "status": 200,
        "ms": 1.23,
        "principal": "someone@example.com",
    }


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (not_found("projects/p/global/networks/web"), "The resource 'projects/p/global/networks/web' was not found"),
        (invalid_field("resource.privateKey", "secret", "Wrong."), None),
    ],
)
def test_an_error_is_told_unless_it_repeats_what_was_sent(tmp_path: Path, error: ApiError, message: str | None) -> None:
    assert logged(tmp_path, Reply(error.code, error.body())).get("message") == message
