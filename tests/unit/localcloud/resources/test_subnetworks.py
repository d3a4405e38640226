"""Subnetworks: ranges, overlaps, growth, and their place in the network's document."""

from __future__ import annotations

import pytest

WHERE = {"region": "us-central1", "subnetwork": "web"}
LINK = "https://www.googleapis.com/compute/v1/projects/flaskscale-local/regions/us-central1/subnetworks/web"


def test_defaults_and_the_networks_list(cloud):
    cloud.network()
    subnetwork = cloud.body("regions/us-central1/subnetworks/web")
    assert subnetwork["gatewayAddress"] == "10.10.0.1"
    assert subnetwork["privateIpGoogleAccess"] is False
    assert subnetwork["purpose"] == "PRIVATE"
    assert subnetwork["region"].endswith("/regions/us-central1")
    assert cloud.body("global/networks/web")["subnetworks"] == [LINK]
    cloud.call("subnetworks.delete", **WHERE)
    assert "subnetworks" not in cloud.body("global/networks/web")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10.10.0.1/20", "Must be an IPv4 CIDR range whose host bits are zero, such as 10.10.0.0/20."),
        ("ten", "Must be an IPv4 CIDR range whose host bits are zero, such as 10.10.0.0/20."),
        ("10.10.0.0/30", "The prefix must be from /8 to /29."),
    ],
)
def test_bad_range(cloud, text, sentence):
    cloud.network()
    body = {"name": "other", "network": "global/networks/web", "ipCidrRange": text}
    assert cloud.refused("subnetworks.insert", body, region="us-central1") == (
        400,
        f"Invalid value for field 'resource.ipCidrRange': '{text}'. {sentence}",
    )


def test_overlap(cloud):
    cloud.network()
    body = {"name": "other", "network": "global/networks/web", "ipCidrRange": "10.10.0.0/16"}
    assert cloud.refused("subnetworks.insert", body, region="us-east1") == (
        400,
        "Invalid IPCidrRange: 10.10.0.0/16 conflicts with existing subnetwork 'web' in region 'us-central1'.",
    )


def test_expand(cloud):
    cloud.network()
    cloud.call("subnetworks.expandIpCidrRange", {"ipCidrRange": "10.10.0.0/20"}, **WHERE)
    assert cloud.body("regions/us-central1/subnetworks/web")["ipCidrRange"] == "10.10.0.0/20"
    assert cloud.refused("subnetworks.expandIpCidrRange", {"ipCidrRange": "10.10.0.0/24"}, **WHERE) == (
        400,
        "Invalid value for field 'ipCidrRange': '10.10.0.0/24'. The range must be larger than and contain "
        "'10.10.0.0/20'.",
    )


def test_private_google_access(cloud):
    cloud.network()
    cloud.call("subnetworks.setPrivateIpGoogleAccess", {"privateIpGoogleAccess": True}, **WHERE)
    assert cloud.body("regions/us-central1/subnetworks/web")["privateIpGoogleAccess"] is True
