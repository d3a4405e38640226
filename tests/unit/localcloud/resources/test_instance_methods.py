"""Instances: what each method asks of the controller."""

from __future__ import annotations

import pytest

ZONE = "us-central1-a"
WHERE = {"zone": ZONE, "instance": "web-1"}
RELATIVE = f"zones/{ZONE}/instances/web-1"


def test_stop_start_reset_delete_say_what_is_wanted(instance):
    instance.call("instances.stop", **WHERE)
    assert instance.stored(RELATIVE).internal["desired"] == "TERMINATED"
    instance.call("instances.start", **WHERE)
    internal = instance.stored(RELATIVE).internal
    assert (internal["desired"], internal["generation"]) == ("RUNNING", 1)
    instance.call("instances.reset", **WHERE)
    internal = instance.stored(RELATIVE).internal
    assert (internal["generation"], internal["halt"]) == (2, "kill")
    instance.call("instances.delete", **WHERE)
    internal = instance.stored(RELATIVE).internal
    assert internal["desired"] == "DELETED"
    assert len(internal["operations"]) == 5
    assert instance.refused("instances.start", **WHERE) == (
        400,
        f"The resource 'projects/flaskscale-local/{RELATIVE}' is not ready",
    )


def test_suspend_and_resume_need_the_right_status(instance):
    refusal = (
        f"Instance 'projects/flaskscale-local/{RELATIVE}' is PROVISIONING, but must be RUNNING; wait until it runs."
    )
    assert instance.refused("instances.suspend", **WHERE) == (400, refusal)
    instance.show(RELATIVE, status="RUNNING")
    instance.call("instances.suspend", **WHERE)
    instance.show(RELATIVE, status="SUSPENDED")
    assert instance.stored(RELATIVE).internal["desired"] == "SUSPENDED"
    instance.call("instances.resume", **WHERE)
    assert instance.stored(RELATIVE).internal["desired"] == "RUNNING"


def test_deletion_protection(instance):
    instance.call("instances.setDeletionProtection", zone=ZONE, resource="web-1", deletionProtection=True)
    assert instance.refused("instances.delete", **WHERE) == (
        400,
        "Invalid value for field 'resource.deletionProtection': 'true'. Resource cannot be deleted if it's "
        "protected "
        f"against deletion; 'projects/flaskscale-local/{RELATIVE}' is.",
    )


def test_set_metadata_checks_its_fingerprint(instance):
    current = instance.body(RELATIVE)["metadata"]["fingerprint"]
    items = [{"key": "a", "value": "1"}]
    instance.call("instances.setMetadata", {"items": items, "fingerprint": current}, **WHERE)
    assert instance.body(RELATIVE)["metadata"]["items"] == items
    assert instance.refused("instances.setMetadata", {"items": [], "fingerprint": current}, **WHERE)[0] == 412
    assert instance.refused("instances.setMetadata", {"items": []}, **WHERE) == (
        400,
        "Required field 'fingerprint' not specified",
    )


def test_set_tags(instance):
    current = instance.body(RELATIVE)["tags"]["fingerprint"]
    instance.call("instances.setTags", {"items": ["http"], "fingerprint": current}, **WHERE)
    assert instance.body(RELATIVE)["tags"]["items"] == ["http"]


def test_machine_type_changes_only_while_stopped(instance):
    body = {"machineType": f"zones/{ZONE}/machineTypes/e2-small"}
    assert instance.refused("instances.setMachineType", body, **WHERE)[1].endswith("must be TERMINATED; stop it first.")
    instance.show(RELATIVE, status="TERMINATED")
    instance.call("instances.setMachineType", body, **WHERE)
    assert instance.body(RELATIVE)["machineType"].endswith("/e2-small")


def test_attach_and_detach_a_disk(instance):
    instance.call("disks.insert", {"name": "data", "sizeGb": "20"}, zone=ZONE)
    source = f"zones/{ZONE}/disks/data"
    instance.call("instances.attachDisk", {"source": source, "deviceName": "data"}, **WHERE)
    assert instance.refused("disks.delete", zone=ZONE, disk="data") == (
        400,
        f"The disk resource 'projects/flaskscale-local/{source}' is already being used by "
        f"'projects/flaskscale-local/{RELATIVE}'",
    )
    assert instance.refused("instances.attachDisk", {"source": source}, **WHERE)[0] == 400
    instance.call("instances.detachDisk", deviceName="data", **WHERE)
    instance.call("disks.delete", zone=ZONE, disk="data")
    assert not instance.exists(source)


@pytest.mark.parametrize(("halted", "method"), [("TERMINATED", "start"), ("SUSPENDED", "resume")])
def test_an_instance_that_is_being_started_is_not_stopped_any_more(instance, halted, method):
    instance.call("disks.insert", {"name": "data", "sizeGb": "20"}, zone=ZONE)
    instance.show(RELATIVE, status=halted)
    instance.change(RELATIVE, desired=halted)
    instance.call(f"instances.{method}", **WHERE)
    assert instance.body(RELATIVE)["status"] == "PROVISIONING"
    name = f"projects/flaskscale-local/{RELATIVE}"
    refused = (400, f"Instance '{name}' is PROVISIONING, but must be TERMINATED; stop it first.")
    smaller = {"machineType": f"zones/{ZONE}/machineTypes/e2-small"}
    assert instance.refused("instances.setMachineType", smaller, **WHERE) == refused
    assert instance.refused("instances.detachDisk", deviceName="persistent-disk-0", **WHERE) == refused
    boot = {"source": f"zones/{ZONE}/disks/data", "boot": True}
    assert instance.refused("instances.attachDisk", boot, **WHERE) == refused


def test_an_instance_starts_with_a_boot_disk_only(instance):
    instance.show(RELATIVE, status="TERMINATED")
    instance.call("instances.detachDisk", deviceName="persistent-disk-0", **WHERE)
    assert instance.refused("instances.start", **WHERE) == (
        400,
        f"Invalid value for field 'resource.disks': '[]'. Instance 'projects/flaskscale-local/{RELATIVE}' has no boot "
        "disk; attach one with boot set before it is started.",
    )
    instance.call("instances.attachDisk", {"source": f"zones/{ZONE}/disks/web-1", "boot": True}, **WHERE)
    (attached,) = instance.body(RELATIVE)["disks"]
    assert (attached["boot"], attached["index"], attached["deviceName"]) == (True, 0, "persistent-disk-0")
    instance.call("instances.start", **WHERE)


def test_a_boot_disk_is_attached_to_a_stopped_instance_that_has_none(instance):
    instance.call("disks.insert", {"name": "data", "sizeGb": "20"}, zone=ZONE)
    body = {"source": f"zones/{ZONE}/disks/data", "boot": True}
    assert instance.refused("instances.attachDisk", body, **WHERE)[1].endswith("must be TERMINATED; stop it first.")
    instance.show(RELATIVE, status="TERMINATED")
    assert instance.refused("instances.attachDisk", body, **WHERE) == (
        400,
        f"Invalid value for field 'resource.boot': 'true'. Instance 'projects/flaskscale-local/{RELATIVE}' has a boot "
        "disk; detach that first.",
    )
    instance.call("instances.detachDisk", deviceName="persistent-disk-0", **WHERE)
    instance.call("instances.attachDisk", {"source": f"zones/{ZONE}/disks/web-1"}, **WHERE)
    instance.call("instances.attachDisk", body, **WHERE)
    assert [disk["index"] for disk in instance.body(RELATIVE)["disks"]] == [0, 1]


def test_serial_port_output_follows_the_runtimes_file(instance):
    log = instance.settings.state / "instances" / ZONE / "web-1" / "serial.log"
    empty = instance.call("instances.getSerialPortOutput", **WHERE)
    assert (empty["contents"], empty["next"]) == ("", "0")
    log.parent.mkdir(parents=True)
    log.write_text("booting\nready\n")
    output = instance.call("instances.getSerialPortOutput", start="8", **WHERE)
    assert (output["contents"], output["start"], output["next"]) == ("ready\n", "8", "14")


def test_filter_by_status(instance):
    listed = instance.call("instances.list", zone=ZONE, filter="status = RUNNING")
    assert "items" not in listed
    listed = instance.call("instances.list", zone=ZONE, filter='name = "web-1"')
    assert [item["name"] for item in listed["items"]] == ["web-1"]
