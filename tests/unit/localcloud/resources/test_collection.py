"""What every kind shares: names, identity, conflicts, fingerprints, users, lists, repeated requests."""

from __future__ import annotations

import uuid

import pytest

from localcloud.discovery.description import load
from localcloud.resources.call import HANDLERS
from localcloud.resources.collection import KINDS

ZONE = "us-central1-a"


def test_every_registered_compute_method_is_one_of_google():
    methods = load("compute").methods
    unknown = [method for method in HANDLERS if method.startswith("compute.") and method not in methods]
    assert unknown == []


def test_every_reference_names_kinds_that_exist():
    known = {*KINDS, "zones", "regions", "machineTypes", "diskTypes", "images", "images/family"}
    pointed = {name for kind in KINDS.values() for reference in kind.references for name in reference.collections}
    assert pointed <= known


def test_insert_gives_identity_and_an_operation_on_the_resource(cloud):
    operation = cloud.call("networks.insert", {"name": "web", "autoCreateSubnetworks": False})
    network = cloud.call("networks.get", network="web")
    assert network["selfLink"] == "https://www.googleapis.com/compute/v1/projects/flaskscale-local/global/networks/web"
    assert network["kind"] == "compute#network"
    assert network["creationTimestamp"].startswith("2023-11-14T22:13:20")
    assert int(network["id"]) > 0
    assert operation["operationType"] == "compute.networks.insert"
    assert operation["targetLink"] == network["selfLink"]
    assert operation["targetId"] == network["id"]
    assert operation["status"] == "DONE"


def test_identity_in_the_body_is_ignored(cloud):
    cloud.call("networks.insert", {"name": "web", "kind": "x", "id": "7", "selfLink": "there"})
    assert cloud.call("networks.get", network="web")["id"] != "7"


def test_name_is_required(cloud):
    assert cloud.refused("networks.insert", {}) == (400, "Required field 'resource.name' not specified")


def test_duplicate(cloud):
    cloud.network()
    assert cloud.refused("networks.insert", {"name": "web"}) == (
        409,
        "The resource 'projects/flaskscale-local/global/networks/web' already exists",
    )


@pytest.mark.parametrize("method", ["networks.get", "networks.delete"])
def test_missing(cloud, method):
    assert cloud.refused(method, network="none") == (
        404,
        "The resource 'projects/flaskscale-local/global/networks/none' was not found",
    )


def test_unknown_zone(cloud):
    assert cloud.refused("disks.insert", {"name": "data"}, zone="us-central1-z") == (
        404,
        "The resource 'projects/flaskscale-local/zones/us-central1-z' was not found",
    )
    assert cloud.refused("disks.list", zone="us-central1-z")[0] == 404


def test_deleting_what_is_used_names_the_user(cloud):
    cloud.network()
    assert cloud.refused("networks.delete", network="web") == (
        400,
        "The network resource 'projects/flaskscale-local/global/networks/web' is already being used by "
        "'projects/flaskscale-local/regions/us-central1/subnetworks/web'",
    )
    cloud.call("subnetworks.delete", region="us-central1", subnetwork="web")
    cloud.call("networks.delete", network="web")
    assert not cloud.exists("global/networks/web")


def test_immutable_field(cloud):
    cloud.network()
    assert cloud.refused("networks.patch", {"mtu": 1500}, network="web") == (
        400,
        "Invalid value for field 'resource.mtu': '1500'. The field cannot be changed after the network was made; "
        "it is '1460'.",
    )


def test_patch_merges_objects_replaces_arrays_and_clears_with_null(cloud):
    cloud.network()
    body = {
        "name": "web",
        "description": "first",
        "network": "global/networks/web",
        "sourceRanges": ["10.0.0.0/8", "192.168.0.0/16"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["80"]}],
        "logConfig": {"enable": True, "metadata": "EXCLUDE_ALL_METADATA"},
    }
    cloud.call("firewalls.insert", body)
    cloud.call(
        "firewalls.patch",
        {"name": "web", "description": None, "sourceRanges": ["10.0.0.0/8"], "logConfig": {"enable": False}},
        firewall="web",
    )
    changed = cloud.body("global/firewalls/web")
    assert "description" not in changed
    assert changed["sourceRanges"] == ["10.0.0.0/8"]
    assert changed["logConfig"] == {"enable": False, "metadata": "EXCLUDE_ALL_METADATA"}


def test_update_returns_what_is_left_out_to_its_default(cloud):
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP", "checkIntervalSec": 30, "description": "d"})
    identity = cloud.body("global/healthChecks/web")["id"]
    cloud.call("healthChecks.update", {"name": "web", "type": "HTTP"}, healthCheck="web")
    changed = cloud.body("global/healthChecks/web")
    assert changed["checkIntervalSec"] == 5
    assert "description" not in changed
    assert changed["id"] == identity


def test_fingerprint_changes_with_every_write_and_a_stale_one_is_412(cloud):
    cloud.network()
    before = cloud.body("regions/us-central1/subnetworks/web")["fingerprint"]
    where = {"region": "us-central1", "subnetwork": "web"}
    cloud.call("subnetworks.patch", {"description": "one", "fingerprint": before}, **where)
    assert cloud.body("regions/us-central1/subnetworks/web")["fingerprint"] != before
    assert cloud.refused("subnetworks.patch", {"description": "two", "fingerprint": before}, **where) == (
        412,
        "The fingerprint of 'projects/flaskscale-local/regions/us-central1/subnetworks/web' does not match; read "
        "it "
        "again and send the current one",
    )


def test_set_labels_needs_the_current_label_fingerprint(cloud):
    cloud.call("globalAddresses.insert", {"name": "web", "labels": {"a": "1"}})
    assert cloud.refused("globalAddresses.setLabels", {"labels": {}}, resource="web") == (
        400,
        "Required field 'labelFingerprint' not specified",
    )
    current = cloud.body("global/addresses/web")["labelFingerprint"]
    cloud.call("globalAddresses.setLabels", {"labels": {"b": "2"}, "labelFingerprint": current}, resource="web")
    assert cloud.body("global/addresses/web")["labels"] == {"b": "2"}
    assert (
        cloud.refused("globalAddresses.setLabels", {"labels": {}, "labelFingerprint": current}, resource="web")[0]
        == 412
    )


def test_repeated_request_id_answers_the_first_operation(cloud):
    request = str(uuid.uuid4())
    first = cloud.call("networks.insert", {"name": "web"}, requestId=request)
    again = cloud.call("networks.insert", {"name": "web"}, requestId=request)
    assert again["name"] == first["name"]


def test_a_refused_call_changes_nothing(cloud):
    cloud.network()
    cloud.template()
    body = {
        "name": "web",
        "targetSize": 1,
        "instanceTemplate": "global/instanceTemplates/web-1",
        "baseInstanceName": "X",
    }
    cloud.refused("instanceGroupManagers.insert", body, zone=ZONE)
    assert not cloud.exists(f"zones/{ZONE}/instanceGroups/web")


def test_list_pages_in_order_of_name(cloud):
    for name in ("c", "a", "b"):
        cloud.call("globalAddresses.insert", {"name": name})
    first = cloud.call("globalAddresses.list", maxResults=2)
    assert [item["name"] for item in first["items"]] == ["a", "b"]
    last = cloud.call("globalAddresses.list", maxResults=2, pageToken=first["nextPageToken"])
    assert [item["name"] for item in last["items"]] == ["c"]
    assert "nextPageToken" not in last


def test_empty_list_has_no_items(cloud):
    assert cloud.call("networks.list") == {
        "kind": "compute#networkList",
        "id": "projects/flaskscale-local/global/networks",
        "selfLink": "https://www.googleapis.com/compute/v1/projects/flaskscale-local/global/networks",
    }


def test_regional_list_has_its_own_kind(cloud):
    assert cloud.call("regionAutoscalers.list", region="us-central1")["kind"] == "compute#regionAutoscalerList"


def test_aggregated_list_is_keyed_by_location(cloud):
    cloud.call("disks.insert", {"name": "data"}, zone=ZONE)
    items = cloud.call("disks.aggregatedList")["items"]
    assert [disk["name"] for disk in items[f"zones/{ZONE}"]["disks"]] == ["data"]
    assert items["zones/us-central1-b"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"
    assert "global" not in items


def test_bad_page_token(cloud):
    assert cloud.refused("networks.list", pageToken="!") == (
        400,
        "Invalid value for field 'pageToken': '!'. The page token is not one that this method returned.",
    )
