"""What stands behind Docker's protocol: the store, and the registry that runs while somebody asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from localcloud.registry.registry import Registry
from localcloud.registry.upstream import Answer, Question, conversation
from localcloud.store.store import Store

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

    @asynccontextmanager
    async def ask(self, question: Question) -> AsyncIterator[Answer]:
        """The registry's answer; it runs for as long as the block does.

        Raises:
            RegistryUnavailableError: it cannot run.
            UpstreamError: it gives no answer.
        """
        # Not among the workers: it may take as long as the image of a registry takes to arrive.
        await asyncio.to_thread(self._registry.acquire)
        try:
            async with conversation(self._registry.socket, question) as answer:
                yield answer
        finally:
            self._registry.release()
