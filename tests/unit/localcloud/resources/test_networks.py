"""Networks: defaults, and the subnetworks of auto mode."""

from __future__ import annotations


def test_defaults(cloud):
    cloud.call("networks.insert", {"name": "web", "autoCreateSubnetworks": False})
    network = cloud.body("global/networks/web")
    assert network["mtu"] == 1460
    assert network["routingConfig"] == {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"}
    assert "subnetworks" not in network


def test_auto_mode_has_a_subnetwork_in_every_region_and_takes_them_along(cloud):
    cloud.call("networks.insert", {"name": "web"})
    assert len(cloud.body("global/networks/web")["subnetworks"]) == 3
    assert cloud.body("regions/us-central1/subnetworks/web")["ipCidrRange"] == "10.128.0.0/20"

    cloud.call("networks.delete", network="web")
    assert cloud.store.list("compute", "networks") == cloud.store.list("compute", "subnetworks") == []


def test_who_uses_an_automatic_subnetwork_keeps_its_network(cloud):
    cloud.call("networks.insert", {"name": "web"})
    address = {"name": "inside", "addressType": "INTERNAL", "subnetwork": "regions/us-central1/subnetworks/web"}
    cloud.call("addresses.insert", address, region="us-central1")
    assert cloud.refused("networks.delete", network="web") == (
        400,
        "The network resource 'projects/flaskscale-local/global/networks/web' is already being used by "
        "'projects/flaskscale-local/regions/us-central1/addresses/inside'",
    )


def test_a_subnetwork_that_was_added_keeps_its_network(cloud):
    cloud.call("networks.insert", {"name": "custom", "autoCreateSubnetworks": False})
    body = {"name": "custom", "network": "global/networks/custom", "ipCidrRange": "10.1.0.0/24"}
    cloud.call("subnetworks.insert", body, region="us-central1")
    assert cloud.refused("networks.delete", network="custom") == (
        400,
        "The network resource 'projects/flaskscale-local/global/networks/custom' is already being used by "
        "'projects/flaskscale-local/regions/us-central1/subnetworks/custom'",
    )


def test_mtu_range(cloud):
    assert cloud.refused("networks.insert", {"name": "web", "mtu": 1200}) == (
        400,
        "Invalid value for field 'resource.mtu': '1200'. Must be greater than or equal to 1300",
    )


def test_routing_mode_can_change(cloud):
    cloud.network()
    cloud.call("networks.patch", {"routingConfig": {"routingMode": "GLOBAL"}}, network="web")
    assert cloud.body("global/networks/web")["routingConfig"]["routingMode"] == "GLOBAL"
