"""The instance controller: makes machines what the instances' documents want.

It writes `status`, keeps the runtime's handle, finishes waiting operations, and removes an instance that is to be
deleted. A machine that ends without being told to boots again in place or leaves its instance TERMINATED; repairing is
its group's matter.
"""

from __future__ import annotations

from collections.abc import Callable

from localcloud.clock import Clock, timestamp
from localcloud.controllers.instance_machines import machine_of
from localcloud.controllers.instance_restarts import boots_again, restart, restart_wait, was_powered_off
from localcloud.controllers.instance_writes import InstanceWrites
from localcloud.controllers.power_off import POWER_OFF_GRACE_REAL_SECONDS
from localcloud.resources.instances import stock_out_fact
from localcloud.runtimes.runtime import HaltReason, MachineState, Runtime, RuntimeFaultError
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Store

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
        self._writes = InstanceWrites(store, clock)

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
        reason = self._runtime.halt_reason(handle)
        if boots_again(instance, reason):
            # A guest's own reboot is the guest's matter: its instance goes on RUNNING.
            shown = {"status": "STAGING"} if reason is HaltReason.FAILURE and not was_powered_off(instance) else {}
            internal = {"runtime": {**handle, "booted": None}, **restart(instance, self._clock.now())}
            self._writes.update(instance, body=shown, internal=internal)
            return 0.0
        self._writes.give_up(
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
        self._writes.update(instance, body={"status": "STAGING"}, internal={"runtime": {**handle, "booted": None}})
        return 0.0

    def _boot(self, instance: Resource) -> float | None:
        """Start the machine; one that runs for an earlier generation is cut off first (reset)."""
        handle, generation = instance.internal["runtime"], instance.internal["generation"]
        if handle.get("booted") is not None and self._runtime.observe(handle) is not MachineState.HALTED:
            self._runtime.kill(handle)
            return _CLOSE_LOOK_REAL_SECONDS
        if (wait := restart_wait(instance, self._clock.now())) > 0:
            return self._clock.real_seconds(wait)
        if instance.body["status"] not in ("STAGING", "RUNNING"):
            self._writes.update(instance, body={"status": "STAGING"})
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
        self._writes.update(instance, body=started, internal=internal, finish_operations=True)
        return OBSERVE_REAL_SECONDS

    def _toward_halted(self, instance: Resource) -> float | None:
        desired, handle = instance.internal["desired"], instance.internal["runtime"]
        if (wait := self._drain_wait(instance)) is not None:
            return wait
        if handle is not None and self._runtime.observe(handle) is not MachineState.HALTED:
            if instance.body["status"] != _HALTING_STATUS[desired]:
                self._writes.update(instance, body={"status": _HALTING_STATUS[desired]})
            self._halt(instance)
            return _CLOSE_LOOK_REAL_SECONDS
        if desired == "DELETED":
            self._remove_machine(instance)
            self._writes.delete(instance)
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
        self._writes.update(instance, internal={"fault": None})
        return _CLOSE_LOOK_REAL_SECONDS

    def _remove_machine(self, instance: Resource) -> None:
        if instance.internal["runtime"] is not None:
            self._runtime.remove(instance.internal["runtime"])

    def _stocked_out(self, zone: str) -> bool:
        with self._store.transaction() as transaction:
            return transaction.fact(stock_out_fact(zone)) == "1"

    def _failed(self, instance: Resource, fault: RuntimeFaultError, code: str = "RESOURCE_OPERATION_FAILED") -> None:
        """It cannot boot: say so in the operation and, for its group, in the document; TERMINATED until changed."""
        if _is_being_inserted(instance):
            self._remove_machine(instance)
            self._writes.undo_insert(instance, _failure(str(fault), code))
            return
        self._writes.give_up(
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
        if status == "RUNNING":
            cleared = {"powered_off": None} if self._outlived_power_off(instance) else {}
        else:
            cleared = {"drain_until": None} if instance.internal.get("drain_until") is not None else {}
        if body or cleared or instance.internal["operations"]:
            self._writes.update(instance, body=body, internal=cleared, finish_operations=True)

    def _outlived_power_off(self, instance: Resource) -> bool:
        """Whether a machine that was being switched off, by a local cloud that was killed meanwhile, runs on for good.

        Before its grace is over it may still be ending, and that is no failure.
        """
        since = instance.internal.get("powered_off")
        return since is not None and self._clock.real_seconds(self._clock.now() - since) >= POWER_OFF_GRACE_REAL_SECONDS


def stocked_out(zone: str) -> RuntimeFaultError:
    """A zone that has no machines left (injected on the admin port), in Google's words."""
    return RuntimeFaultError(
        f"The zone '{zone}' does not have enough resources available to fulfill the request. Try a different zone, "
        "or try again later."
    )


def _is_being_inserted(instance: Resource) -> bool:
    """Whether a caller made it and its first boot is still to come; the instances of a group are the group's matter."""
    first = instance.internal["generation"] == 0 and "lastStartTimestamp" not in instance.body
    return first and instance.internal["created_by"] is None


def _failure(message: str, code: str = "RESOURCE_OPERATION_FAILED") -> Document:
    """One entry of a failed operation's `errors[]`."""
    return {"code": code, "message": message}
