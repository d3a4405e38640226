"""The access log: one JSON line a call. Query strings, bodies and headers may hold secrets and are never written."""

from __future__ import annotations

import json
import logging
import logging.handlers
from pathlib import Path

from localcloud.api.dispatch import Reply
from localcloud.clock import Clock, timestamp

_FILE_BYTES = 10 * 1024 * 1024


class AccessLog:
    """A rotating file of at most two times ten megabytes.

    Args:
        path: the file; its folder is made.
        clock: cloud time of the lines.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handler = logging.handlers.RotatingFileHandler(path, maxBytes=_FILE_BYTES, backupCount=1, delay=True)
        self._clock = clock

    def write(self, http_method: str, path: str, reply: Reply, seconds: float) -> None:
        """Add a line; a disk that is full loses it and nothing else."""
        line = {
            "time": timestamp(self._clock.now()),
            "method": reply.method,
            "http": f"{http_method} {path}",
            "status": reply.status,
            "ms": round(seconds * 1000, 2),
            "principal": reply.principal,
        }
        # A 400 repeats what was sent, which may be a secret in the wrong place.
        if reply.status > 400 and isinstance(reply.document.get("error"), dict):
            line["message"] = reply.document["error"].get("message", "")
        self._handler.emit(logging.makeLogRecord({"msg": json.dumps(line), "levelno": logging.INFO}))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()
