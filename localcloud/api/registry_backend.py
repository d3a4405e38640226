"""What stands behind Docker's protocol: the store, and the registry that runs while somebody asks it."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from localcloud.errors.program import LocalCloudError, registry_error, storage_full
from localcloud.registry.registry import Registry
from localcloud.registry.upstream import Answer, Question, conversation
from localcloud.store.store import Store

_ERROR_LIMIT_BYTES = 64 * 1024
_NO_SPACE = ("no space left on device", f'"Err":{errno.ENOSPC}')

Result = TypeVar("Result")


class Backend:
    """Both, for the event loop.

    Args:
        registry: keeps the bytes.
        store: says what there is.
        workers: threads that run the store's transactions.
    """

    def __init__(self, registry: Registry, store: Store, workers: Executor) -> None:
        self._registry = registry
        self._store = store
        self._workers = workers

    async def in_transaction(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """What `function` returns when it is called with a transaction and the arguments, in a thread."""

        def run() -> Result:
            with self._store.transaction() as transaction:
                return function(transaction, *arguments)

        return await asyncio.get_running_loop().run_in_executor(self._workers, run)

    async def discard_upload(self, name: str, upload: str) -> None:
        """Remove what has arrived of a blob."""
        await asyncio.to_thread(self._registry.discard_upload, name, upload)

    @asynccontextmanager
    async def ask(self, question: Question) -> AsyncIterator[Answer]:
        """The registry's answer; it runs for as long as the block does.

        Raises:
            RegistryUnavailableError: it cannot run, or fails.
            StorageFullError: its disk is full.
            UpstreamError: it gives no answer.
        """
        # Not among the workers: it may take as long as the image of a registry takes to arrive.
        await asyncio.to_thread(self._registry.acquire)
        try:
            async with conversation(self._registry.socket, question) as answer:
                if answer.status >= 500:
                    raise self._failure((await answer.read(_ERROR_LIMIT_BYTES)).decode(errors="replace"))
                yield answer
        finally:
            self._registry.release()

    def _failure(self, text: str) -> LocalCloudError:
        """What the error document of a registry that failed comes to."""
        if any(mark in text for mark in _NO_SPACE):
            return storage_full(str(self._registry.content))
        return registry_error(text.strip() or "it did not say why")
