"""The test `transient`: whether a google.cloud task failed in a way that passes, so that trying again may help.

Our own modules retry by themselves; google.cloud's answer the first 503 or 429 by failing. A task of theirs says
`until: result is not transient`. Follows Google's error body (`error.code`) as google.cloud quotes it in `msg`, and
the names of the exceptions of requests for an answer that never came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PASSES = re.compile(
    r"'code': (429|500|502|503|504)\b"
    r"|\b(ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|RemoteDisconnected|TransportError)\b"
)


def transient(result: Mapping[str, Any]) -> bool:
    """Whether a task's result is a failure that may pass."""
    if not result.get("failed"):
        return False
    return any(_PASSES.search(str(result.get(part, ""))) for part in ("msg", "exception", "module_stderr"))


class TestModule:
    """What Ansible loads."""

    __test__ = False

    def tests(self) -> dict[str, Callable[[Mapping[str, Any]], bool]]:
        """The tests by name."""
        return {"transient": transient}
