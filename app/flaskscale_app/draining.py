"""Leaving without losing a request.

gunicorn's master answers SIGTERM by closing its own copy of the listening socket and passing SIGTERM on to the
workers. A worker's copy stays open, and so the socket goes on accepting, until the worker itself stops. That is what
is put off here: for the drain time the worker serves as before, except that /health answers 503 and that every
response asks for its connection to be closed. Then gunicorn's own graceful stop finishes what is in flight and takes
nothing new: by that time the load balancer must have looked away, which is what the drain time has to be long enough
for.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


class Draining:
    """Whether this worker process is leaving."""

    def __init__(self) -> None:
        self._active = False

    @property
    def active(self) -> bool:
        """True from SIGTERM until the process ends."""
        return self._active

    def begin(self) -> None:
        """Turn /health to 503; there is no way back."""
        self._active = True


def drain_on_sigterm(draining: Draining, seconds: float, leave: Callable[[], None]) -> None:
    """From now on let SIGTERM begin the drain, and call `leave` when `seconds` have passed.

    Must be called in the main thread. The wait is an interval timer and not a thread: starting a thread from a
    signal handler can deadlock on the interpreter's own locks if the signal arrives while one is being started.
    """

    def drain_ended(_signal: int, _frame: FrameType | None) -> None:
        leave()

    def terminated(_signal: int, _frame: FrameType | None) -> None:
        if draining.active:
            return
        draining.begin()
        if seconds > 0:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        else:
            leave()

    signal.signal(signal.SIGALRM, drain_ended)
    signal.signal(signal.SIGTERM, terminated)
    # A request in a system call must not be interrupted by either.
    signal.siginterrupt(signal.SIGALRM, False)
    signal.siginterrupt(signal.SIGTERM, False)
