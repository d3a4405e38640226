"""A value that is slow to read, kept for a few seconds and shared by every request of a worker process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import SourceUnavailableError

Value = TypeVar("Value")


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """What a request gets: the last value read, how old it is, and why a newer one is missing."""

    value: Value | None
    age_seconds: float | None
    """Since the value was read; None when there is none."""
    error: str | None
    """The sentence of the last read if it failed, otherwise None."""


def in_a_thread(work: Callable[[], None]) -> None:
    """Run work beside the request that asked for it."""
    threading.Thread(target=work, name="cache-refresh", daemon=True).start()


class Cached(Generic[Value]):
    """Single-flight, stale-while-revalidate.

    At most one read runs at a time, outside any request's own thread, so that a source which hangs costs a
    request no more than `patience_seconds`. The request that starts a read waits that long for it; requests
    that arrive meanwhile get the last value at once, or wait as well while there is none. A failure is
    remembered for `failure_seconds`: the source is not asked again before, and everybody is told. `nothing_yet`
    is the sentence shown while the very first read outlasts everybody's patience.
    """

    def __init__(
        self,
        read: Callable[[], Value],
        *,
        fresh_seconds: float = math.inf,
        failure_seconds: float = 5.0,
        patience_seconds: float = 3.0,
        nothing_yet: str,
        clock: Callable[[], float] = time.monotonic,
        start: Callable[[Callable[[], None]], None] = in_a_thread,
    ) -> None:
        self._read = read
        self._fresh_seconds = fresh_seconds
        self._failure_seconds = failure_seconds
        self._patience_seconds = patience_seconds
        self._nothing_yet = nothing_yet
        self._clock = clock
        self._start = start
        self._changed = threading.Condition()
        self._reading = False
        self._value: Value | None = None
        self._value_at: float | None = None
        self._error: str | None = None
        self._failed_at: float | None = None

    def get(self) -> Reading[Value]:
        """Return the value, refreshed first if it is due and nobody else is at it."""
        with self._changed:
            due = self._due() and not self._reading
            if due:
                self._reading = True
        if due:
            self._start(self._refresh)
        with self._changed:
            if due or self._value_at is None:
                self._changed.wait_for(lambda: not self._reading, timeout=self._patience_seconds)
            return self._reading_now()

    def _due(self) -> bool:
        now = self._clock()
        if self._failed_at is not None:
            return now - self._failed_at >= self._failure_seconds
        return self._value_at is None or now - self._value_at >= self._fresh_seconds

    def _refresh(self) -> None:
        value: Value | None = None
        error: str | None = None
        try:
            value = self._read()
        except SourceUnavailableError as unavailable:
            error = str(unavailable)
        except Exception as unexpected:
            # A defect in reading must be shown like any other failure, and must not leave the cache waiting for ever.
            error = f"Reading failed in an unexpected way ({type(unexpected).__name__}: {unexpected})"
            raise
        finally:
            with self._changed:
                self._reading = False
                self._error = error
                if error is None:
                    self._value, self._value_at, self._failed_at = value, self._clock(), None
                else:
                    self._failed_at = self._clock()
                self._changed.notify_all()

    def _reading_now(self) -> Reading[Value]:
        error = self._error
        if self._value_at is None:
            return Reading(None, None, error or self._nothing_yet)
        return Reading(self._value, max(0.0, self._clock() - self._value_at), error)
