"""Instances: what insert fills in and refuses."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX, instance_body

ZONE = "us-central1-a"
WHERE = {"zone": ZONE, "instance": "web-1"}
RELATIVE = f"zones/{ZONE}/instances/web-1"


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
