"""Waiting for what Google has accepted: compute's operations and long-running operations."""

from __future__ import annotations

import time
from collections.abc import Callable

from .client import Client
from .errors import OperationFailedError, OperationTimedOutError
from .names import relative
from .plan import Action
from .resource import COMPUTE, Document

WAIT_BLOCKS_SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


class Operations:
    """Waits until an operation is done, at most `timeout` seconds for all of one module's run together."""

    def __init__(
        self,
        client: Client,
        timeout: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._now = now
        self._sleep = sleep
        self._deadline = now() + timeout

    def finish(self, action: Action, reply: Document) -> None:
        """Wait for the operation that a mutation was answered with, if it was answered with one.

        Raises:
            OperationFailedError: it ended with an error.
            OperationTimedOutError: it was still running at the deadline.
        """
        if action.service.operations == "compute" and "operationType" in reply:
            self._finish_compute(action, reply)
        elif action.service.operations == "long_running" and _is_long_running(reply):
            self._finish_long_running(action, reply)

    def _finish_compute(self, action: Action, operation: Document) -> None:
        """POST .../operations/OP/wait blocks for up to two minutes and may return early."""
        pause = _FIRST_PAUSE
        while operation.get("status") != "DONE":
            remaining = self._remaining(action, operation)
            path = _operation_path(action, operation)
            method, longest = f"{action.method} (its operation)", min(remaining, WAIT_BLOCKS_SECONDS)
            answer = self._client.call(method, COMPUTE, "POST", f"{path}/wait", blocks_for=longest)
            operation = answer or operation
            if operation.get("status") != "DONE":
                self._sleep(min(pause, self._remaining(action, operation)))
                pause = min(pause * 2, _LONGEST_PAUSE)
        errors = operation.get("error", {}).get("errors", [])
        if errors:
            found = [(error.get("code", ""), error.get("message", "no message")) for error in errors]
            raise OperationFailedError(action.method, action.path, found)

    def _finish_long_running(self, action: Action, operation: Document) -> None:
        """google.longrunning: GET the operation's name until `done`."""
        pause = _FIRST_PAUSE
        while not operation.get("done"):
            self._sleep(min(pause, self._remaining(action, operation)))
            pause = min(pause * 2, _LONGEST_PAUSE)
            operation = self._client.call(
                f"{action.method} (its operation)", action.service, "GET", str(operation["name"])
            )
        error = operation.get("error")
        if error:
            raise OperationFailedError(
                action.method, action.path, [(str(error.get("code", "")), error.get("message", "no message"))]
            )

    def _remaining(self, action: Action, operation: Document) -> float:
        remaining = self._deadline - self._now()
        if remaining <= 0:
            raise OperationTimedOutError(action.method, action.path, str(operation.get("name", "")), self._timeout)
        return remaining


def _is_long_running(reply: Document) -> bool:
    return "/operations/" in str(reply.get("name", ""))


def _operation_path(action: Action, operation: Document) -> str:
    """From its own link; an operation without one lives where the resource lives."""
    if operation.get("selfLink"):
        return relative(str(operation["selfLink"]))
    segments = action.path.split("/")
    scope = segments[2:3] if segments[2] == "global" else segments[2:4]
    return "/".join([*segments[:2], *scope, "operations", str(operation["name"])])
