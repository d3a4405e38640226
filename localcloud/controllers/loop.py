"""The reconcile loop: keys in, each reconciled by one thread at a time, failures tried again with back-off.

A reconciler reads the store anew for its key, compares with what is, does one step and says when to look again.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

from localcloud.store.path import ResourcePath

Reconcile = Callable[[ResourcePath], float | None]
"""One step for one key; returns the real seconds after which to look again, or None for not before it changes."""

_FIRST_BACK_OFF_SECONDS = 0.1
_LONGEST_BACK_OFF_SECONDS = 10.0
_SHORTEST_WAIT_SECONDS = 0.01

_logger = logging.getLogger(__name__)

Key = tuple[str, ResourcePath]


class ReconcileLoop:
    """A keyed queue and a small pool of threads.

    Args:
        reconcilers: by kind, the first half of every key.
        threads: how many keys are worked on at once.
    """

    def __init__(self, reconcilers: dict[str, Reconcile], threads: int = 4) -> None:
        self._reconcilers = reconcilers
        self._condition = threading.Condition()
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._order = itertools.count()
        self._busy: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"reconcile-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        """Begin to work on what is queued."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no further key, and wait for those being worked on."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def add(self, kind: str, path: ResourcePath, after_real_seconds: float = 0.0) -> None:
        """Queue a key; one that is queued already keeps the earlier time."""
        with self._condition:
            self._add((kind, path), after_real_seconds)

    def _add(self, key: Key, delay: float) -> None:
        due = time.monotonic() + delay
        if key in self._due and self._due[key] <= due:
            return
        self._due[key] = due
        heapq.heappush(self._heap, (due, next(self._order), key))
        self._condition.notify()

    def _work(self) -> None:
        while (key := self._take()) is not None:
            again = self._reconcile(key)
            with self._condition:
                self._busy.discard(key)
                if key in self._due:  # it became due while it was being worked on
                    heapq.heappush(self._heap, (self._due[key], next(self._order), key))
                if again is not None:
                    self._add(key, max(again, _SHORTEST_WAIT_SECONDS))
                self._condition.notify()

    def _take(self) -> Key | None:
        """The next key that is due, when it is due; None when the loop ends."""
        with self._condition:
            while not self._stopping:
                if not self._heap:
                    self._condition.wait()
                    continue
                due, _, key = self._heap[0]
                wait = due - time.monotonic()
                if wait > 0:
                    self._condition.wait(wait)
                    continue
                heapq.heappop(self._heap)
                if self._due.get(key) != due or key in self._busy:
                    continue  # queued again for another time, or handed on by the thread that works on it
                del self._due[key]
                self._busy.add(key)
                return key
            return None

    def _reconcile(self, key: Key) -> float | None:
        kind, path = key
        try:
            again = self._reconcilers[kind](path)
        except Exception:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
            if failures == 0:
                _logger.exception("%s %s failed; it is tried again, and logged again once it has worked", kind, path)
            return min(_FIRST_BACK_OFF_SECONDS * 2.0**failures, _LONGEST_BACK_OFF_SECONDS)
        self._failures.pop(key, None)
        return again
