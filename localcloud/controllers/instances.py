"""The instance controller: makes machines what the instances' documents want.

It writes `status`, keeps the runtime's handle, finishes waiting operations, and removes an instance that is to be
deleted. A machine that ends without being told to boots again in place or leaves its instance TERMINATED; repairing is
its group's matter.
"""

from __future__ import annotations

from collections.abc import Callable

from localcloud.clock import Clock, timestamp
from localcloud.controllers.instance_machines import machine_of
from localcloud.resources.instances import delete_instance, discard_instance, stock_out_fact
from localcloud.resources.operations import finish
from localcloud.runtimes.runtime import HaltReason, MachineState, Runtime, RuntimeFaultError
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Store, Transaction

OBSERVE_REAL_SECONDS = 1.0
_CLOSE_LOOK_REAL_SECONDS = 0.05
_GRACE_SECONDS = 90.0
_SHORTEST_GRACE_REAL_SECONDS = 10.0
_HALTED_STATUS = {"TERMINATED": "TERMINATED", "SUSPENDED": "SUSPENDED"}
_HALTING_STATUS = {"TERMINATED": "STOPPING", "SUSPENDED": "SUSPENDING", "DELETED": "STOPPING"}


class InstanceController:
    """Reconciles instances by path.

    Args:
        drained: says that nothing is in flight on an instance any more, so its drain can end early.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        runtime: Runtime,
        drained: Callable[[ResourcePath], bool] = lambda _path: False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._runtime = runtime
        self._drained = drained

    def reconcile(self, path: ResourcePath) -> float | None:
        """One step of the instance; real seconds until the next look, None when only a change needs one."""
        instance = self._store.get(path)
        if instance is None:
            return None
        if instance.internal.get("fault") == "kill":
            return self._cut_power(instance)
        if instance.internal["desired"] == "RUNNING":
            return self._toward_running(instance)
        return self._toward_halted(instance)

    def _toward_running(self, instance: Resource) -> float | None:
        handle = instance.internal["runtime"]
        if handle is None:
            return self._allocate(instance)
        generation = instance.internal["generation"]
        if handle.get("booted") != generation:
            return self._boot(instance)
        if self._runtime.observe(handle) is not MachineState.HALTED:
            self._reached(instance, "RUNNING")
            return OBSERVE_REAL_SECONDS
        if _boots_again(instance, self._runtime.halt_reason(handle)):
            self._update(instance, internal={"runtime": {**handle, "booted": None}})
            return 0.0
        self._give_up(
            instance,
            _failure(f"The machine of '{instance.path.relative}' ended before the operation was done; start it again."),
            body={"status": "STOPPING"},
            internal={"desired": "TERMINATED", "halt": "kill"},
        )
        return 0.0

    def _allocate(self, instance: Resource) -> float | None:
        """Choose ports and addresses, and store them before the machine starts: a crash in between loses nothing."""
        if self._stocked_out(instance.path.scope_name):
            self._failed(instance, stocked_out(instance.path.scope_name), "ZONE_RESOURCE_POOL_EXHAUSTED")
            return None
        try:
            handle = self._runtime.allocate(machine_of(instance, self._store, self._settings))
        except RuntimeFaultError as fault:
            self._failed(instance, fault)
            return None
        self._update(instance, body={"status": "STAGING"}, internal={"runtime": {**handle, "booted": None}})
        return 0.0

    def _boot(self, instance: Resource) -> float | None:
        """Start the machine; one that runs for an earlier generation is cut off first (reset)."""
        handle, generation = instance.internal["runtime"], instance.internal["generation"]
        if handle.get("booted") is not None and self._runtime.observe(handle) is not MachineState.HALTED:
            self._runtime.kill(handle)
            return _CLOSE_LOOK_REAL_SECONDS
        try:
            handle = self._runtime.start(machine_of(instance, self._store, self._settings), handle)
        except RuntimeFaultError as fault:
            self._failed(instance, fault)
            return None
        started = {"status": "RUNNING", "lastStartTimestamp": timestamp(self._clock.now())}
        internal = {
            "runtime": {**handle, "booted": generation},
            "health": {},
            "fault_message": None,
            "powered_off": None,
        }
        self._update(instance, body=started, internal=internal, finish_operations=True)
        return OBSERVE_REAL_SECONDS

    def _toward_halted(self, instance: Resource) -> float | None:
        desired, handle = instance.internal["desired"], instance.internal["runtime"]
        if (wait := self._drain_wait(instance)) is not None:
            return wait
        if handle is not None and self._runtime.observe(handle) is not MachineState.HALTED:
            if instance.body["status"] != _HALTING_STATUS[desired]:
                self._update(instance, body={"status": _HALTING_STATUS[desired]})
            self._halt(instance)
            return _CLOSE_LOOK_REAL_SECONDS
        if desired == "DELETED":
            self._delete(instance)
            return None
        self._reached(instance, _HALTED_STATUS[desired])
        return None

    def _halt(self, instance: Resource) -> None:
        handle = instance.internal["runtime"]
        if instance.internal["halt"] == "kill":
            self._runtime.kill(handle)
        else:
            grace = max(self._clock.real_seconds(_GRACE_SECONDS), _SHORTEST_GRACE_REAL_SECONDS)
            self._runtime.stop(handle, grace_seconds=grace)

    def _drain_wait(self, instance: Resource) -> float | None:
        """Real seconds until another look while connections drain; None when nothing (more) is to be waited for."""
        until = instance.internal.get("drain_until")
        remaining = 0.0 if until is None else until - self._clock.now()
        if remaining <= 0 or instance.body["status"] != "RUNNING" or self._drained(instance.path):
            return None
        return min(self._clock.real_seconds(remaining), 0.25)

    def _cut_power(self, instance: Resource) -> float | None:
        if instance.internal["runtime"] is not None:
            self._runtime.kill(instance.internal["runtime"])
        self._update(instance, internal={"fault": None})
        return _CLOSE_LOOK_REAL_SECONDS

    def _delete(self, instance: Resource) -> None:
        if instance.internal["runtime"] is not None:
            self._runtime.remove(instance.internal["runtime"])
        with self._store.transaction() as transaction:
            current = transaction.get(instance.path)
            if current is not None:
                self._finish_all(transaction, current)
                delete_instance(transaction, current)

    def _finish_all(self, transaction: Transaction, instance: Resource, error: Document | None = None) -> None:
        for operation in instance.internal["operations"]:
            finish(transaction, compute_path(operation), self._clock.now(), error)

    def _undo_insert(self, instance: Resource, error: Document) -> None:
        """Leave nothing of an instance that could not be made, unless a call has wanted something else of it since."""
        if instance.internal["runtime"] is not None:
            self._runtime.remove(instance.internal["runtime"])
        with self._store.transaction() as transaction:
            current = transaction.get(instance.path)
            if current is None:
                return
            if _wanted(current) != _wanted(instance):
                self._write(transaction, current, {}, {"runtime": None}, instance.internal["operations"], error)
                return
            self._finish_all(transaction, current, error)
            discard_instance(transaction, current)

    def _stocked_out(self, zone: str) -> bool:
        with self._store.transaction() as transaction:
            return transaction.fact(stock_out_fact(zone)) == "1"

    def _failed(self, instance: Resource, fault: RuntimeFaultError, code: str = "RESOURCE_OPERATION_FAILED") -> None:
        """It cannot boot: say so in the operation and, for its group, in the document; TERMINATED until changed."""
        if _is_being_inserted(instance):
            self._undo_insert(instance, _failure(str(fault), code))
            return
        self._give_up(
            instance,
            _failure(str(fault), code),
            body={"status": "TERMINATED", "statusMessage": str(fault)},
            internal={"desired": "TERMINATED", "fault_message": str(fault), "fault_code": code},
        )

    def _reached(self, instance: Resource, status: str) -> None:
        body: Document = {}
        if instance.body["status"] != status:
            body["status"] = status
            if status == "TERMINATED":
                body["lastStopTimestamp"] = timestamp(self._clock.now())
        settled = "powered_off" if status == "RUNNING" else "drain_until"
        if body or instance.internal["operations"] or instance.internal.get(settled) is not None:
            self._update(instance, body=body, internal={settled: None}, finish_operations=True)

    def _update(
        self,
        read: Resource,
        *,
        body: Document | None = None,
        internal: Document | None = None,
        finish_operations: bool = False,
    ) -> None:
        """Merge what was seen or done into what is stored now.

        A call may have come since the instance was read; what it wants stays, and its operation waits on.
        """
        finished = read.internal["operations"] if finish_operations else []
        with self._store.transaction() as transaction:
            current = transaction.get(read.path)
            if current is not None:
                self._write(transaction, current, body or {}, internal or {}, finished)

    def _give_up(self, read: Resource, error: Document, *, body: Document, internal: Document) -> None:
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
        shown = current.body | body
        if shown["status"] == "RUNNING":
            shown.pop("statusMessage", None)  # it told why an earlier boot failed
        transaction.put(current.path, shown, current.internal | internal | {"operations": waiting})


def stocked_out(zone: str) -> RuntimeFaultError:
    """A zone that has no machines left (injected on the admin port), in Google's words."""
    return RuntimeFaultError(
        f"The zone '{zone}' does not have enough resources available to fulfill the request. Try a different zone, "
        "or try again later."
    )


def _wanted(instance: Resource) -> tuple[str, int]:
    """What a call changes when it wants something else."""
    return instance.internal["desired"], instance.internal["generation"]


def _boots_again(instance: Resource, reason: HaltReason) -> bool:
    """Whether a machine that ended without being told to is started again in place.

    A group repairs its own instances: what failed is made anew (gce-behaviour section 2). For others a failure is what
    `scheduling.automaticRestart` is for (D: Scheduling); a guest that switches itself off is TERMINATED.
    """
    if instance.internal.get("powered_off") or reason is HaltReason.REBOOT:
        return True
    restarts = instance.internal["created_by"] is None and instance.body["scheduling"]["automaticRestart"]
    return bool(restarts) and reason is HaltReason.FAILURE


def _is_being_inserted(instance: Resource) -> bool:
    """Whether a caller made it and its first boot is still to come; the instances of a group are the group's matter."""
    first = instance.internal["generation"] == 0 and "lastStartTimestamp" not in instance.body
    return first and instance.internal["created_by"] is None


def _failure(message: str, code: str = "RESOURCE_OPERATION_FAILED") -> Document:
    """One entry of a failed operation's `errors[]`."""
    return {"code": code, "message": message}
