"""Waiting in the event loop for the store, whose commits happen on any thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from localcloud.store.path import ResourcePath
from localcloud.store.store import Store


class Changes:
    """Wakes coroutines when anything in the store changes. Made in the event loop that waits."""

    def __init__(self, store: Store) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._closed = False
        store.subscribe(self._committed)

    async def wait(self, seconds: float) -> None:
        """Return after the next change, or after real seconds."""
        changed = self._changed
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await changed.wait()

    def close(self) -> None:
        """Stop to wake anybody; the loop is about to end."""
        self._closed = True

    def _committed(self, _: frozenset[ResourcePath]) -> None:
        if not self._closed:
            with suppress(RuntimeError):  # the loop has ended between the question and the call
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
