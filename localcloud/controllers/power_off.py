"""Switching the machines off, each whatever becomes of the others, so that the next start boots the same instances."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

from localcloud.errors.program import (
    EngineMissingError,
    LocalCloudError,
    StartError,
    engine_silent,
    machines_not_stopped,
)
from localcloud.runtimes.runtime import Handle, MachineState, Runtime, RuntimeFaultError
from localcloud.store.store import Resource, Store

POWER_OFF_GRACE_REAL_SECONDS = 8.0
_CLOSE_LOOK_REAL_SECONDS = 0.02

T = TypeVar("T")

_Failure = tuple[Resource, RuntimeFaultError | OSError]

_logger = logging.getLogger(__name__)


def switch_off(store: Store, now: float, reach: Callable[[], Runtime]) -> None:
    """Stop every machine and wait until it has ended.

    Args:
        store: has the instances.
        now: cloud time.
        reach: gives the runtime; it is asked for one only where there are machines.

    Raises:
        StopError: machines that could not be stopped; the others are.
    """
    running = [instance for instance in store.list("compute", "instances") if instance.internal["runtime"]]
    _mark_powered_off(store, running, now)
    if not running:
        return
    try:
        runtime = reach()
    except EngineMissingError as error:
        raise machines_not_stopped(_names(running), engine_silent(error.address, error.reason)) from error
    except StartError as error:
        raise machines_not_stopped(_names(running), str(error)) from error
    if failed := _stopped(runtime, running):
        raise machines_not_stopped(_names([instance for instance, _ in failed]), str(failed[0][1]))


def failures_of(steps: Sequence[Callable[[], object]]) -> list[str]:
    """Take each step, whatever becomes of those before it; the sentences of those that could not be taken.

    What is no sentence for the operator is raised when all have been taken.
    """
    failures: list[str] = []
    with ExitStack() as remaining:
        for step in reversed(steps):
            remaining.callback(_take, step, failures)
    return failures


def _take(step: Callable[[], object], failures: list[str]) -> None:
    try:
        step()
    except LocalCloudError as error:
        failures.append(str(error))


def _stopped(runtime: Runtime, instances: list[Resource]) -> list[_Failure]:
    """Stop them and wait; those that could not be stopped, and why."""
    failed: list[_Failure] = []
    asked = _of_each(instances, lambda handle: runtime.stop(handle, grace_seconds=POWER_OFF_GRACE_REAL_SECONDS), failed)
    running = [instance for instance, _ in asked]
    while running:
        seen = _of_each(running, runtime.observe, failed)
        running = [instance for instance, state in seen if state is not MachineState.HALTED]
        time.sleep(_CLOSE_LOOK_REAL_SECONDS)
    return failed


def _of_each(instances: list[Resource], ask: Callable[[Handle], T], failed: list[_Failure]) -> list[tuple[Resource, T]]:
    """What each machine answers; the one that cannot is added to those that failed, and holds up nobody."""
    answers: list[tuple[Resource, T]] = []
    for instance in instances:
        try:
            answers.append((instance, ask(instance.internal["runtime"])))
        except (RuntimeFaultError, OSError) as fault:
            _logger.error("%s could not be stopped: %s", instance.path.relative, fault)
            failed.append((instance, fault))
    return answers


def _mark_powered_off(store: Store, instances: list[Resource], now: float) -> None:
    """Before the first machine stops: a crash from here on must not look like failed machines."""
    with store.transaction() as transaction:
        for instance in instances:
            current = transaction.get(instance.path)
            if current is not None and current.internal["desired"] == "RUNNING":
                transaction.put(current.path, current.body, current.internal | {"powered_off": now})


def _names(instances: list[Resource]) -> list[str]:
    return [f"{instance.path.scope_name}/{instance.path.name}" for instance in instances]
