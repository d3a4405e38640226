"""gunicorn's access log as one JSON object a line on standard output.

gunicorn's own format string cannot write JSON safely: it escapes quotation marks but neither backslashes nor
control characters, all of which a client chooses.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types


class JsonAccessLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger, but for the access log."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:  # noqa: ARG002 - its base
        """Write one request's line."""
        if self.access_log_enabled:
            self.access_log.info("%s", json.dumps(access_record(resp.status, resp.sent, environ, request_time)))


def access_record(
    status: str | int, sent_bytes: int | None, environ: dict[str, Any], duration: timedelta
) -> dict[str, Any]:
    """The fields of a line. A header that the request does not have is left out.

    `trace` is the load balancer's X-Cloud-Trace-Context and `traceparent` the W3C header, as received.
    """
    optional = {
        "query": environ.get("QUERY_STRING"),
        "forwarded_for": environ.get("HTTP_X_FORWARDED_FOR"),
        "user_agent": environ.get("HTTP_USER_AGENT"),
        "trace": environ.get("HTTP_X_CLOUD_TRACE_CONTEXT"),
        "traceparent": environ.get("HTTP_TRACEPARENT"),
    }
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "client": environ.get("REMOTE_ADDR", ""),
        "method": environ.get("REQUEST_METHOD", ""),
        "path": environ.get("PATH_INFO", ""),
        "status": int(str(status).split(maxsplit=1)[0]),
        "bytes": sent_bytes or 0,
        "duration_ms": round(duration / timedelta(milliseconds=1), 3),
        **{name: value for name, value in optional.items() if value},
    }
