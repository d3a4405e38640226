"""Disks: size and type."""

from __future__ import annotations

ZONE = "us-central1-a"


def test_defaults(cloud):
    cloud.call("disks.insert", {"name": "data"}, zone=ZONE)
    disk = cloud.body(f"zones/{ZONE}/disks/data")
    assert disk["type"].endswith("/diskTypes/pd-standard")
    assert (disk["sizeGb"], disk["status"]) == ("500", "READY")


def test_smaller_than_its_image(cloud):
    image = "projects/debian-cloud/global/images/family/debian-12"
    assert cloud.refused("disks.insert", {"name": "data", "sourceImage": image, "sizeGb": "5"}, zone=ZONE) == (
        400,
        "Invalid value for field 'resource.sizeGb': '5'. The smallest size of this disk is 10 GB.",
    )
