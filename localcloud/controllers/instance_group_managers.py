"""The instance group manager controller: reads documents, asks the planner, does its steps, shows the status."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from localcloud.clock import Clock
from localcloud.controllers.group_documents import (
    current_actions,
    group_status,
    group_value,
    healing_check,
    managed_body,
    member_value,
)
from localcloud.controllers.group_plan import plan
from localcloud.controllers.group_values import Group, Member, Step, StepKind
from localcloud.controllers.member_steps import MemberChange, add_member, failed_attempt, instance_of, take_step
from localcloud.errors.api import ApiError
from localcloud.resources.collection import remove
from localcloud.resources.instance_group_managers import INSTANCE_GROUP_MANAGER
from localcloud.resources.instance_groups import group_of, managed_instances
from localcloud.resources.operations import finish
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Resource, Store, Transaction

_WATCH_SECONDS = 5.0
_SHORTEST_WATCH_REAL_SECONDS = 0.25
_STEP_REAL_SECONDS = 0.02

DrainSeconds = Callable[[Transaction, ResourcePath], float]


class InstanceGroupManagerController:
    """Reconciles instance group managers, zonal and regional, by path.

    Args:
        drain_seconds: how long connections to the group's instances drain, in cloud seconds.
        randomness: where the last four characters of names come from.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        drain_seconds: DrainSeconds,
        randomness: random.Random | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._drain_seconds = drain_seconds
        self._random = randomness or random.Random()  # noqa: S311 - names, not secrets

    def reconcile(self, path: ResourcePath) -> float | None:
        """Begin everything that can be begun, and show where the group stands."""
        manager = self._store.get(path)
        if manager is None:
            return None
        with self._store.transaction() as transaction:
            group, members = self._read(transaction, manager)
        steps = self._plan(manager, group, members)
        for step in steps:
            self._take_step(manager.path, step)
        if manager.internal.get("desired") == "DELETED" and not members:
            self._delete(manager.path)
            return None
        self._show(manager.path)
        return _STEP_REAL_SECONDS if steps else self._next_look(members)

    def _plan(self, manager: Resource, group: Group, members: list[Member]) -> list[Step]:
        if manager.internal.get("desired") == "DELETED":
            group = replace(group, target_size=0)
        return plan(group, members, self._clock.now())

    def _next_look(self, members: list[Member]) -> float:
        """Changes wake the group up; only time does not: back-off and the initial delay."""
        waits = [member.not_before - self._clock.now() for member in members if not member.exists]
        waiting = [self._clock.real_seconds(wait) for wait in waits if wait > 0]
        regular = max(self._clock.real_seconds(_WATCH_SECONDS), _SHORTEST_WATCH_REAL_SECONDS)
        return max(min([*waiting, regular]), _STEP_REAL_SECONDS)

    def _read(self, transaction: Transaction, manager: Resource) -> tuple[Group, list[Member]]:
        check = healing_check(manager)
        managed = managed_instances(transaction, manager.path)
        members = [member_value(resource, instance_of(transaction, resource), check) for resource in managed]
        used = {member.version.template for member in members}
        wanted = {entry["instanceTemplate"] for entry in manager.body.get("versions", [])}
        templates = {}
        for url in {*used, *wanted, manager.body.get("instanceTemplate", "")} - {""}:
            if (template := transaction.get(compute_path(url))) is not None:
                templates[url] = template.body
        return group_value(manager, templates, used), members

    def _take_step(self, path: ResourcePath, step: Step) -> None:
        try:
            with self._store.transaction() as transaction:
                manager = transaction.get(path)
                if manager is None:
                    return
                if step.kind is StepKind.ADD:
                    add_member(transaction, manager, step, self._clock.now(), self._random)
                    return
                managed = transaction.get(path.child("managedInstances", step.name))
                if managed is not None:
                    drain = self._drain_seconds(transaction, path)
                    take_step(
                        MemberChange(transaction, manager, managed, step, self._clock.now(), drain, self._settings)
                    )
        except ApiError as error:
            self._record_failure(path.child("managedInstances", step.name), error)

    def _record_failure(self, path: ResourcePath, error: ApiError) -> None:
        with self._store.transaction() as transaction:
            managed = transaction.get(path)
            if managed is not None:
                transaction.put(path, *failed_attempt(managed, error.reason, error.message, self._clock.now()))

    def _show(self, path: ResourcePath) -> None:
        """Write what clients see of the group; only what has changed is written."""
        with self._store.transaction() as transaction:
            manager = transaction.get(path)
            if manager is None:
                return
            group, members = self._read(transaction, manager)
            check = healing_check(manager)
            for member, managed in zip(members, managed_instances(transaction, path), strict=True):
                instance = instance_of(transaction, managed)
                location = ResourcePath("compute", path.project, f"zones/{member.zone}", "instances", member.name)
                kept = {key: managed.body[key] for key in ("currentAction", "lastAttempt") if key in managed.body}
                shown = kept | managed_body(manager, member, instance, location, check)
                if shown != managed.body:
                    transaction.put(managed.path, shown)
            status = group_status(group, members, manager.body.get("status", {}))
            shown = manager.body | {"currentActions": current_actions(members), "status": status}
            if shown != manager.body:
                transaction.put(path, shown)
            self._show_size(transaction, path, len(members))

    def _show_size(self, transaction: Transaction, path: ResourcePath, size: int) -> None:
        group = transaction.get(group_of(path))
        if group is not None and group.body.get("size") != size:
            transaction.put(group.path, group.body | {"size": size})

    def _delete(self, path: ResourcePath) -> None:
        with self._store.transaction() as transaction:
            manager = transaction.get(path)
            if manager is None:
                return
            for operation in manager.internal.get("operations", []):
                finish(transaction, compute_path(operation), self._clock.now())
            remove(INSTANCE_GROUP_MANAGER, transaction, manager)
