"""Cloud DNS record sets, changed one by one or by atomic changes (dns v1: resourceRecordSets, changes)."""

from __future__ import annotations

import ipaddress

from localcloud.clock import timestamp
from localcloud.errors.api import ApiError, invalid_field, not_found
from localcloud.resources.call import Call, handles
from localcloud.resources.dns_zones import record_path, records_of, zone_of
from localcloud.resources.fields import check_range, fill, merged, require
from localcloud.resources.listing import page
from localcloud.store.store import Document, Resource

_COMPARED = ("name", "type", "ttl", "rrdatas")


@handles("dns.changes.create")
def create_change(call: Call) -> Document:
    """All or nothing: deletions match what is there to the letter, additions take names that are free."""
    zone = zone_of(call)
    additions, deletions = call.body.get("additions", []), call.body.get("deletions", [])
    if not additions and not deletions:
        raise invalid_field("entity.change", zone.path.name, "It has neither additions nor deletions.")
    for index, record in enumerate(deletions):
        _delete(call, zone, record, f"entity.change.deletions[{index}]")
    for index, record in enumerate(additions):
        _add(call, zone, record, f"entity.change.additions[{index}]")
    number = str(call.transaction.next_number(f"dns_changes/{zone.path.name}"))
    body: Document = {"kind": "dns#change", "id": number, "startTime": timestamp(call.now), "isServing": False}
    body |= {key: call.body[key] for key in ("additions", "deletions") if key in call.body}
    done = call.now + call.settings.operation_latency_seconds
    stored = call.transaction.put(zone.path.child("changes", number), body, {"done": done})
    return _shown(stored, call.now)


@handles("dns.changes.get")
def get_change(call: Call) -> Document:
    """`pending` until the configured latency has passed, then `done`."""
    path = zone_of(call).path.child("changes", str(call.parameters["changeId"]))
    change = call.transaction.get(path)
    if change is None:
        raise not_found(path.relative)
    return _shown(change, call.now)


@handles("dns.changes.list")
def list_changes(call: Call) -> Document:
    """Oldest first; maxResults and pageToken."""
    zone = zone_of(call).path
    stored = call.transaction.list("dns", zone.child("changes", "").collection, project=zone.project)
    documents = [_shown(change, call.now) for change in sorted(stored, key=lambda change: int(change.path.name))]
    chosen, token = page(call, documents)
    reply: Document = {"kind": "dns#changesListResponse", "changes": chosen}
    return reply | ({"nextPageToken": token} if token else {})


@handles("dns.resourceRecordSets.list")
def list_records(call: Call) -> Document:
    """name and type narrow it; maxResults and pageToken."""
    wanted = {key: call.parameters[key] for key in ("name", "type") if key in call.parameters}
    records = [record.body for record in records_of(call.transaction, zone_of(call).path)]
    found = [record for record in records if all(record[key] == value for key, value in wanted.items())]
    chosen, token = page(call, found)
    reply: Document = {"kind": "dns#resourceRecordSetsListResponse", "rrsets": chosen}
    return reply | ({"nextPageToken": token} if token else {})


@handles("dns.resourceRecordSets.get")
def get_record(call: Call) -> Document:
    """404 when there is none of this name and type."""
    return _record(call).body


@handles("dns.resourceRecordSets.create")
def create_record(call: Call) -> Document:
    """Inside the zone, a free name and type, addresses that are addresses."""
    return _add(call, zone_of(call), call.body, "entity.resourceRecordSet").body


@handles("dns.resourceRecordSets.patch")
def patch_record(call: Call) -> Document:
    """The time to live and the data; checked as a whole."""
    record, zone = _record(call), zone_of(call)
    body = merged(record.body, call.body)
    call.transaction.delete(record.path)
    return _add(call, zone, body, "entity.resourceRecordSet").body


@handles("dns.resourceRecordSets.delete")
def delete_record(call: Call) -> Document:
    """Any but the zone's own NS and SOA."""
    record, zone = _record(call), zone_of(call)
    if record.body["type"] in ("NS", "SOA") and record.body["name"] == zone.body["dnsName"]:
        raise invalid_field("name", record.body["name"], "The zone's own NS and SOA records cannot be deleted.")
    call.transaction.delete(record.path)
    return {}


def _record(call: Call) -> Resource:
    path = record_path(zone_of(call).path, str(call.parameters["name"]), str(call.parameters["type"]))
    record = call.transaction.get(path)
    if record is None:
        raise not_found(path.relative)
    return record


def _add(call: Call, zone: Resource, record: Document, field: str) -> Resource:
    require(record, "name", "type", "rrdatas", prefix=field)
    name, kind, domain = record["name"].lower(), record["type"], zone.body["dnsName"]
    if name != domain and not name.endswith(f".{domain}"):
        raise invalid_field(f"{field}.name", name, f"It is not inside the zone's domain '{domain}'.")
    body = {**record, "kind": "dns#resourceRecordSet", "name": name}
    fill(body, {"ttl": 300})
    check_range(f"{field}.ttl", body["ttl"], 0, 2**31 - 1)
    for index, data in enumerate(body["rrdatas"]):
        _check_data(kind, data, f"{field}.rrdatas[{index}]")
    path = record_path(zone.path, name, kind)
    if call.transaction.get(path) is not None:
        raise ApiError(409, "alreadyExists", f"The resource '{field}' named '{name} ({kind})' already exists")
    return call.transaction.put(path, body)


def _delete(call: Call, zone: Resource, record: Document, field: str) -> None:
    name, kind = str(record.get("name", "")).lower(), str(record.get("type", ""))
    stored = call.transaction.get(record_path(zone.path, name, kind))
    if stored is None:
        raise ApiError(404, "notFound", f"The '{field}' resource named '{name} ({kind})' does not exist.")
    if any(record.get(key) != stored.body.get(key) for key in _COMPARED):
        raise ApiError(412, "conditionNotMet", f"Precondition not met for '{field}'")
    call.transaction.delete(stored.path)


def _check_data(kind: str, data: str, field: str) -> None:
    families = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}
    if kind not in families:
        return
    try:
        families[kind](data)
    except ValueError:
        raise invalid_field(field, data, f"Must be an address for a record of type {kind}.") from None


def _shown(change: Resource, now: float) -> Document:
    return change.body | {"status": "done" if now >= change.internal["done"] else "pending"}
