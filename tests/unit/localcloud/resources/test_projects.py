"""The project's document and the metadata common to its instances."""

from __future__ import annotations


def test_project(cloud):
    project = cloud.call("projects.get")
    assert (project["name"], project["id"]) == ("flaskscale-local", "100000000001")
    assert project["selfLink"] == "https://www.googleapis.com/compute/v1/projects/flaskscale-local"


def test_common_metadata(cloud):
    fingerprint = cloud.call("projects.get")["commonInstanceMetadata"]["fingerprint"]
    items = [{"key": "enable-oslogin", "value": "TRUE"}]
    body = {"items": items, "fingerprint": fingerprint}
    operation = cloud.call("projects.setCommonInstanceMetadata", body)
    assert operation["targetLink"] == "https://www.googleapis.com/compute/v1/projects/flaskscale-local"
    assert cloud.call("projects.get")["commonInstanceMetadata"]["items"] == items
    assert cloud.refused("projects.setCommonInstanceMetadata", body)[0] == 412
