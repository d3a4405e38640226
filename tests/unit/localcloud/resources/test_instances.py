"""What controllers use of instances: made from a template, wanted otherwise, removed."""

from __future__ import annotations

import pytest

from localcloud.errors.api import ApiError
from localcloud.resources.instances import delete_instance, instance_from_template, request_delete, request_stop
from tests.unit.localcloud.resources.conftest import NOW

CREATED_BY = "projects/flaskscale-local/zones/us-central1-b/instanceGroupManagers/web"


@pytest.fixture
def managed(cloud):
    """A cloud in which a controller has made `web-abcd` in zone b from template `web-1`."""
    cloud.network()
    cloud.template()
    with cloud.store.transaction() as transaction:
        template = transaction.get(cloud.path("global/instanceTemplates/web-1"))
        instance_from_template(
            transaction,
            template.body,
            "web-abcd",
            "us-central1-b",
            project="flaskscale-local",
            now=NOW,
            settings=cloud.settings,
            created_by=CREATED_BY,
        )
    return cloud


def test_from_template(managed):
    instance = managed.stored("zones/us-central1-b/instances/web-abcd")
    assert instance.body["machineType"].endswith("/zones/us-central1-b/machineTypes/e2-medium")
    items = {item["key"]: item["value"] for item in instance.body["metadata"]["items"]}
    assert items == {
        "container-port": "5000",
        "instance-template": "projects/flaskscale-local/global/instanceTemplates/web-1",
        "created-by": CREATED_BY,
    }
    assert instance.internal["created_by"] == CREATED_BY


def test_making_an_instance_leaves_the_template_as_it_was(managed):
    template = managed.body("global/instanceTemplates/web-1")
    assert [item["key"] for item in template["properties"]["metadata"]["items"]] == ["container-port"]


def test_removal_takes_the_disks_that_are_to_go_with_it(managed):
    with managed.store.transaction() as transaction:
        delete_instance(transaction, transaction.get(managed.path("zones/us-central1-b/instances/web-abcd")))
    assert not managed.exists("zones/us-central1-b/instances/web-abcd")
    assert not managed.exists("zones/us-central1-b/disks/web-abcd")


def test_what_is_being_deleted_cannot_be_wanted_otherwise(managed):
    path = managed.path("zones/us-central1-b/instances/web-abcd")
    with managed.store.transaction() as transaction:
        request_delete(transaction, transaction.get(path), halt="kill")
    with pytest.raises(ApiError, match="is not ready"), managed.store.transaction() as transaction:
        request_stop(transaction, transaction.get(path))
    assert managed.stored("zones/us-central1-b/instances/web-abcd").internal["halt"] == "kill"
