"""References: every spelling becomes the canonical URL; a bad one is refused in Google's words."""

from __future__ import annotations

import pytest

CANONICAL = "https://www.googleapis.com/compute/v1/projects/flaskscale-local/global/networks/web"


@pytest.mark.parametrize(
    "spelling",
    [
        CANONICAL,
        "https://compute.googleapis.com/compute/v1/projects/flaskscale-local/global/networks/web",
        "https://www.googleapis.com/compute/beta/projects/flaskscale-local/global/networks/web",
        "projects/flaskscale-local/global/networks/web",
        "projects/100000000001/global/networks/web",
        "global/networks/web",
        "/global/networks/web",
    ],
)
def test_canonical(cloud, spelling):
    cloud.network()
    body = {"name": "web", "network": spelling, "allowed": [{"IPProtocol": "icmp"}]}
    cloud.call("firewalls.insert", body)
    assert cloud.body("global/firewalls/web")["network"] == CANONICAL


@pytest.mark.parametrize(
    ("reference", "code", "sentence"),
    [
        ("web", 400, "Invalid value for field 'resource.network': 'web'. The URL is malformed."),
        ("global/web", 400, "Invalid value for field 'resource.network': 'global/web'. The URL is malformed."),
        (
            "global/firewalls/web",
            400,
            "Invalid value for field 'resource.network': 'global/firewalls/web'. "
            "Unexpected resource collection 'firewalls'.",
        ),
        ("global/networks/none", 404, "The resource 'projects/flaskscale-local/global/networks/none' was not found"),
        ("projects/other/global/networks/web", 404, "The resource 'projects/other/global/networks/web' was not found"),
    ],
)
def test_refused(cloud, reference, code, sentence):
    cloud.network()
    body = {"name": "web", "network": reference, "allowed": [{"IPProtocol": "icmp"}]}
    assert cloud.refused("firewalls.insert", body) == (code, sentence)
