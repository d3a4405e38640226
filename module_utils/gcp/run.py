"""What a module runs: read, plan, stop if check mode, act, wait, read again, answer.

The only file of the engine that knows Ansible's module object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import yaml
from ansible.module_utils.basic import AnsibleModule

from .client import Client
from .credentials import authorized_session
from .errors import ApiError, GcpError, OperationFailedError
from .operations import Operations
from .options import checked, place_of, resource_options
from .plan import Plan, Target, plan_absent, plan_present
from .resource import Document, Resource
from .values import from_options


class Subject(Protocol):
    """What a module converges: how to read it, and what to do about what was read."""

    def read(self, client: Client) -> Document | None:
        """The current document, or None when there is none."""

    def plan(self, current: Document | None) -> Plan:
        """The calls that are needed, purely from what was read."""

    def resource(self, current: Document | None) -> Document:
        """The API document to show as the module's result, out of what was read."""


@dataclass(frozen=True)
class Described:
    """A resource with a declarative description."""

    target: Target
    declared: Document
    present: bool

    def read(self, client: Client) -> Document | None:
        """GET it; 404 is absent."""
        return client.get(self.target.method("get"), self.target.resource.service, self.target.path)

    def plan(self, current: Document | None) -> Plan:
        """Present or absent, as declared."""
        return plan_present(self.target, self.declared, current) if self.present else plan_absent(self.target, current)

    def resource(self, current: Document | None) -> Document:
        """As it was read."""
        return current or {}


@dataclass(frozen=True)
class Outcome:
    """What happened, or in check mode would happen."""

    changed: bool
    resource: Document
    actions: list[str]
    before: Document
    after: Document

    def result(self) -> dict[str, Any]:
        """The result every module returns."""
        return {
            "changed": self.changed,
            "resource": self.resource,
            "self_link": self.resource.get("selfLink") or self.resource.get("name", ""),
            "actions": self.actions,
            "diff": diff(self.before, self.after),
        }


def run(resource: Resource) -> None:
    """The whole of a module: its options from the description, one resource converged, the result printed."""
    module = AnsibleModule(argument_spec=resource_options(resource), supports_check_mode=True)

    def converged(client: Client, operations: Operations) -> dict[str, Any]:
        place = place_of(resource, module.params)
        options = checked(resource.fields, module.params)
        declared = from_options(resource.fields, options, place)
        subject = Described(Target(resource, place, options["name"]), declared, options["state"] == "present")
        return converge(subject, client, operations, module.check_mode).result()

    answer(module, converged)


def answer(module: Any, work: Callable[[Client, Operations], dict[str, Any]]) -> None:
    """Run a module's work with a client made from its options; an error becomes its one sentence."""
    try:
        client = connect(module.params)
        result = work(client, Operations(client, float(module.params["wait_timeout_sec"])))
    except GcpError as refused:
        module.fail_json(msg=str(refused))
    else:
        module.exit_json(**result)


def connect(options: Mapping[str, Any]) -> Client:
    """A client with the credentials that the options name."""
    return Client(authorized_session(options), options["auth_kind"])


def converge(subject: Subject, client: Client, operations: Operations, check_mode: bool) -> Outcome:
    """Bring the subject to what it declares, or only say how.

    A 412 (someone else wrote meanwhile) and an insert answered 409 (ours, its reply lost, or someone
    else's) are read again and planned anew, once.

    Raises:
        GcpError: anything that a second look does not settle.
    """
    done: list[str] = []
    current = _read_before(subject, client, check_mode)
    plan = first = subject.plan(current)
    if check_mode or not plan.actions:
        methods = [action.method for action in plan.actions]
        return Outcome(bool(methods), subject.resource(current), methods, plan.before, plan.after)
    try:
        _act(plan, client, operations, done)
    except (ApiError, OperationFailedError) as conflict:
        if not _worth_a_second_look(conflict):
            raise
        current = subject.read(client)
        plan = subject.plan(current)
        _act(plan, client, operations, done)
    return Outcome(True, subject.resource(subject.read(client)), done, first.before, plan.after)


def _read_before(subject: Subject, client: Client, check_mode: bool) -> Document | None:
    """The current document. In check mode a service that is not enabled yet has none: enabling it is another task's
    change, which check mode only announces, so this task must still be able to say what it would do."""
    try:
        return subject.read(client)
    except ApiError as refused:
        if check_mode and refused.service_disabled:
            return None
        raise


def _act(plan: Plan, client: Client, operations: Operations, done: list[str]) -> None:
    for action in plan.actions:
        done.append(action.method)
        try:
            operations.finish(action, client.mutate(action))
        except ApiError as refused:
            if not (action.verb == "DELETE" and refused.status == 404):  # gone already is what was wanted
                raise


def _worth_a_second_look(conflict: ApiError | OperationFailedError) -> bool:
    if isinstance(conflict, ApiError):
        return conflict.status in (409, 412)
    return any(code in ("RESOURCE_ALREADY_EXISTS", "CONDITION_NOT_MET") for code in conflict.codes)


def diff(before: Document, after: Document) -> dict[str, str]:
    """The two sides as YAML, for Ansible's --diff."""
    return {"before": _yaml(before), "after": _yaml(after)}


def _yaml(values: Document) -> str:
    text: str = yaml.safe_dump(values, default_flow_style=False, sort_keys=True, width=110) if values else ""
    return text
