"""Compute Engine operations: made with every mutation, finished by time or by a controller.

Status is derived from the stored times and never goes backwards: PENDING until the latency's middle, RUNNING
until its end, then DONE; one that waits for a controller (a VM that boots) stays RUNNING until `finish`.
Shape: gce-behaviour section 1 (D: Operation).
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from localcloud.clock import timestamp
from localcloud.errors.api import invalid_field
from localcloud.resources.call import Call
from localcloud.store.path import COMPUTE_PREFIX, ResourcePath
from localcloud.store.store import Document, Resource, Transaction

_KEPT_SECONDS = 24 * 3600.0


def operation(call: Call, target: ResourcePath, target_id: str, kind: str, *, waits: bool = False) -> Document:
    """Store a new operation and return it as the API shows it.

    Args:
        call: the mutation that causes it.
        target: what it acts on.
        target_id: the target's numeric `id`.
        kind: `operationType`; ends in `delete` only for deletions.
        waits: True when a controller must `finish` it; otherwise it is done after the configured latency.
    """
    number = call.transaction.next_number("operations")
    location = target.location or "global"
    digest = hashlib.sha256(f"{call.now}:{number}".encode()).hexdigest()
    name = f"operation-{int(call.now * 1000)}-{digest[:13]}-{digest[13:21]}-{digest[21:29]}"
    path = ResourcePath("compute", target.project, location, "operations", name)
    body: Document = {
        "kind": "compute#operation",
        "id": str(10**18 + number),
        "name": name,
        "operationType": kind,
        "targetLink": target.self_link,
        "targetId": target_id,
        "user": call.principal,
        "insertTime": timestamp(call.now),
        "selfLink": path.self_link,
    }
    scope, _, scope_name = location.partition("/")
    if scope_name:
        body[scope.removesuffix("s")] = f"{COMPUTE_PREFIX}projects/{target.project}/{location}"
    if request := call.parameters.get("requestId"):
        body["clientOperationId"] = request
    internal = {
        "inserted": call.now,
        "latency": call.settings.operation_latency_seconds,
        "waits": waits,
        "finished": None,
    }
    call.transaction.put(path, body, internal)
    return shown(Resource(path, body, internal, 1), call.now)


def shown(resource: Resource, now: float) -> Document:
    """The operation as the API shows it at cloud time `now`."""
    body, internal = dict(resource.body), resource.internal
    started = internal["inserted"] + internal["latency"] / 2
    ended = _ended(resource)
    if ended is not None and now >= ended:
        body |= {"status": "DONE", "progress": 100, "endTime": timestamp(ended)}
    elif now >= started:
        body |= {"status": "RUNNING", "progress": 50}
    else:
        body |= {"status": "PENDING", "progress": 0}
    if body["status"] != "PENDING":
        body["startTime"] = timestamp(started)
    else:
        body.pop("error", None)
    return body


def finish(transaction: Transaction, path: ResourcePath, now: float, error: Document | None = None) -> None:
    """End a waiting operation, at the earliest after its latency; `error` is one `errors[]` entry.

    An error also carries both `httpErrorStatusCode` and `httpErrorMessage`: with one, clients show nothing.
    """
    resource = transaction.get(path)
    if resource is None or resource.internal["finished"] is not None:
        return
    body, internal = resource.body, resource.internal
    internal["finished"] = max(now, internal["inserted"] + internal["latency"])
    if error:
        body |= {"error": {"errors": [error]}, "httpErrorStatusCode": 400, "httpErrorMessage": "BAD REQUEST"}
    transaction.put(path, body, internal)


def forget_old(transaction: Transaction, now: float) -> None:
    """Delete the records of operations that ended a day ago, as every later call with a `requestId` reads them all.

    Google keeps them for one hour at least and 14 days at most
    (https://cloud.google.com/compute/docs/instances/viewing-compute-operations); a day is our choice.
    """
    for resource in transaction.list("compute", "operations"):
        ended = _ended(resource)
        if ended is not None and now - ended >= _KEPT_SECONDS:
            transaction.delete(resource.path)


def _ended(resource: Resource) -> float | None:
    """When it ends, in cloud time; None while that is not known, as it waits for a controller."""
    internal = resource.internal
    if internal["finished"] is None and not internal["waits"]:
        return float(internal["inserted"] + internal["latency"])
    return None if internal["finished"] is None else float(internal["finished"])


def repeated(call: Call) -> Document | None:
    """The operation that an earlier call with the same `requestId` made, or None (gce-behaviour: requestId).

    Raises:
        ApiError: 400 when `requestId` is not a non-zero UUID.
    """
    request = call.parameters.get("requestId")
    if not request:
        return None
    if not _is_uuid(request):
        raise invalid_field("requestId", request, "Must be a UUID that is not zero.")
    for resource in call.transaction.list("compute", "operations", project=call.project):
        if resource.body.get("clientOperationId") == request:
            return shown(resource, call.now)
    return None


def _is_uuid(text: Any) -> bool:
    try:
        return uuid.UUID(str(text)).int != 0
    except ValueError:
        return False
