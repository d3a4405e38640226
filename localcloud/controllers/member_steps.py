"""The planner's steps carried out on one member of a group, each in one transaction of the caller's."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.clock import timestamp
from localcloud.controllers.group_values import Step, StepKind, Version
from localcloud.errors.api import not_found
from localcloud.resources.instance_groups import add_managed_instance
from localcloud.resources.instances import (
    instance_from_template,
    request_delete,
    request_reset,
    template_instance_body,
)
from localcloud.resources.metadata import completed_metadata
from localcloud.resources.operations import finish
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction

_ALPHABET = string.ascii_lowercase + string.digits
_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 60.0


@dataclass(frozen=True)
class MemberChange:
    """One step with everything it needs.

    Attributes:
        managed: the member's managed instance.
        drain_seconds: how long its connections drain before its instance stops, in cloud seconds.
    """

    transaction: Transaction
    manager: Resource
    managed: Resource
    step: Step
    now: float
    drain_seconds: float
    settings: Settings

    @property
    def instance(self) -> Resource | None:
        """The member's instance, if there is one."""
        return instance_of(self.transaction, self.managed)

    def store(self, action: str, internal: Document | None = None, body: Document | None = None) -> None:
        """Write the member with its `currentAction`; `since` moves when the action changes."""
        body = self.managed.body if body is None else body
        since = self.managed.internal.get("since", 0.0) if body.get("currentAction") == action else self.now
        merged = self.managed.internal | (internal or {}) | {"since": since}
        self.transaction.put(self.managed.path, body | {"currentAction": action}, merged)


def take_step(change: MemberChange) -> None:
    """Do the step, whatever its kind but ADD.

    Raises:
        ApiError: the rules refuse the instance (no address left, a template that is gone, …).
    """
    _TAKERS[change.step.kind](change)


def add_member(transaction: Transaction, manager: Resource, step: Step, now: float, randomness: random.Random) -> None:
    """Store a new member under a free name: the group's base name and four random characters."""
    base, name = manager.body["baseInstanceName"], ""
    while not name or transaction.get(manager.path.child("managedInstances", name)) is not None:
        name = f"{base}-{''.join(randomness.choices(_ALPHABET, k=4))}"
    add_managed_instance(transaction, manager.path, name, step.zone, _version(step)["version"], now)


def instance_of(transaction: Transaction, managed: Resource) -> Resource | None:
    """The instance of a managed instance, or None while there is none."""
    zone = managed.internal["zone"]
    return transaction.get(
        ResourcePath("compute", managed.path.project, f"zones/{zone}", "instances", managed.path.name)
    )


def failed_attempt(managed: Resource, code: str, message: str, now: float) -> tuple[Document, Document]:
    """The member's body and internal after a failure: shown in lastAttempt, tried again later and later."""
    attempts = int(managed.internal.get("attempts", 0))
    delay = min(_FIRST_RETRY_SECONDS * 2.0**attempts, _LONGEST_RETRY_SECONDS)
    errors = {"errors": {"errors": [{"code": code, "message": message}]}}
    internal = managed.internal | {
        "attempts": attempts + 1,
        "not_before": now + delay,
        "failed_at": timestamp(now),
    }
    return managed.body | {"lastAttempt": errors}, internal


def _create(change: MemberChange) -> None:
    link = change.managed.internal["version"]["template"]
    template = change.transaction.get(compute_path(link))
    if template is None:
        raise not_found(compute_path(link).relative)
    instance_from_template(
        change.transaction,
        template.body,
        change.managed.path.name,
        change.managed.internal["zone"],
        project=change.manager.path.project,
        now=change.now,
        settings=change.settings,
        created_by=change.manager.path.relative,
    )
    change.store(change.managed.body["currentAction"])


def _recreate(change: MemberChange) -> None:
    """Delete the instance; it is created again when it is gone, later and later while it cannot boot."""
    body, internal = change.managed.body, change.managed.internal
    instance = change.instance
    if instance is not None:
        if message := instance.internal.get("fault_message"):
            body, internal = failed_attempt(change.managed, instance.internal["fault_code"], message, change.now)
        _delete_instance(change, instance)
    action = "CREATING" if body.get("currentAction") == "CREATING" else "RECREATING"
    change.store(action, {**internal, "verified": False, "intent": None, **_version(change.step)}, body)


def _restart(change: MemberChange) -> None:
    if (instance := change.instance) is not None:
        request_reset(change.transaction, _refreshed(change, instance))
    change.store("RESTARTING", {"verified": False, "intent": None, **_version(change.step)})


def _refresh(change: MemberChange) -> None:
    if (instance := change.instance) is not None:
        _refreshed(change, instance)
    change.store("REFRESHING", {"intent": None, **_version(change.step)})


def _verify(change: MemberChange) -> None:
    change.store("VERIFYING")


def _settle(change: MemberChange) -> None:
    body = {key: value for key, value in change.managed.body.items() if key != "lastAttempt"}
    change.store("NONE", {"verified": True, "attempts": 0, "not_before": None}, body)


def _remove(change: MemberChange) -> None:
    if (instance := change.instance) is not None:
        _delete_instance(change, instance)
    change.store("DELETING", {"intent": None})


def _forget(change: MemberChange) -> None:
    """End the member, finish what waits for it; an instance that is still there was abandoned and stays."""
    if (instance := change.instance) is not None:
        change.transaction.put(instance.path, instance.body, instance.internal | {"created_by": None})
    for operation in change.managed.internal.get("operations", []):
        finish(change.transaction, compute_path(operation), change.now)
    change.transaction.delete(change.managed.path)


def _delete_instance(change: MemberChange, instance: Resource) -> None:
    if change.drain_seconds > 0 and instance.internal.get("drain_until") is None:
        internal = instance.internal | {"drain_until": change.now + change.drain_seconds}
        instance = change.transaction.put(instance.path, instance.body, internal)
    request_delete(change.transaction, instance)


def _refreshed(change: MemberChange, instance: Resource) -> Resource:
    """The instance with metadata, labels and machine type of its version's template."""
    version = change.step.version
    template = change.transaction.get(compute_path(version.template)) if version else None
    if template is None:
        return instance
    wanted = template_instance_body(template.body, instance.path.name, instance.path.scope_name)
    kept = [item for item in instance.body["metadata"].get("items", []) if item["key"] == "created-by"]
    made_from = {"key": "instance-template", "value": compute_path(template.body["selfLink"]).relative}
    items = [*wanted.get("metadata", {}).get("items", []), made_from, *kept]
    machine_type = wanted["machineType"].rpartition("/")[2]
    located = ResourcePath("compute", instance.path.project, instance.path.location, "machineTypes", machine_type)
    refreshed = {
        "metadata": completed_metadata({"items": items}, "resource.metadata"),
        "labels": wanted.get("labels", {}),
        "machineType": located.self_link,
    }
    return change.transaction.put(instance.path, instance.body | refreshed, instance.internal)


def _version(step: Step) -> Document:
    version: Version | None = step.version
    return {"version": {"name": version.name, "template": version.template}} if version else {}


_TAKERS: dict[StepKind, Callable[[MemberChange], None]] = {
    StepKind.CREATE: _create,
    StepKind.RECREATE: _recreate,
    StepKind.RESTART: _restart,
    StepKind.REFRESH: _refresh,
    StepKind.VERIFY: _verify,
    StepKind.SETTLE: _settle,
    StepKind.REMOVE: _remove,
    StepKind.FORGET: _forget,
}
