"""The API's methods on instances (https://cloud.google.com/compute/docs/reference/rest/v1/instances)."""

from __future__ import annotations

from localcloud.errors.api import invalid, invalid_field, required_field
from localcloud.resources.call import Call, handles
from localcloud.resources.collection_methods import existing, mutates, operation_on
from localcloud.resources.disks import refuse_used_disk
from localcloud.resources.fields import checked_name, require
from localcloud.resources.fingerprints import check_fingerprint
from localcloud.resources.instance_documents import completed_scheduling
from localcloud.resources.instances import (
    INSTANCE,
    create_instance,
    request_delete,
    request_reset,
    request_start,
    request_stop,
    request_suspend,
    stored_instance,
    template_instance_body,
)
from localcloud.resources.metadata import completed_metadata, completed_tags
from localcloud.resources.references import Place, resolve
from localcloud.serial_log import SerialOutput, serial_log
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource

_STOPPED = ("TERMINATED", "STOPPED")


@mutates("compute.instances.insert")
def insert(call: Call) -> Document:
    """Machine type, network, disks, service account and schedule exist and fit; addresses are allotted.

    The operation is done when the instance is RUNNING; nothing is left of one that cannot boot, and it says why.
    """
    checked_name(call.body)
    body = call.body
    zone = str(call.parameters["zone"])
    if source := call.parameters.get("sourceInstanceTemplate"):
        place = Place(call.transaction, call.project, call.settings)
        path = resolve(place, "sourceInstanceTemplate", source, ("instanceTemplates",))
        template = call.transaction.get(path)
        body = (template_instance_body(template.body, body["name"], zone) if template else {}) | body
    instance = create_instance(
        call.transaction, project=call.project, zone=zone, body=body, now=call.now, settings=call.settings
    )
    reply, operation = _waiting(call, instance)
    request_start(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.delete")
def delete(call: Call) -> Document:
    """Refused while it is protected from deletion; done when the machine and its autoDelete disks are gone."""
    instance = existing(INSTANCE, call)
    reply, operation = _waiting(call, instance)
    request_delete(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.start")
def start(call: Call) -> Document:
    """From TERMINATED, with a boot disk; done when RUNNING."""
    instance = existing(INSTANCE, call)
    if instance.body["status"] in ("SUSPENDED", "SUSPENDING"):
        raise _wrong_status(instance, "TERMINATED", "resume it instead")
    if not _has_boot_disk(instance):
        raise invalid_field(
            "resource.disks",
            "[]",
            f"Instance '{instance.path.relative}' has no boot disk; attach one with boot set before it is started.",
        )
    reply, operation = _waiting(call, instance)
    request_start(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.stop")
def stop(call: Call) -> Document:
    """ACPI shutdown; done when TERMINATED."""
    instance = existing(INSTANCE, call)
    reply, operation = _waiting(call, instance)
    request_stop(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.reset")
def reset(call: Call) -> Document:
    """From RUNNING; the machine boots again, its addresses and disks stay."""
    instance = existing(INSTANCE, call)
    if instance.internal["desired"] != "RUNNING":
        raise _wrong_status(instance, "RUNNING", "start it instead")
    reply, operation = _waiting(call, instance)
    request_reset(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.suspend")
def suspend(call: Call) -> Document:
    """From RUNNING; done when SUSPENDED."""
    instance = existing(INSTANCE, call)
    if instance.body["status"] != "RUNNING":
        raise _wrong_status(instance, "RUNNING", "wait until it runs")
    reply, operation = _waiting(call, instance)
    request_suspend(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.resume")
def resume(call: Call) -> Document:
    """From SUSPENDED; done when RUNNING."""
    instance = existing(INSTANCE, call)
    if instance.body["status"] != "SUSPENDED":
        raise _wrong_status(instance, "SUSPENDED", "start it instead")
    reply, operation = _waiting(call, instance)
    request_start(call.transaction, instance, operation=operation)
    return reply


@mutates("compute.instances.setMetadata")
def set_metadata(call: Call) -> Document:
    """The whole metadata is replaced; its fingerprint must be the current one."""
    instance = existing(INSTANCE, call)
    check_fingerprint(
        call.body, instance.body["metadata"]["fingerprint"], instance.path.relative, required="fingerprint"
    )
    instance.body["metadata"] = completed_metadata(call.body, "resource.metadata")
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.setTags")
def set_tags(call: Call) -> Document:
    """All tags are replaced; their fingerprint must be the current one."""
    instance = existing(INSTANCE, call)
    check_fingerprint(call.body, instance.body["tags"]["fingerprint"], instance.path.relative, required="fingerprint")
    instance.body["tags"] = completed_tags(call.body, "resource.tags")
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.setMachineType")
def set_machine_type(call: Call) -> Document:
    """Only while TERMINATED, to a machine type of the same zone."""
    instance = existing(INSTANCE, call)
    _require_stopped(instance)
    require(call.body, "machineType")
    place = Place(call.transaction, call.project, call.settings)
    path = resolve(place, "machineType", call.body["machineType"], ("machineTypes",))
    if path.location != instance.path.location:
        raise invalid_field("machineType", call.body["machineType"], f"Must be in '{instance.path.location}'.")
    instance.body["machineType"] = path.self_link
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.setScheduling")
def set_scheduling(call: Call) -> Document:
    """Restart and maintenance behaviour; the provisioning model only while TERMINATED."""
    instance = existing(INSTANCE, call)
    scheduling = completed_scheduling(call.body)
    if scheduling["provisioningModel"] != instance.body["scheduling"]["provisioningModel"]:
        _require_stopped(instance)
    instance.body["scheduling"] = scheduling
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.setDeletionProtection")
def set_deletion_protection(call: Call) -> Document:
    """The query parameter deletionProtection, true when it is left out."""
    instance = existing(INSTANCE, call)
    instance.body["deletionProtection"] = call.parameters.get("deletionProtection", True)
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.attachDisk")
def attach_disk(call: Call) -> Document:
    """A disk of the zone that no other instance uses; a boot disk only while TERMINATED, where there is none.

    Differs: the machine does not see the disk; only the documents change.
    """
    instance = existing(INSTANCE, call)
    if "source" not in call.body:
        raise required_field("resource.source")
    place = Place(call.transaction, call.project, call.settings)
    path = resolve(place, "resource.source", call.body["source"], ("disks",))
    disk = call.transaction.get(path)
    if disk is None or path.location != instance.path.location:
        raise invalid_field("resource.source", call.body["source"], f"Must be in '{instance.path.location}'.")
    refuse_used_disk(disk)
    boot = call.body.get("boot", False)
    if boot:
        _require_place_for_boot_disk(instance)
    index = 0 if boot else max((item["index"] for item in instance.body["disks"]), default=0) + 1
    attached: Document = {
        "kind": "compute#attachedDisk",
        "type": "PERSISTENT",
        "mode": call.body.get("mode", "READ_WRITE"),
        "source": path.self_link,
        "deviceName": call.body.get("deviceName", f"persistent-disk-{index}"),
        "index": index,
        "boot": boot,
        "autoDelete": call.body.get("autoDelete", False),
        "interface": call.body.get("interface", "SCSI"),
        "diskSizeGb": disk.body["sizeGb"],
    }
    instance.body["disks"].insert(0 if boot else len(instance.body["disks"]), attached)
    call.transaction.put(path, disk.body | {"users": [instance.path.self_link]})
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.detachDisk")
def detach_disk(call: Call) -> Document:
    """By device name; the boot disk only while TERMINATED.

    Differs: the machine does not see the change; only the documents do.
    """
    instance = existing(INSTANCE, call)
    name = str(call.parameters["deviceName"])
    found = [disk for disk in instance.body["disks"] if disk["deviceName"] == name]
    if not found:
        raise invalid_field("deviceName", name, "No disk is attached under this name.")
    if found[0]["boot"]:
        _require_stopped(instance)
    instance.body["disks"].remove(found[0])
    disk = call.transaction.get(compute_path(found[0]["source"]))
    if disk is not None:
        users = [user for user in disk.body.get("users", []) if user != instance.path.self_link]
        call.transaction.put(disk.path, disk.body | {"users": users})
    return operation_on(call, stored_instance(instance, call.transaction))


@mutates("compute.instances.simulateMaintenanceEvent")
def simulate_maintenance_event(call: Call) -> Document:
    """A Spot instance is preempted: stopped, or deleted, as its instanceTerminationAction says.

    Differs: a standard instance migrates without anything to see.
    """
    instance = existing(INSTANCE, call)
    scheduling = instance.body["scheduling"]
    if not scheduling["preemptible"]:
        return operation_on(call, instance)
    reply, operation = _waiting(call, instance)
    if scheduling.get("instanceTerminationAction") == "DELETE":
        request_delete(call.transaction, instance, operation=operation)
    else:
        request_stop(call.transaction, instance, operation=operation)
    return reply


@handles("compute.instances.getSerialPortOutput")
def get_serial_port_output(call: Call) -> Document:
    """Port 1 from byte `start`, at most 1 MB; a negative start counts from the end.

    Differs: ports 2 to 4 are empty.
    """
    instance = existing(INSTANCE, call)
    start = int(call.parameters.get("start", 0))
    first_port = call.parameters.get("port", 1) == 1
    log = serial_log(call.settings.state, instance.path.scope_name, instance.path.name)
    output = log.read(start) if first_port else SerialOutput("", 0, 0)
    return {
        "kind": "compute#serialPortOutput",
        "contents": output.contents,
        "start": str(output.start),
        "next": str(output.next),
        "selfLink": f"{instance.path.self_link}/serialPort",
    }


def _waiting(call: Call, instance: Resource) -> tuple[Document, ResourcePath]:
    """An operation that the instance controller finishes: the reply, and its path."""
    reply = operation_on(call, instance, waits=True)
    return reply, compute_path(reply["selfLink"])


def _has_boot_disk(instance: Resource) -> bool:
    return any(disk["boot"] for disk in instance.body["disks"])


def _require_place_for_boot_disk(instance: Resource) -> None:
    _require_stopped(instance)
    if _has_boot_disk(instance):
        raise invalid_field(
            "resource.boot", "true", f"Instance '{instance.path.relative}' has a boot disk; detach that first."
        )


def _require_stopped(instance: Resource) -> None:
    if instance.body["status"] not in _STOPPED:
        raise _wrong_status(instance, "TERMINATED", "stop it first")


def _wrong_status(instance: Resource, wanted: str, advice: str) -> Exception:
    return invalid(f"Instance '{instance.path.relative}' is {instance.body['status']}, but must be {wanted}; {advice}.")
