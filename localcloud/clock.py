"""Cloud time: real time, or faster. Everything that waits takes a Clock, so tests can own the time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Cloud time in seconds since the epoch, and waiting in cloud seconds."""

    def now(self) -> float:
        """Cloud time, seconds since the epoch; never goes backwards."""

    def real_seconds(self, seconds: float) -> float:
        """How many real seconds the given cloud seconds take."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set or the cloud seconds have passed; True when it was set."""


class SystemClock:
    """The machine's clock, `scale` times as fast, starting at `origin` (or now, whichever is later)."""

    def __init__(self, scale: float = 1.0, origin: float = 0.0) -> None:
        self._scale = scale
        self._origin = max(origin, time.time())
        self._started = time.monotonic()

    def now(self) -> float:
        return self._origin + (time.monotonic() - self._started) * self._scale

    def real_seconds(self, seconds: float) -> float:
        return seconds / self._scale

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(self.real_seconds(seconds))


class ManualClock:
    """A clock that moves only when told: waiting moves it."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by cloud seconds."""
        self._now += seconds

    def real_seconds(self, seconds: float) -> float:  # noqa: ARG002 - manual time takes no real time
        return 0.0

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self._now += seconds
        return event.is_set()


def timestamp(now: float) -> str:
    """RFC 3339 with milliseconds, as creationTimestamp and insertTime carry it."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")


def parse_timestamp(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 text."""
    return datetime.fromisoformat(text).timestamp()
