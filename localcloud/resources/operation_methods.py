"""Rules of zoneOperations, regionOperations and globalOperations: get, wait, list, aggregatedList, delete."""

from __future__ import annotations

from localcloud.errors.api import not_found
from localcloud.resources.call import Call, handles
from localcloud.resources.listing import aggregated_reply, list_reply
from localcloud.resources.operations import shown
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource

_SCOPES = ("zoneOperations", "regionOperations", "globalOperations")


@handles(*(f"compute.{scope}.{verb}" for scope in _SCOPES for verb in ("get", "wait")))
def get(call: Call) -> Document:
    """operations.get, and each look of operations.wait, whose waiting is the API shell's."""
    return shown(_existing(call), call.now)


@handles(*(f"compute.{scope}.list" for scope in _SCOPES))
def list_operations(call: Call) -> Document:
    """operations.list of one location."""
    found = call.transaction.list("compute", "operations", project=call.project, location=call.location)
    documents = [shown(resource, call.now) for resource in found]
    return list_reply(call, "compute#operationList", "operations", documents)


@handles("compute.globalOperations.aggregatedList")
def aggregated_list(call: Call) -> Document:
    """globalOperations.aggregatedList: those of every location."""
    found = call.transaction.list("compute", "operations", project=call.project)
    located = [(resource.path.location, shown(resource, call.now)) for resource in found]
    scopes = ("global", "regions", "zones")
    return aggregated_reply(call, "compute#operationAggregatedList", "operations", located, scopes)


@handles(*(f"compute.{scope}.delete" for scope in _SCOPES))
def delete(call: Call) -> Document:
    """operations.delete: forgets a finished operation's record."""
    call.transaction.delete(_existing(call).path)
    return {}


def _existing(call: Call) -> Resource:
    path = ResourcePath("compute", call.project, call.location, "operations", str(call.parameters["operation"]))
    resource = call.transaction.get(path)
    if resource is None:
        raise not_found(path.relative)
    return resource
