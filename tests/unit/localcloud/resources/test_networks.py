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


def test_mtu_range(cloud):
    assert cloud.refused("networks.insert", {"name": "web", "mtu": 1200}) == (
        400,
        "Invalid value for field 'resource.mtu': '1200'. Must be greater than or equal to 1300",
    )


def test_routing_mode_can_change(cloud):
    cloud.network()
    cloud.call("networks.patch", {"routingConfig": {"routingMode": "GLOBAL"}}, network="web")
    assert cloud.body("global/networks/web")["routingConfig"]["routingMode"] == "GLOBAL"
