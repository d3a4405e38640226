"""Waiting in the event loop for the store, whose commits happen on any thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from localcloud.store.path import ResourcePath
from localcloud.store.store import Store


class Changes:
    """Wakes coroutines when something in the store changes. Made in the event loop that waits.

    Args:
        store: whose commits are watched.
        concerns: which paths matter; the others wake nobody.

    Attributes:
        closed: no change is seen any more; who waits answers with what there is.
    """

    def __init__(self, store: Store, concerns: Callable[[ResourcePath], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._concerns = concerns
        self._changed = asyncio.Event()
        self.closed = False
        store.subscribe(self._committed)

    def next(self) -> asyncio.Event:
        """An event that the next change sets; taken before a look at the store, it misses nothing."""
        return self._changed

    def close(self) -> None:
        """Wake everybody for the last time; the loop is about to end."""
        self.closed = True
        self._wake()

    def _committed(self, paths: frozenset[ResourcePath]) -> None:
        if not self.closed and any(self._concerns(path) for path in paths):
            with suppress(RuntimeError):  # the loop has ended between the question and the call
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after real seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
