"""Firewall rules: defaults and refusals."""

from __future__ import annotations

import pytest

ONE_OF = "Exactly one of allowed and denied must be specified."


def firewall(**fields):
    allowed = [{"IPProtocol": "tcp", "ports": ["80"]}]
    return {"name": "web", "network": "global/networks/web", "allowed": allowed} | fields


def test_defaults(cloud):
    cloud.network()
    cloud.call("firewalls.insert", firewall())
    stored = cloud.body("global/firewalls/web")
    assert (stored["direction"], stored["priority"], stored["disabled"]) == ("INGRESS", 1000, False)
    assert stored["sourceRanges"] == ["0.0.0.0/0"]


def test_a_source_tag_is_source_enough(cloud):
    cloud.network()
    cloud.call("firewalls.insert", firewall(sourceTags=["lb"]))
    assert "sourceRanges" not in cloud.body("global/firewalls/web")


def test_an_address_alone_is_a_range_of_one(cloud):
    cloud.network()
    cloud.call("firewalls.insert", firewall(sourceRanges=["10.0.0.7", "2001:db8::1", "2001:db8:1::/48"]))
    assert cloud.body("global/firewalls/web")["sourceRanges"] == ["10.0.0.7/32", "2001:db8::1/128", "2001:db8:1::/48"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"denied": [{"IPProtocol": "all"}]},
            f"Invalid value for field 'resource': 'web'. {ONE_OF}",
        ),
        (
            {"allowed": []},
            f"Invalid value for field 'resource': 'web'. {ONE_OF}",
        ),
        (
            {"priority": 70000},
            "Invalid value for field 'resource.priority': '70000'. Must be less than or equal to 65535",
        ),
        (
            {"sourceRanges": ["10.0.0.0/40"]},
            "Invalid value for field 'resource.sourceRanges[0]': '10.0.0.0/40'. Must be a valid CIDR address range.",
        ),
        (
            {"allowed": [{"IPProtocol": "tcp", "ports": ["90-80"]}]},
            "Invalid value for field 'resource.allowed[0].ports[0]': '90-80'. Must be a port or a range of ports, "
            "such as 80 or 8000-8080.",
        ),
        (
            {"allowed": [{"IPProtocol": "icmp", "ports": ["80"]}]},
            "Invalid value for field 'resource.allowed[0].ports': '['80']'. Protocol 'icmp' has no ports.",
        ),
        (
            {"direction": "EGRESS", "sourceRanges": ["10.0.0.0/8"]},
            "Invalid value for field 'resource.sourceRanges': '['10.0.0.0/8']'. Must be empty when direction is "
            "EGRESS.",
        ),
    ],
)
def test_refused(cloud, fields, sentence):
    cloud.network()
    assert cloud.refused("firewalls.insert", firewall(**fields)) == (400, sentence)
