"""The pure heart: what is wanted and what is there become a list of API calls and a diff. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .compare import patch_value, projection
from .errors import ImmutableChangeError
from .resource import Document, Field, Place, Resource, Service
from .values import document, from_api, to_api, without_empty


@dataclass(frozen=True)
class Action:
    """One mutation: the API method's full name for people, and the request for the wire.

    `guard` is a path whose document's fingerprint is read and sent along.
    """

    method: str
    service: Service
    verb: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Document | None = None
    guard: str = ""


@dataclass(frozen=True)
class Plan:
    """What would be called, and the declared fields before and after, in option spelling."""

    actions: tuple[Action, ...]
    before: Document
    after: Document


@dataclass(frozen=True)
class Target:
    """The one resource a module run is about."""

    resource: Resource
    place: Place
    name: str

    @property
    def collection_path(self) -> str:
        """The path of its collection under the service's root."""
        return f"{self.place.path}/{self.resource.segment}"

    @property
    def path(self) -> str:
        """Its own path under the service's root."""
        return f"{self.collection_path}/{self.name}"

    def method(self, verb: str) -> str:
        """The API method's full name, e.g. `compute.regionAutoscalers.patch`."""
        return f"{self.resource.service.name}.{self.resource.collections[self.place.scope]}.{verb}"


def plan_present(target: Target, declared: Document, current: Document | None) -> Plan:
    """The calls that make the resource what is declared.

    `declared` is canonical (see values.from_options); `current` is Google's document, or None when absent.

    Raises:
        ImmutableChangeError: a field that Google fixes at creation differs.
    """
    if current is None:
        return _plan_insert(target, declared)
    fields = target.resource.fields
    wanted = {known.name: declared[known.name] for known in fields if known.name in declared and not known.create_only}
    before = projection(fields, from_api(fields, current, target.place), wanted)
    old, new = without_empty(before), without_empty(wanted)
    changed = [known for known in fields if old.get(known.name) != new.get(known.name)]
    for known in changed:
        _refuse_immutable(target, known, known.name, old.get(known.name), new.get(known.name))
    return Plan(tuple(_updates(target, changed, before, wanted, current)), old, new)


def plan_absent(target: Target, current: Document | None) -> Plan:
    """The call that deletes the resource, or nothing when it is not there."""
    if current is None:
        return Plan((), {}, {})
    before = without_empty(from_api(target.resource.fields, current, target.place, assume_defaults=False))
    delete = Action(target.method("delete"), target.resource.service, "DELETE", target.path)
    return Plan((delete,), before, {})


def _plan_insert(target: Target, declared: Document) -> Plan:
    resource = target.resource
    taken = [known for known in resource.fields if not (known.update and known.update.after_insert)]
    body = {**resource.insert_defaults, **document(taken, declared)}
    query = {}
    if resource.identifier_query:
        query[resource.identifier_query] = target.name
    else:
        body["name"] = target.name
    insert = Action(target.method(resource.insert_verb), resource.service, "POST", target.collection_path, query, body)
    later = [
        _own_update(target, known, declared[known.name])
        for known in resource.fields
        if known.update and known.update.after_insert and declared.get(known.name)
    ]
    return Plan((insert, *later), {}, without_empty(declared))


def _refuse_immutable(target: Target, known: Field, option: str, old: Any, new: Any, above: bool = False) -> None:
    """Descends into objects, so that the sentence names the member and not everything around it."""
    immutable = above or known.immutable
    if known.kind == "group" and isinstance(old, dict) and isinstance(new, dict):
        for member in known.fields:
            here, there = old.get(member.name), new.get(member.name)
            _refuse_immutable(target, member, f"{option}.{member.name}", here, there, immutable)
    elif immutable and old != new:
        raise ImmutableChangeError(target.resource.kind, target.name, option, old, new)


def _updates(
    target: Target, changed: list[Field], before: Document, wanted: Document, current: Document
) -> list[Action]:
    patched = [known for known in changed if known.update is None]
    actions = [_patch(target, patched, before, wanted, current)] if patched else []
    return actions + [_own_update(target, known, wanted[known.name]) for known in changed if known.update]


def _patch(target: Target, changed: list[Field], before: Document, wanted: Document, current: Document) -> Action:
    resource = target.resource
    path, query, body = target.path, {}, {}
    for known in changed:
        old, new, raw = before.get(known.name), wanted[known.name], current.get(known.api)
        whole = resource.patch == "mask"
        body[known.api] = to_api(known, new) if whole else patch_value(known, without_empty(old), new, raw)
    if resource.patch == "mask":
        query["updateMask"] = ",".join(known.api for known in changed)
    if resource.patch == "collection":
        path, query = target.collection_path, {resource.item_query: target.name}
    if resource.patch_repeats_name:
        body["name"] = target.name
    if resource.fingerprint and current.get("fingerprint"):
        body["fingerprint"] = current["fingerprint"]
    return Action(target.method("patch"), resource.service, "PATCH", path, query, body)


def _own_update(target: Target, known: Field, value: Any) -> Action:
    update = known.update
    assert update is not None  # noqa: S101 - callers choose fields that have one
    service, scope = target.resource.service, target.place.scope
    places = {"scope": target.place.path, "name": target.name}
    wire = to_api(known, value)
    return Action(
        method=f"{service.name}.{update.collections[scope]}.{update.method}",
        service=service,
        verb="POST",
        path=update.path.format_map(places),
        query={update.query: str(wire)} if update.query else {},
        body={update.body: wire} if update.body else None,
        guard=update.guarded.format_map(places),
    )
