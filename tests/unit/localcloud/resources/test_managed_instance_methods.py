"""Methods on managed instances: they write intents and the size, nothing else."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX

ZONE = "us-central1-a"
RELATIVE = f"zones/{ZONE}/instanceGroupManagers/web"
WHERE = {"zone": ZONE, "instanceGroupManager": "web"}


@pytest.fixture
def fleet(cloud):
    """A group of two instances, `web-aaaa` and `web-bbbb`, of template `web-1`; `web-2` has another machine "
    "type."""
    cloud.network()
    cloud.template()
    cloud.template("web-2", machineType="e2-small")
    cloud.group(size=2)
    cloud.member("web-aaaa")
    cloud.member("web-bbbb")
    return cloud


def url(name: str) -> str:
    return f"{PREFIX}zones/{ZONE}/instances/{name}"


def test_list(fleet):
    reply = fleet.call("instanceGroupManagers.listManagedInstances", maxResults=1, **WHERE)
    assert [item["name"] for item in reply["managedInstances"]] == ["web-aaaa", "web-bbbb"]
    fleet.call("instanceGroupManagers.patch", {"listManagedInstancesResults": "PAGINATED"}, **WHERE)
    reply = fleet.call("instanceGroupManagers.listManagedInstances", maxResults=1, **WHERE)
    assert [item["name"] for item in reply["managedInstances"]] == ["web-aaaa"]
    assert reply["nextPageToken"]


def test_resize_is_done_when_it_is_scheduled(fleet):
    assert fleet.call("instanceGroupManagers.resize", size=5, **WHERE)["status"] == "DONE"
    manager = fleet.body(RELATIVE)
    assert (manager["targetSize"], manager["versions"][0]["targetSize"]["calculated"]) == (5, 5)
    assert manager["status"]["isStable"] is False


def test_delete_and_abandon_lower_the_size_once(fleet):
    fleet.call("instanceGroupManagers.deleteInstances", {"instances": [url("web-aaaa")]}, **WHERE)
    fleet.call("instanceGroupManagers.deleteInstances", {"instances": [url("web-aaaa")]}, **WHERE)
    assert fleet.intent("web-aaaa") == "DELETE"
    assert fleet.body(RELATIVE)["targetSize"] == 1
    partial = f"zones/{ZONE}/instances/web-bbbb"
    fleet.call("instanceGroupManagers.abandonInstances", {"instances": [partial]}, **WHERE)
    assert fleet.intent("web-bbbb") == "ABANDON"
    assert fleet.body(RELATIVE)["targetSize"] == 0


def test_a_foreign_instance_is_refused_unless_skipped(fleet):
    body = {"instances": [url("other")]}
    assert fleet.refused("instanceGroupManagers.deleteInstances", body, **WHERE) == (
        400,
        f"Invalid value for field 'instances[0]': '{url('other')}'. Instance is not a member of "
        f"'projects/flaskscale-local/{RELATIVE}'.",
    )
    body["skipInstancesOnValidationError"] = True
    fleet.call("instanceGroupManagers.deleteInstances", body, **WHERE)
    assert fleet.body(RELATIVE)["targetSize"] == 2


def test_recreate_keeps_the_size(fleet):
    fleet.call("instanceGroupManagers.recreateInstances", {"instances": [url("web-aaaa")]}, **WHERE)
    assert fleet.intent("web-aaaa") == "RECREATE"
    assert fleet.intent("web-bbbb") is None
    assert fleet.body(RELATIVE)["targetSize"] == 2


def test_apply_updates_takes_the_action_that_is_needed(fleet):
    everything = {"allInstances": True}
    fleet.call("instanceGroupManagers.applyUpdatesToInstances", everything, **WHERE)
    assert fleet.intent("web-aaaa") is None
    fleet.call(
        "instanceGroupManagers.setInstanceTemplate", {"instanceTemplate": "global/instanceTemplates/web-2"}, **WHERE
    )
    refused = everything | {"mostDisruptiveAllowedAction": "REFRESH"}
    assert fleet.refused("instanceGroupManagers.applyUpdatesToInstances", refused, **WHERE) == (
        400,
        "Invalid value for field 'mostDisruptiveAllowedAction': 'REFRESH'. Instance 'web-aaaa' needs RESTART to "
        "reach "
        "its version; allow that, or leave it out.",
    )
    fleet.call("instanceGroupManagers.applyUpdatesToInstances", everything, **WHERE)
    assert fleet.intent("web-aaaa") == "RESTART"
    chosen = {"instances": [url("web-bbbb")], "minimalAction": "REPLACE"}
    fleet.call("instanceGroupManagers.applyUpdatesToInstances", chosen, **WHERE)
    assert fleet.intent("web-bbbb") == "RECREATE"


def test_create_instances_by_name(fleet):
    fleet.call("instanceGroupManagers.createInstances", {"instances": [{"name": "web-special"}]}, **WHERE)
    assert fleet.body(RELATIVE)["targetSize"] == 3
    listed = fleet.call("instanceGroupManagers.listManagedInstances", **WHERE)["managedInstances"]
    special = next(item for item in listed if item["name"] == "web-special")
    assert special["currentAction"] == "CREATING"
    assert special["instance"] == url("web-special")
    assert (
        fleet.refused("instanceGroupManagers.createInstances", {"instances": [{"name": "web-aaaa"}]}, **WHERE)[0] == 409
    )


def test_a_regional_group_with_an_autoscaler_cannot_be_resized(fleet):
    body = {"name": "web", "targetSize": 2, "instanceTemplate": "global/instanceTemplates/web-1"}
    fleet.call("regionInstanceGroupManagers.insert", body, region="us-central1")
    scaler = {
        "name": "web",
        "target": "regions/us-central1/instanceGroupManagers/web",
        "autoscalingPolicy": {"maxNumReplicas": 3},
    }
    fleet.call("regionAutoscalers.insert", scaler, region="us-central1")
    where = {"region": "us-central1", "instanceGroupManager": "web"}
    assert fleet.refused("regionInstanceGroupManagers.resize", size=3, **where) == (
        400,
        "The size of 'projects/flaskscale-local/regions/us-central1/instanceGroupManagers/web' is set by its "
        "autoscaler "
        "'web' in mode ON; set the mode to OFF first.",
    )
    patch = {"autoscalingPolicy": {"mode": "OFF"}}
    fleet.call("regionAutoscalers.patch", patch, region="us-central1", autoscaler="web")
    fleet.call("regionInstanceGroupManagers.resize", size=3, **where)


def test_errors_of_the_last_attempts(fleet):
    managed = fleet.store.get(fleet.path(RELATIVE).child("managedInstances", "web-aaaa"))
    error = {"code": "RESOURCE_OPERATION_FAILED", "message": "no such image"}
    body = managed.body | {"lastAttempt": {"errors": {"errors": [error]}}}
    with fleet.store.transaction() as transaction:
        transaction.put(managed.path, body)
    items = fleet.call("instanceGroupManagers.listErrors", **WHERE)["items"]
    assert [item["error"] for item in items] == [error]
    assert items[0]["instanceActionDetails"]["instance"] == url("web-aaaa")


def test_named_ports_are_set_at_the_group_and_shown_at_the_manager(fleet):
    ports = [{"name": "http", "port": 5000}]
    fleet.call("instanceGroups.setNamedPorts", {"namedPorts": ports}, zone=ZONE, instanceGroup="web")
    assert fleet.body(RELATIVE)["namedPorts"] == ports
    listed = fleet.call("instanceGroups.listInstances", {}, zone=ZONE, instanceGroup="web")
    assert [item["instance"] for item in listed["items"]] == [url("web-aaaa"), url("web-bbbb")]
    assert listed["items"][0]["namedPorts"] == ports
    running = fleet.call("instanceGroups.listInstances", {"instanceState": "RUNNING"}, zone=ZONE, instanceGroup="web")
    assert "items" not in running
