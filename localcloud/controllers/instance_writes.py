"""What the instance controller writes: merged into what is stored now, as a call may have come since it looked.

What the call wants stays, and its operation waits on.
"""

from __future__ import annotations

from localcloud.clock import Clock
from localcloud.resources.instances import delete_instance, discard_instance
from localcloud.resources.operations import finish
from localcloud.store.path import compute_path
from localcloud.store.store import Document, Resource, Store, Transaction

_HALTED = ("TERMINATED", "SUSPENDED")


class InstanceWrites:
    """Each method is one transaction, and takes the instance as the controller read it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def update(
        self,
        read: Resource,
        *,
        body: Document | None = None,
        internal: Document | None = None,
        finish_operations: bool = False,
    ) -> None:
        """Merge what was seen or done into what is stored now.

        Args:
            finish_operations: what the operations that were read waited for is reached.
        """
        finished = read.internal["operations"] if finish_operations else []
        with self._store.transaction() as transaction:
            current = transaction.get(read.path)
            if current is not None:
                self._write(transaction, current, body or {}, internal or {}, finished)

    def give_up(self, read: Resource, error: Document, *, body: Document, internal: Document) -> None:
        """Want something else than what cannot be had, unless a call has wanted something else since it was read.

        The operations that wait for what cannot be had end with the error.
        """
        with self._store.transaction() as transaction:
            current = transaction.get(read.path)
            if current is None:
                return
            if _wanted(current) == _wanted(read):
                self._write(transaction, current, body, internal, current.internal["operations"], error)
            else:
                self._write(transaction, current, {}, {}, read.internal["operations"], error)

    def undo_insert(self, read: Resource, error: Document) -> None:
        """Leave nothing of an instance that could not be made, unless a call has wanted something else of it since."""
        with self._store.transaction() as transaction:
            current = transaction.get(read.path)
            if current is None:
                return
            if _wanted(current) != _wanted(read):
                self._write(transaction, current, {}, {"runtime": None}, read.internal["operations"], error)
                return
            self._finish_all(transaction, current, error)
            discard_instance(transaction, current)

    def delete(self, read: Resource) -> None:
        """Remove what has no machine any more."""
        with self._store.transaction() as transaction:
            current = transaction.get(read.path)
            if current is not None:
                self._finish_all(transaction, current)
                delete_instance(transaction, current)

    def _finish_all(self, transaction: Transaction, instance: Resource, error: Document | None = None) -> None:
        for operation in instance.internal["operations"]:
            finish(transaction, compute_path(operation), self._clock.now(), error)

    def _write(
        self,
        transaction: Transaction,
        current: Resource,
        body: Document,
        internal: Document,
        finished: list[str],
        error: Document | None = None,
    ) -> None:
        for operation in finished:
            finish(transaction, compute_path(operation), self._clock.now(), error)
        waiting = [operation for operation in current.internal["operations"] if operation not in finished]
        stored = current.internal | internal | {"operations": waiting}
        shown = current.body | body
        if shown["status"] == "RUNNING":
            shown.pop("statusMessage", None)  # it told why an earlier boot failed
        if shown["status"] in _HALTED and stored["desired"] == "RUNNING":
            shown["status"] = "PROVISIONING"  # it was started while its machine was seen to have ended
        transaction.put(current.path, shown, stored)


def _wanted(instance: Resource) -> tuple[str, int]:
    """What a call changes when it wants something else."""
    return instance.internal["desired"], instance.internal["generation"]
