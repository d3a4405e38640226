"""Records of operations: how long they are kept. What clients see of them is in tests/contract."""

from __future__ import annotations

from localcloud.resources.operations import finish, forget_old

DAY = 24 * 3600.0


def forget(cloud, seconds_later):
    with cloud.store.transaction() as transaction:
        forget_old(transaction, cloud.now + seconds_later)
    return [resource.body["name"] for resource in cloud.store.list("compute", "operations")]


def test_a_record_is_kept_for_a_day_after_the_operations_end(cloud):
    operation = cloud.call("networks.insert", {"name": "web", "autoCreateSubnetworks": False})
    assert forget(cloud, DAY - 60) == [operation["name"]]
    assert forget(cloud, DAY + 60) == []


def test_one_that_has_not_ended_is_kept(cloud):
    cloud.network()
    cloud.template("template")
    operation = cloud.call(
        "instances.insert",
        {"name": "one"},
        zone="us-central1-a",
        sourceInstanceTemplate="global/instanceTemplates/template",
    )
    assert operation["name"] in forget(cloud, 30 * DAY)
    path = next(
        each.path for each in cloud.store.list("compute", "operations") if each.body["name"] == operation["name"]
    )
    with cloud.store.transaction() as transaction:
        finish(transaction, path, cloud.now + 30 * DAY)
    assert operation["name"] in forget(cloud, 30.5 * DAY)
    assert forget(cloud, 31 * DAY) == []
