"""Cloud DNS: zones, record sets, and changes that happen as a whole or not at all."""

from __future__ import annotations

import pytest

ZONE = {"name": "shop", "dnsName": "example.com.", "description": "Shop"}
WHERE = {"managedZone": "shop"}


@pytest.fixture
def zoned(cloud):
    """A cloud with the zone `shop` for example.com."""
    cloud.call("managedZones.create", ZONE, service="dns")
    return cloud


def record(name="www.example.com.", kind="A", ttl=300, data=("198.51.100.1",)):
    return {"name": name, "type": kind, "ttl": ttl, "rrdatas": list(data)}


def records(cloud, **narrowed):
    listed = cloud.call("resourceRecordSets.list", service="dns", **WHERE, **narrowed)["rrsets"]
    return [(item["name"], item["type"]) for item in listed]


def test_a_zone_has_name_servers_and_its_own_records(zoned):
    zone = zoned.call("managedZones.get", service="dns", **WHERE)
    assert (zone["visibility"], len(zone["nameServers"])) == ("public", 4)
    assert records(zoned) == [("example.com.", "NS"), ("example.com.", "SOA")]
    assert zoned.refused("managedZones.create", ZONE, service="dns")[0] == 409


def test_a_domain_ends_with_a_dot(cloud):
    assert cloud.refused("managedZones.create", ZONE | {"dnsName": "example.com"}, service="dns") == (
        400,
        "Invalid value for field 'entity.managedZone.dnsName': 'example.com'. Must be a domain name that ends "
        "with a dot.",
    )


def test_a_change_adds_and_deletes(zoned):
    change = zoned.call("changes.create", {"additions": [record()]}, service="dns", **WHERE)
    assert change["status"] == "done"
    assert zoned.call("changes.get", service="dns", changeId=change["id"], **WHERE)["additions"] == [record()]
    assert records(zoned, name="www.example.com.", type="A") == [("www.example.com.", "A")]
    replaced = {"deletions": [record()], "additions": [record(data=["198.51.100.2"])]}
    zoned.call("changes.create", replaced, service="dns", **WHERE)
    found = zoned.call("resourceRecordSets.get", service="dns", name="www.example.com.", type="A", **WHERE)
    assert found["rrdatas"] == ["198.51.100.2"]


def test_a_change_that_fails_changes_nothing(zoned):
    body = {"additions": [record(), record("www.other.org.")]}
    assert zoned.refused("changes.create", body, service="dns", **WHERE) == (
        400,
        "Invalid value for field 'entity.change.additions[1].name': 'www.other.org.'. It is not inside the "
        "zone's domain "
        "'example.com.'.",
    )
    assert len(records(zoned)) == 2


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (
            {"deletions": [record("old.example.com.")]},
            404,
            "The 'entity.change.deletions[0]' resource named 'old.example.com. (A)' does not exist.",
        ),
        ({"deletions": [record(ttl=60)]}, 412, "Precondition not met for 'entity.change.deletions[0]'"),
        (
            {"additions": [record()]},
            409,
            "The resource 'entity.change.additions[0]' named 'www.example.com. (A)' already exists",
        ),
        (
            {"additions": [record("b.example.com.", data=["ten"])]},
            400,
            "Invalid value for field 'entity.change.additions[0].rrdatas[0]': 'ten'. Must be an address for a "
            "record of "
            "type A.",
        ),
    ],
)
def test_refused(zoned, body, code, sentence):
    zoned.call("resourceRecordSets.create", record(), service="dns", **WHERE)
    assert zoned.refused("changes.create", body, service="dns", **WHERE) == (code, sentence)


def test_a_zone_with_records_cannot_be_deleted(zoned):
    zoned.call("resourceRecordSets.create", record(), service="dns", **WHERE)
    assert zoned.refused("managedZones.delete", service="dns", **WHERE) == (
        400,
        "The resource named 'shop' cannot be deleted because it contains one or more 'resource records'.",
    )
    zoned.call("resourceRecordSets.delete", service="dns", name="www.example.com.", type="A", **WHERE)
    zoned.call("managedZones.delete", service="dns", **WHERE)
    assert zoned.store.list("dns", "managedZones/shop/rrsets") == []


def test_patch(zoned):
    operation = zoned.call("managedZones.patch", {"description": "New"}, service="dns", **WHERE)
    assert operation["status"] == "done"
    assert zoned.call("managedZones.get", service="dns", **WHERE)["description"] == "New"
    assert zoned.refused("managedZones.patch", {"dnsName": "other.org."}, service="dns", **WHERE)[0] == 400
