"""The mechanism every stored Compute Engine collection shares: a `Kind` describes it, `register` makes its methods.

insert, get, list, delete, patch, update, aggregatedList and setLabels mean the same for every kind. What differs is
data (references, immutable fields, whether it has a fingerprint) and one rule: a function that completes the new
document with Google's defaults and refuses what Google refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from localcloud.clock import timestamp
from localcloud.errors import already_exists, in_use, invalid_field, not_found
from localcloud.resources.call import Call, Handler, handles
from localcloud.resources.catalogue import location_exists
from localcloud.resources.fields import checked_name, merged, without_nulls
from localcloud.resources.fingerprints import check_fingerprint, fingerprint
from localcloud.resources.listing import aggregated_reply, list_reply
from localcloud.resources.operations import operation, repeated
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
    stored: Callable[[Change], None] = field(default=_nothing)
    removed: Callable[[Transaction, Resource], None] = field(default=_nothing_removed)

    @property
    def labelled(self) -> bool:
        """Whether its documents carry labels with a fingerprint of their own."""
        return "setLabels" in self.verbs


KINDS: dict[str, Kind] = {}
"""Every stored kind by its collection; what a deletion scans for users."""


def register(kind: Kind, *, without: tuple[str, ...] = ()) -> Kind:
    """Register the kind's shared methods, except those `without`, which it defines itself.

    The method ids are `compute.<service>.<verb>`, one set for each scope of the kind.
    """
    KINDS[kind.collection] = kind
    shared: dict[str, Callable[[Kind, Call], Document]] = {
        "insert": _insert,
        "get": _get,
        "list": _list,
        "delete": _delete,
        "patch": _patch,
        "update": _update,
        "setLabels": _set_labels,
    }
    for service in kind.services.values():
        for verb in ("insert", "get", "list", "delete", *kind.verbs):
            if verb not in without:
                handles(f"compute.{service}.{verb}")(_bound(shared[verb], kind))
    if kind.aggregated:
        handles(f"compute.{kind.aggregated}.aggregatedList")(_bound(_aggregated_list, kind))
    return kind


def _bound(function: Callable[[Kind, Call], Document], kind: Kind) -> Handler:
    def handler(call: Call) -> Document:
        return function(kind, call)

    handler.__doc__ = function.__doc__
    if function in (_get, _list, _aggregated_list):
        return handler
    if function is not _delete and kind.rule.__doc__:
        handler.__doc__ = f"{function.__doc__} {kind.rule.__doc__}"
    return once(handler)


def once(handler: Handler) -> Handler:
    """The handler, answering a repeated `requestId` with the operation of the first call (gce-behaviour: requestId)."""

    def answered(call: Call) -> Document:
        return repeated(call) or handler(call)

    answered.__doc__ = handler.__doc__
    return answered


def mutates(*methods: str) -> Callable[[Handler], Handler]:
    """Register a special method that changes something: like `handles`, and safe to repeat by `requestId`."""

    def decorate(handler: Handler) -> Handler:
        handles(*methods)(once(handler))
        return handler

    return decorate


def target_path(kind: Kind, call: Call) -> ResourcePath:
    """The path of the resource that a call names, by its path parameter, `resource`, or the body's name.

    Raises:
        ApiError: 400 when no name is given at all.
    """
    name = call.parameters.get(kind.parameter) or call.parameters.get("resource")
    if name is None:
        name = checked_name(call.body)
    return ResourcePath("compute", call.project, call.location, kind.collection, str(name))


def existing(kind: Kind, call: Call) -> Resource:
    """The stored resource that a call names.

    Raises:
        ApiError: 404 when there is none.
    """
    path = target_path(kind, call)
    resource = call.transaction.get(path)
    if resource is None:
        raise not_found(path.relative)
    return resource


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


def refuse_in_use(kind: Kind, transaction: Transaction, path: ResourcePath) -> None:
    """Refuse the deletion of a resource that another refers to, or that shows a user itself (an address by its IP).

    Raises:
        ApiError: 400 naming the first user.
    """
    resource = transaction.get(path)
    shown = resource.body.get("users", []) if resource else []
    users = users_of(transaction, path) or [compute_path(user) for user in shown]
    if users:
        raise in_use(kind.noun, path.relative, users[0].relative)


def remove(kind: Kind, transaction: Transaction, resource: Resource) -> None:
    """Delete a stored resource and what depends on it, without asking who uses it."""
    transaction.delete(resource.path)
    kind.removed(transaction, resource)


def operation_on(call: Call, resource: Resource, *, waits: bool = False) -> Document:
    """A new operation of this call on the resource, whose type is the method's id."""
    return operation(call, resource.path, resource.body["id"], call.method, waits=waits)


def _insert(kind: Kind, call: Call) -> Document:
    """Name rule and uniqueness, references exist."""
    path = ResourcePath("compute", call.project, call.location, kind.collection, checked_name(call.body))
    created = create(kind, call.transaction, path, call.body, now=call.now, settings=call.settings)
    return operation_on(call, created)


def _get(kind: Kind, call: Call) -> Document:
    """404 when there is none."""
    return existing(kind, call).body


def _list(kind: Kind, call: Call) -> Document:
    """filter, orderBy, maxResults and pageToken."""
    if not location_exists(call.location):
        raise not_found(f"projects/{call.project}/{call.location}")
    service = call.method.split(".")[1]
    noun = kind.kind.removeprefix("compute#")
    name = f"region{noun[0].upper()}{noun[1:]}" if service.startswith("region") else noun
    stored = call.transaction.list("compute", kind.collection, project=call.project, location=call.location)
    return list_reply(call, f"compute#{name}List", kind.collection, [resource.body for resource in stored])


def _aggregated_list(kind: Kind, call: Call) -> Document:
    """As list, over every location of the project."""
    stored = call.transaction.list("compute", kind.collection, project=call.project)
    located = [(resource.path.location, resource.body) for resource in stored]
    noun = _AGGREGATED_NOUNS.get(kind.collection, kind.kind.removeprefix("compute#"))
    scopes = tuple(kind.services)
    return aggregated_reply(call, f"compute#{noun}AggregatedList", kind.collection, located, scopes)


_AGGREGATED_NOUNS = {
    "healthChecks": "healthChecks",
    "urlMaps": "urlMaps",
    "securityPolicies": "securityPolicies",
}
"""Where Google's aggregated kind is not the singular."""


def _delete(kind: Kind, call: Call) -> Document:
    """Refused while another resource refers to it."""
    resource = existing(kind, call)
    refuse_in_use(kind, call.transaction, resource.path)
    reply = operation_on(call, resource)
    remove(kind, call.transaction, resource)
    return reply


def _patch(kind: Kind, call: Call) -> Document:
    """Objects merge, arrays are replaced, null clears; then checked as a whole."""
    resource = existing(kind, call)
    _check_sent_fingerprint(kind, call, resource, required=False)
    body = merged(resource.body, call.body)
    changed = change(kind, resource, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)


def _update(kind: Kind, call: Call) -> Document:
    """The document is replaced; what the body leaves out returns to its default."""
    resource = existing(kind, call)
    _check_sent_fingerprint(kind, call, resource, required=kind.fingerprint_required)
    changed = change(kind, resource, call.body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)


def _check_sent_fingerprint(kind: Kind, call: Call, resource: Resource, *, required: bool) -> None:
    if kind.fingerprint:
        check_fingerprint(
            call.body,
            resource.body["fingerprint"],
            resource.path.relative,
            required="resource.fingerprint" if required else "",
        )


def _set_labels(kind: Kind, call: Call) -> Document:
    """The labels are replaced; labelFingerprint must be the current one."""
    resource = existing(kind, call)
    check_fingerprint(
        call.body,
        resource.body["labelFingerprint"],
        resource.path.relative,
        field="labelFingerprint",
        required="labelFingerprint",
    )
    body = resource.body | {"labels": call.body.get("labels", {})}
    if not body["labels"]:
        del body["labels"]
    changed = change(kind, resource, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)
