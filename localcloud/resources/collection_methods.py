"""The methods every stored Compute Engine collection shares, made from its `Kind`, and what special methods need.

insert, get, list, delete, patch, update, aggregatedList and setLabels mean the same for every kind.
"""

from __future__ import annotations

from collections.abc import Callable

from localcloud.errors.api import not_found
from localcloud.resources.call import Call, Handler, handles
from localcloud.resources.catalogue import location_exists
from localcloud.resources.collection import KINDS, Kind, change, create, refuse_in_use, remove
from localcloud.resources.fields import checked_name, merged
from localcloud.resources.fingerprints import check_fingerprint
from localcloud.resources.listing import aggregated_reply, list_reply
from localcloud.resources.operations import operation, repeated
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource


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
    refuse_in_use(kind, call.transaction, resource)
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
