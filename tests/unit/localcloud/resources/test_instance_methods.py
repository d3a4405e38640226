"""Instances: what insert fills in and refuses, and what each method asks of the controller."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX, instance_body

ZONE = "us-central1-a"
WHERE = {"zone": ZONE, "instance": "web-1"}
RELATIVE = f"zones/{ZONE}/instances/web-1"


@pytest.fixture
def instance(cloud):
    """A cloud with network `web` and the instance `web-1`, still PROVISIONING."""
    cloud.network()
    cloud.call("instances.insert", instance_body("web-1"), zone=ZONE)
    return cloud


def test_insert_fills_in_and_waits_for_the_controller(cloud):
    cloud.network()
    operation = cloud.call("instances.insert", instance_body("web-1"), zone=ZONE)
    assert operation["status"] == "RUNNING"
    assert operation["zone"] == f"{PREFIX}zones/{ZONE}"
    stored = cloud.stored(RELATIVE)
    body = stored.body
    assert body["status"] == "PROVISIONING"
    assert body["machineType"] == f"{PREFIX}zones/{ZONE}/machineTypes/e2-medium"
    interface = body["networkInterfaces"][0]
    assert interface["network"] == f"{PREFIX}global/networks/web"
    assert (interface["name"], interface["networkIP"]) == ("nic0", "10.10.0.2")
    assert interface["accessConfigs"][0]["natIP"] == "203.0.113.1"
    assert body["scheduling"] == {
        "onHostMaintenance": "MIGRATE",
        "automaticRestart": True,
        "preemptible": False,
        "provisioningModel": "STANDARD",
    }
    assert body["metadata"]["fingerprint"]
    assert stored.internal["desired"] == "RUNNING"
    assert stored.internal["created_by"] is None
    name = operation["name"]
    assert stored.internal["operations"] == [f"compute/projects/flaskscale-local/zones/{ZONE}/operations/{name}"]


def test_the_boot_disk_is_a_disk(instance):
    attached = instance.body(RELATIVE)["disks"][0]
    disk = instance.body(f"zones/{ZONE}/disks/web-1")
    assert attached["source"] == disk["selfLink"]
    assert attached["boot"] is True
    assert disk["users"] == [f"{PREFIX}{RELATIVE}"]
    assert disk["sourceImage"].endswith("/cos-cloud/global/images/cos-stable-121-18867-90-62")
    assert disk["sizeGb"] == "10"


def test_addresses_are_unique_and_run_out(cloud):
    cloud.network()
    for number in range(12):
        cloud.call("instances.insert", instance_body(f"web-{number}"), zone=ZONE)
    used = [cloud.body(f"zones/{ZONE}/instances/web-{n}")["networkInterfaces"][0]["networkIP"] for n in range(12)]
    assert used == [f"10.10.0.{n}" for n in range(2, 14)]
    code, sentence = cloud.refused("instances.insert", instance_body("web-12"), zone=ZONE)
    assert (code, sentence) == (400, f"IP space of '{PREFIX}regions/us-central1/subnetworks/web' is exhausted.")


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        (
            {"machineType": f"zones/{ZONE}/machineTypes/e2-huge"},
            404,
            f"The resource 'projects/flaskscale-local/zones/{ZONE}/machineTypes/e2-huge' was not found",
        ),
        (
            {"machineType": "zones/us-central1-b/machineTypes/e2-medium"},
            400,
            f"Invalid value for field 'resource.machineType': "
            f"'{PREFIX}zones/us-central1-b/machineTypes/e2-medium'. "
            f"The machine type must be in 'zones/{ZONE}'.",
        ),
        ({"disks": []}, 400, "Required field 'resource.disks' not specified"),
        (
            {"disks": [{"boot": True, "initializeParams": {"diskSizeGb": "20"}}]},
            400,
            "Invalid value for field 'resource.disks[0]': 'boot'. Boot disk must have a source specified",
        ),
        (
            {"networkInterfaces": [{"network": "global/networks/web"}]},
            400,
            f"Invalid value for field 'resource.networkInterfaces[0]': '{PREFIX}global/networks/web'. Subnetwork "
            "should "
            "be specified for custom subnetmode network",
        ),
        (
            {"serviceAccounts": [{"email": "none@flaskscale-local.iam.gserviceaccount.com"}]},
            404,
            "The resource 'none@flaskscale-local.iam.gserviceaccount.com' of type 'serviceAccount' was not found.",
        ),
        (
            {"scheduling": {"provisioningModel": "SPOT", "automaticRestart": True}},
            400,
            "Invalid value for field 'resource.scheduling.automaticRestart': 'true'. Scheduling must have "
            "automaticRestart be false when preemptible is true.",
        ),
        (
            {"metadata": {"items": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}},
            400,
            "Invalid value for field 'resource.metadata': 'a'. Metadata has duplicate keys: a",
        ),
        (
            {"networkInterfaces": [{"subnetwork": "regions/us-central1/subnetworks/web", "networkIP": "10.10.0.1"}]},
            400,
            "Invalid value for field 'resource.networkInterfaces[0].networkIP': '10.10.0.1'. IP address must be "
            "a usable "
            "address of the subnetwork's range '10.10.0.0/28'.",
        ),
    ],
)
def test_insert_refuses(cloud, fields, code, sentence):
    cloud.network()
    assert cloud.refused("instances.insert", instance_body("web-1") | fields, zone=ZONE) == (code, sentence)
    assert not cloud.exists(f"zones/{ZONE}/disks/web-1")


def test_insert_refuses_a_disk_that_another_instance_uses(instance):
    for fields in ({}, {"mode": "READ_ONLY"}):
        body = instance_body("web-2") | {"disks": [{"source": f"zones/{ZONE}/disks/web-1", "boot": True} | fields]}
        assert instance.refused("instances.insert", body, zone=ZONE) == (
            400,
            f"The disk resource 'projects/flaskscale-local/zones/{ZONE}/disks/web-1' is already being used by "
            f"'projects/flaskscale-local/{RELATIVE}'",
        )
    assert instance.body(f"zones/{ZONE}/disks/web-1")["users"] == [f"{PREFIX}{RELATIVE}"]


def test_spot(cloud):
    cloud.network()
    body = instance_body("web-1") | {"scheduling": {"provisioningModel": "SPOT"}}
    cloud.call("instances.insert", body, zone=ZONE)
    assert cloud.body(RELATIVE)["scheduling"] == {
        "provisioningModel": "SPOT",
        "instanceTerminationAction": "STOP",
        "onHostMaintenance": "TERMINATE",
        "automaticRestart": False,
        "preemptible": True,
    }
    cloud.call("instances.simulateMaintenanceEvent", **WHERE)
    assert cloud.stored(RELATIVE).internal["desired"] == "TERMINATED"


def test_insert_from_a_template(cloud):
    cloud.network()
    cloud.template()
    template = "global/instanceTemplates/web-1"
    cloud.call("instances.insert", {"name": "web-1"}, zone=ZONE, sourceInstanceTemplate=template)
    assert cloud.body(RELATIVE)["machineType"].endswith("/machineTypes/e2-medium")


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
