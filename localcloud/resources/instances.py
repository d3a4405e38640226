"""Instances: the kind, and the steps that the API's methods and the controllers both take.

Rules only say what is wanted, in `internal["desired"]`; the instance controller makes it so, writes `body["status"]`
and finishes the operations named in `internal["operations"]`.
"""

from __future__ import annotations

from dataclasses import replace

from localcloud.clock import parse_timestamp
from localcloud.errors.api import invalid_field, not_ready
from localcloud.resources.collection import Change, Kind, create, remove
from localcloud.resources.collection_methods import register
from localcloud.resources.disks import DISK
from localcloud.resources.fingerprints import fingerprint
from localcloud.resources.instance_documents import complete_instance
from localcloud.resources.references import Reference
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Transaction


def stock_out_fact(zone: str) -> str:
    """Store fact that is `1` while a zone has no machines left (injected on the admin port)."""
    return f"stockout/{zone}"


def last_start(instance: Resource) -> float:
    """When it booted last, in cloud time; 0 for one that has not yet."""
    started = instance.body.get("lastStartTimestamp")
    return parse_timestamp(started) if started else 0.0


def new_internal(created_by: str | None) -> Document:
    """What an instance starts from, unseen by the API.

    Args:
        created_by: relative path of the instance group manager that makes it; None for one made by a caller.
    """
    return {
        "desired": "RUNNING",
        "operations": [],
        "runtime": None,
        "generation": 0,
        "halt": "stop",
        "health": {},
        "drain_until": None,
        "created_by": created_by,
        "made_disks": [],
    }


def _rule(change: Change) -> None:
    """Machine type, disks, interfaces, service account and schedule, as complete_instance says."""
    if change.before is None:
        complete_instance(change)


def _removed(transaction: Transaction, instance: Resource) -> None:
    """Free its disks: those with autoDelete go with it."""
    for disk in instance.body.get("disks", []):
        resource = transaction.get(compute_path(disk["source"]))
        if resource is None:
            continue
        if disk["autoDelete"]:
            remove(DISK, transaction, resource)
        else:
            users = [user for user in resource.body.get("users", []) if user != instance.path.self_link]
            transaction.put(resource.path, resource.body | {"users": users})


INSTANCE = register(
    Kind(
        collection="instances",
        kind="compute#instance",
        noun="instance",
        parameter="instance",
        services={"zones": "instances"},
        verbs=("setLabels",),
        aggregated="instances",
        references=(
            Reference("machineType", ("machineTypes",)),
            Reference("networkInterfaces[].network", ("networks",)),
            Reference("networkInterfaces[].subnetwork", ("subnetworks",)),
            Reference("disks[].source", ("disks",)),
            Reference("disks[].initializeParams.sourceImage", ("images", "images/family")),
            Reference("disks[].initializeParams.diskType", ("diskTypes",)),
        ),
        output_only=(
            "status",
            "statusMessage",
            "cpuPlatform",
            "lastStartTimestamp",
            "lastStopTimestamp",
            "lastSuspendedTimestamp",
            "resourceStatus",
            "startRestricted",
        ),
        fingerprint=True,
        rule=_rule,
        removed=_removed,
    ),
    without=("insert", "delete"),
)


def create_instance(
    transaction: Transaction,
    *,
    project: str,
    zone: str,
    body: Document,
    now: float,
    settings: Settings,
    created_by: str | None = None,
) -> Resource:
    """Store a new instance that is wanted RUNNING; its controller boots it.

    Args:
        zone: bare zone name.
        body: an Instance document as `instances.insert` takes it, with its name.
        created_by: relative path of the instance group manager, or None.

    Raises:
        ApiError: as `instances.insert` refuses (400, 404, 409).
    """
    path = ResourcePath("compute", project, f"zones/{zone}", INSTANCE.collection, str(body["name"]))
    internal = new_internal(created_by)
    return create(INSTANCE, transaction, path, body, now=now, settings=settings, internal=internal)


def instance_from_template(
    transaction: Transaction,
    template_body: Document,
    name: str,
    zone: str,
    *,
    project: str,
    now: float,
    settings: Settings,
    created_by: str | None = None,
) -> Resource:
    """Create an instance from an InstanceTemplate document, by the same rules as `instances.insert`.

    Templates name machine and disk types without a zone; here they get it. Like Google, a managed instance also
    gets the metadata keys `instance-template` and `created-by`.

    Raises:
        ApiError: as `create_instance`.
    """
    body = template_instance_body(template_body, name, zone)
    if created_by:
        made_from = str(compute_path(template_body["selfLink"]).relative)
        items = body.setdefault("metadata", {}).setdefault("items", [])
        items += [{"key": "instance-template", "value": made_from}, {"key": "created-by", "value": created_by}]
    return create_instance(
        transaction, project=project, zone=zone, body=body, now=now, settings=settings, created_by=created_by
    )


def template_instance_body(template_body: Document, name: str, zone: str) -> Document:
    """The Instance document that a template describes, for one name and zone."""
    body: Document = {**template_body["properties"], "name": name}
    body["machineType"] = f"zones/{zone}/machineTypes/{body['machineType']}"
    body["disks"] = [_zoned_disk(disk, zone) for disk in body.get("disks", [])]
    return body


def _zoned_disk(disk: Document, zone: str) -> Document:
    parameters = disk.get("initializeParams")
    if parameters is None or "diskType" not in parameters:
        return disk
    located = f"zones/{zone}/diskTypes/{parameters['diskType']}"
    return disk | {"initializeParams": parameters | {"diskType": located}}


def request_start(transaction: Transaction, instance: Resource, *, operation: ResourcePath | None = None) -> Resource:
    """Want the instance RUNNING, booted again when it was stopped: from now on it is PROVISIONING.

    Args:
        operation: an operation the controller finishes when the state is reached.
    """
    stopped = instance.internal["desired"] != "RUNNING"
    generation = instance.internal["generation"] + (1 if stopped else 0)
    if instance.body["status"] in ("TERMINATED", "SUSPENDED"):
        instance = replace(instance, body=instance.body | {"status": "PROVISIONING"})
    return _want(transaction, instance, operation, desired="RUNNING", generation=generation)


def request_stop(
    transaction: Transaction, instance: Resource, *, operation: ResourcePath | None = None, halt: str = "stop"
) -> Resource:
    """Want the instance TERMINATED: `halt` is `stop` (ACPI shutdown with its grace) or `kill` (power cut)."""
    return _want(transaction, instance, operation, desired="TERMINATED", halt=halt)


def request_suspend(transaction: Transaction, instance: Resource, *, operation: ResourcePath | None = None) -> Resource:
    """Want the instance SUSPENDED."""
    return _want(transaction, instance, operation, desired="SUSPENDED")


def request_reset(transaction: Transaction, instance: Resource, *, operation: ResourcePath | None = None) -> Resource:
    """Want the instance booted again at once, without a shutdown; its disks and addresses stay."""
    generation = instance.internal["generation"] + 1
    return _want(transaction, instance, operation, generation=generation, halt="kill")


def request_delete(
    transaction: Transaction, instance: Resource, *, operation: ResourcePath | None = None, halt: str = "stop"
) -> Resource:
    """Want the instance gone; the controller stops it and calls `delete_instance` at the end.

    Raises:
        ApiError: 400 when the instance is protected from deletion.
    """
    if instance.body.get("deletionProtection"):
        raise invalid_field(
            "resource.deletionProtection",
            "true",
            f"Resource cannot be deleted if it's protected against deletion; '{instance.path.relative}' is.",
        )
    return _want(transaction, instance, operation, desired="DELETED", halt=halt)


def delete_instance(transaction: Transaction, instance: Resource) -> None:
    """Remove the instance and its autoDelete disks from the store; its machine is gone already."""
    remove(INSTANCE, transaction, instance)


def discard_instance(transaction: Transaction, instance: Resource) -> None:
    """Remove an instance that could not be made from the store, with the disks that were made for it and no others."""
    made = instance.internal.get("made_disks", [])
    disks = [disk | {"autoDelete": disk["source"] in made} for disk in instance.body["disks"]]
    remove(INSTANCE, transaction, replace(instance, body=instance.body | {"disks": disks}))


def stored_instance(instance: Resource, transaction: Transaction) -> Resource:
    """Store the instance's changed document with a new fingerprint."""
    body = instance.body | {"fingerprint": fingerprint(instance.body)}
    return transaction.put(instance.path, body, instance.internal)


def _want(transaction: Transaction, instance: Resource, operation: ResourcePath | None, **wanted: object) -> Resource:
    internal = instance.internal | wanted
    if instance.internal["desired"] == "DELETED" and wanted.get("desired") != "DELETED":
        raise not_ready(instance.path.relative)
    if operation is not None:
        internal["operations"] = [*internal["operations"], str(operation)]
    return transaction.put(instance.path, instance.body, internal)
