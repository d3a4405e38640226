"""The tests `transient` and `settling`: which failures of a task pass, so that trying again may help.

`transient` is a failure of the moment. Our own modules retry it by themselves; google.cloud's answer the first 503 or
429 by failing, so a task of theirs says `until: result is not transient`. `settling` is what Google answers while it
still spreads the word of what was just made: a service that was enabled, an account, a grant. That may take minutes
(https://cloud.google.com/service-usage/docs/enable-disable), so such a task is tried for as long; where it is
google.cloud's, a failure of the moment must not be: `until: result is not settling and result is not transient(5)`.

Follows Google's error body (`error.code`, `error.errors[].reason`, ErrorInfo's `reason`) as `msg` quotes it, and the
names of the exceptions of requests for an answer that never came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PASSES = re.compile(
    r"'code': (429|500|502|503|504)\b"
    r"|\b(ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|RemoteDisconnected|TransportError)\b"
)
_SPREADS = re.compile(r"accessNotConfigured|SERVICE_DISABLED|[Ss]ervice account \S+ does not exist")


def transient(result: Mapping[str, Any], most: int = 0) -> bool:
    """Whether a task's result is a failure that may pass; with `most`, and was tried at most so many times."""
    return _fails_with(result, _PASSES) and (not most or result.get("attempts", 1) <= most)


def settling(result: Mapping[str, Any]) -> bool:
    """Whether it is one that passes once Google knows everywhere what was just enabled or made."""
    return _fails_with(result, _SPREADS)


def _fails_with(result: Mapping[str, Any], signs: re.Pattern[str]) -> bool:
    if not result.get("failed"):
        return False
    return any(signs.search(str(result.get(part, ""))) for part in ("msg", "exception", "module_stderr"))


class TestModule:
    """What Ansible loads."""

    __test__ = False

    def tests(self) -> dict[str, Callable[..., bool]]:
        """The tests by name."""
        return {"transient": transient, "settling": settling}
