"""What a stored Compute Engine collection is: a `Kind`, and how its documents are made, changed and removed.

Kinds differ by data (references, immutable fields, whether there is a fingerprint) and by one rule: a function that
completes a new or changed document with Google's defaults and refuses what Google refuses. Callers of the API come
through `collection_methods`; controllers use `create`, `change` and `remove` directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from localcloud.clock import timestamp
from localcloud.errors.api import already_exists, in_use, invalid_field, not_found
from localcloud.resources.catalogue import location_exists
from localcloud.resources.fields import without_nulls
from localcloud.resources.fingerprints import fingerprint
from localcloud.resources.references import Place, Reference, canonicalise, refers_to
from localcloud.settings import Settings
from localcloud.store.path import COMPUTE_PREFIX, ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction

_IDENTITY = ("kind", "id", "name", "creationTimestamp", "selfLink", "zone", "region")
_FIRST_IDENTITY = 4 * 10**18


@dataclass
class Change:
    """A document about to be stored; a kind's rule completes `body` and `internal` in place, or refuses it.

    Attributes:
        transaction: to read other resources, and to write those that change with this one.
        path: of the resource.
        body: the document to be stored, references already canonical.
        before: the stored document when it is changed, None when it is made.
        internal: what only the local cloud sees.
        now: cloud time.
        settings: of this local cloud.
    """

    transaction: Transaction
    path: ResourcePath
    body: Document
    before: Document | None
    internal: Document
    now: float
    settings: Settings

    @property
    def place(self) -> Place:
        """Where references of the document are read."""
        return Place(self.transaction, self.path.project, self.settings)


def _nothing(_: Change) -> None:
    pass


def _no_parts(_: Resource) -> tuple[ResourcePath, ...]:
    return ()


def _nothing_removed(_: Transaction, __: Resource) -> None:
    pass


@dataclass(frozen=True)
class Kind:
    """One collection of Compute Engine.

    Attributes:
        collection: last part of its URLs: `instanceGroupManagers`.
        kind: of its documents: `compute#instanceGroupManager`.
        noun: how messages call it: `instance_group_manager`.
        parameter: path parameter that carries the name: `instanceGroupManager`.
        services: discovery resource by scope (`global`, `regions`, `zones`).
        verbs: which of patch, update and setLabels it has, beside insert, get, list and delete.
        aggregated: discovery resource of its aggregatedList; empty when it has none.
        references: fields that name other resources.
        immutable: fields that no update may change.
        output_only: fields that callers may send but never set.
        fingerprint: whether documents carry one, checked on every write that sends one.
        fingerprint_required: whether an update (PUT) must send it.
        rule: completes and checks a document, new or changed.
        parts: resources that were made with it and go with it; they do not keep it from deletion, their users do.
        stored: runs after the document is stored, to change what depends on it.
        removed: runs after the resource is deleted, for the same.
    """

    collection: str
    kind: str
    noun: str
    parameter: str
    services: Mapping[str, str]
    verbs: tuple[str, ...] = ()
    aggregated: str = ""
    references: tuple[Reference, ...] = ()
    immutable: tuple[str, ...] = ()
    output_only: tuple[str, ...] = ()
    fingerprint: bool = False
    fingerprint_required: bool = False
    rule: Callable[[Change], None] = field(default=_nothing)
    parts: Callable[[Resource], tuple[ResourcePath, ...]] = field(default=_no_parts)
    stored: Callable[[Change], None] = field(default=_nothing)
    removed: Callable[[Transaction, Resource], None] = field(default=_nothing_removed)

    @property
    def labelled(self) -> bool:
        """Whether its documents carry labels with a fingerprint of their own."""
        return "setLabels" in self.verbs


KINDS: dict[str, Kind] = {}
"""Every stored kind by its collection; what a deletion scans for users."""


def create(
    kind: Kind,
    transaction: Transaction,
    path: ResourcePath,
    body: Document,
    *,
    now: float,
    settings: Settings,
    internal: Document | None = None,
) -> Resource:
    """Store a new resource by the kind's rules.

    Args:
        body: as a caller sends it; output-only fields and nulls in it are ignored.
        internal: what the kind's rule starts from.

    Raises:
        ApiError: 404 for an unknown location, 409 when the name is taken, 400 and 404 by the rule.
    """
    if not location_exists(path.location):
        raise not_found(f"projects/{path.project}/{path.location}")
    if transaction.get(path) is not None:
        raise already_exists(path.relative)
    ignored = (*_IDENTITY, *kind.output_only, "fingerprint", "labelFingerprint")
    given = {name: value for name, value in without_nulls(body).items() if name not in ignored}
    number = _FIRST_IDENTITY + transaction.next_number("identities")
    document: Document = {
        "kind": kind.kind,
        "id": str(number),
        "creationTimestamp": timestamp(now),
        "name": path.name,
        **given,
        "selfLink": path.self_link,
    }
    scope, _, scope_name = path.location.partition("/")
    if scope_name:
        document[scope.removesuffix("s")] = f"{COMPUTE_PREFIX}projects/{path.project}/{path.location}"
    return _checked_and_stored(kind, Change(transaction, path, document, None, internal or {}, now, settings))


def change(
    kind: Kind, resource: Resource, body: Document, transaction: Transaction, *, now: float, settings: Settings
) -> Resource:
    """Store a changed document of an existing resource by the kind's rules.

    Raises:
        ApiError: 400 when an immutable field differs, and by the rule.
    """
    document = without_nulls(body)
    for name in (*_IDENTITY, *kind.output_only):
        document.pop(name, None)
        if name in resource.body:
            document[name] = resource.body[name]
    changed = Change(transaction, resource.path, document, resource.body, resource.internal, now, settings)
    return _checked_and_stored(kind, changed)


def _checked_and_stored(kind: Kind, changed: Change) -> Resource:
    canonicalise(changed.place, changed.body, kind.references)
    kind.rule(changed)
    if changed.before is not None:
        _refuse_immutable_changes(kind, changed)
    if kind.labelled:
        changed.body["labelFingerprint"] = fingerprint(changed.body.get("labels", {}))
    if kind.fingerprint:
        changed.body["fingerprint"] = fingerprint(changed.body)
    resource = changed.transaction.put(changed.path, changed.body, changed.internal)
    kind.stored(changed)
    return resource


def _refuse_immutable_changes(kind: Kind, changed: Change) -> None:
    before = changed.before or {}
    for name in kind.immutable:
        if changed.body.get(name) != before.get(name):
            raise invalid_field(
                f"resource.{name}",
                changed.body.get(name),
                f"The field cannot be changed after the {kind.noun} was made; it is '{before.get(name)}'.",
            )


def users_of(transaction: Transaction, path: ResourcePath) -> list[ResourcePath]:
    """The resources that hold a reference to this one, which therefore cannot be deleted."""
    return [
        resource.path
        for kind in KINDS.values()
        if any(reference.holds and path.collection in reference.collections for reference in kind.references)
        for resource in transaction.list("compute", kind.collection)
        if resource.path != path and refers_to(resource.body, kind.references, path)
    ]


def refuse_in_use(kind: Kind, transaction: Transaction, resource: Resource) -> None:
    """Refuse the deletion of a resource that another refers to, or that shows a user itself (an address by its IP).

    Raises:
        ApiError: 400 naming the first user.
    """
    going = (resource.path, *kind.parts(resource))
    users = [user for path in going for user in users_of(transaction, path) if user not in going]
    users += [compute_path(user) for user in resource.body.get("users", [])]
    if users:
        raise in_use(kind.noun, resource.path.relative, users[0].relative)


def remove(kind: Kind, transaction: Transaction, resource: Resource) -> None:
    """Delete a stored resource and what depends on it, without asking who uses it."""
    transaction.delete(resource.path)
    kind.removed(transaction, resource)
