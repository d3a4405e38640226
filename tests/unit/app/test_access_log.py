"""The access log's fields."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flaskscale_app.access_log import access_record

ENVIRON: dict[str, Any] = {
    "REMOTE_ADDR": "35.191.0.1",
    "REQUEST_METHOD": "GET",
    "PATH_INFO": '/a"b\\c\n',
    "QUERY_STRING": "",
    "HTTP_X_CLOUD_TRACE_CONTEXT": "105445aa7843bc8bf206b12000100000/1;o=1",
    "HTTP_TRACEPARENT": "00-105445aa7843bc8bf206b12000100000-0000000000000001-01",
    "HTTP_X_FORWARDED_FOR": "203.0.113.7, 34.1.2.3",
}


def test_a_line_has_the_request_the_answer_and_the_trace() -> None:
    record = access_record("200 OK", 15, ENVIRON, timedelta(microseconds=1234))
    assert record.pop("time").endswith("+00:00")
    assert record == {
        "client": "35.191.0.1",
        "method": "GET",
        "path": '/a"b\\c\n',
        "status": 200,
        "bytes": 15,
        "duration_ms": 1.234,
        "forwarded_for": "203.0.113.7, 34.1.2.3",
        "trace": "105445aa7843bc8bf206b12000100000/1;o=1",
        "traceparent": "00-105445aa7843bc8bf206b12000100000-0000000000000001-01",
    }


def test_whatever_a_client_sends_stays_one_line_of_json() -> None:
    line = json.dumps(access_record("404 NOT FOUND", None, ENVIRON, timedelta()))
    assert "\n" not in line
    assert json.loads(line)["path"] == ENVIRON["PATH_INFO"]
