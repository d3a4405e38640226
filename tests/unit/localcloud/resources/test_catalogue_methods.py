"""The catalogue: Google's numbers, and how it is read."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("name", "cpus", "memory", "shared"),
    [
        ("e2-micro", 2, 1024, True),
        ("e2-small", 2, 2048, True),
        ("e2-medium", 2, 4096, True),
        ("e2-standard-2", 2, 8192, False),
        ("n1-standard-1", 1, 3840, False),
        ("c3-standard-4", 4, 16384, False),
    ],
)
def test_machine_type(cloud, name, cpus, memory, shared):
    found = cloud.call("machineTypes.get", zone="us-central1-a", machineType=name)
    assert (found["guestCpus"], found["memoryMb"], found["isSharedCpu"]) == (cpus, memory, shared)
    assert found["zone"] == "us-central1-a"


def test_zones_of_a_region(cloud):
    region = cloud.call("regions.get", region="us-central1")
    assert [zone.rpartition("/")[2][-1] for zone in region["zones"]] == ["a", "b", "c", "f"]
    listed = cloud.call("zones.list", filter="name = us-central1-*")["items"]
    assert [zone["name"][-1] for zone in listed] == ["a", "b", "c", "f"]
    assert listed[0]["region"] == region["selfLink"]


def test_image_family(cloud):
    image = cloud.call("images.getFromFamily", project="cos-cloud", family="cos-stable")
    assert image["family"] == "cos-stable"
    assert image["selfLink"].startswith("https://www.googleapis.com/compute/v1/projects/cos-cloud/global/images/cos-")
    assert cloud.call("images.get", project="cos-cloud", image=image["name"]) == image


def test_unknown_family(cloud):
    assert cloud.refused("images.getFromFamily", project="debian-cloud", family="debian-9") == (
        404,
        "The resource 'projects/debian-cloud/global/images/family/debian-9' was not found; the project has debian-12",
    )


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("zones.get", {"zone": "us-central1-z"}),
        ("regions.get", {"region": "mars1"}),
        ("machineTypes.get", {"zone": "us-central1-a", "machineType": "e2-huge"}),
        ("diskTypes.get", {"zone": "us-central1-a", "diskType": "floppy"}),
        ("machineTypes.list", {"zone": "us-central1-z"}),
    ],
)
def test_unknown(cloud, method, parameters):
    assert cloud.refused(method, **parameters)[0] == 404


def test_machine_types_of_every_zone(cloud):
    items = cloud.call("machineTypes.aggregatedList", filter="name = e2-medium")["items"]
    assert all([item["name"] for item in entry["machineTypes"]] == ["e2-medium"] for entry in items.values())
    assert "zones/us-central1-f" in items
