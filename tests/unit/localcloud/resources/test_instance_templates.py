"""Instance templates: bare machine types, completed properties, immutability."""

from __future__ import annotations

from localcloud.resources.call import HANDLERS
from tests.unit.localcloud.resources.conftest import template_properties


def test_completed(cloud):
    cloud.network()
    cloud.template()
    properties = cloud.body("global/instanceTemplates/web-1")["properties"]
    assert properties["machineType"] == "e2-medium"
    assert properties["scheduling"]["provisioningModel"] == "STANDARD"
    assert properties["disks"][0]["deviceName"] == "persistent-disk-0"
    assert properties["networkInterfaces"][0]["name"] == "nic0"


def test_machine_type_is_a_bare_name(cloud):
    cloud.network()
    body = {"name": "web", "properties": template_properties() | {"machineType": "zones/a/machineTypes/e2-medium"}}
    assert cloud.refused("instanceTemplates.insert", body) == (
        400,
        "Invalid value for field 'resource.properties.machineType': 'zones/a/machineTypes/e2-medium'. The "
        "machine type "
        "must be the bare name of one that exists.",
    )


def test_unknown_image(cloud):
    cloud.network()
    disks = [{"boot": True, "initializeParams": {"sourceImage": "projects/cos-cloud/global/images/family/cos-old"}}]
    body = {"name": "web", "properties": template_properties() | {"disks": disks}}
    assert cloud.refused("instanceTemplates.insert", body) == (
        404,
        "The resource 'projects/cos-cloud/global/images/family/cos-old' was not found",
    )


def test_there_is_no_change(cloud):
    assert not any(f"compute.instanceTemplates.{verb}" in HANDLERS for verb in ("patch", "update"))


def test_deleting_one_that_a_group_uses(cloud):
    cloud.network()
    cloud.template()
    cloud.group()
    assert cloud.refused("instanceTemplates.delete", instanceTemplate="web-1") == (
        400,
        "The instance_template resource 'projects/flaskscale-local/global/instanceTemplates/web-1' is already "
        "being used "
        "by 'projects/flaskscale-local/zones/us-central1-a/instanceGroupManagers/web'",
    )
