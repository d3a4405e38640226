"""Cloud DNS managed zones: stored and checked; no name server answers for them (dns v1: managedZones)."""

from __future__ import annotations

import re

from localcloud.clock import timestamp
from localcloud.errors.api import ApiError, already_exists, invalid_field, not_found
from localcloud.resources.call import Call, handles
from localcloud.resources.fields import checked_name, fill, merged, require
from localcloud.resources.listing import page
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Transaction

_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?\.)+")
_NAME_SERVERS = [f"ns-cloud-a{number}.googledomains.com." for number in range(1, 5)]
_OWN_TYPES = ("NS", "SOA")
_TTL = {"NS": 21600, "SOA": 21600}


def zone_of(call: Call) -> Resource:
    """The managed zone that a call names.

    Raises:
        ApiError: 404 when there is none.
    """
    path = _path(call.project, str(call.parameters["managedZone"]))
    zone = call.transaction.get(path)
    if zone is None:
        raise not_found(path.relative)
    return zone


def record_path(zone: ResourcePath, name: str, kind: str) -> ResourcePath:
    """Where a record set of a zone is kept; `kind` is `A`, `CNAME`, …"""
    return zone.child("rrsets", f"{name}/{kind}")


def records_of(transaction: Transaction, zone: ResourcePath) -> list[Resource]:
    """The record sets of a zone."""
    return transaction.list("dns", zone.child("rrsets", "").collection, project=zone.project)


@handles("dns.managedZones.create")
def create(call: Call) -> Document:
    """Name, a domain that ends with a dot; its NS and SOA records are made with it.

    Differs: no name server answers for the zone.
    """
    path = _path(call.project, checked_name(call.body, "entity.managedZone.name"))
    require(call.body, "dnsName", "description", prefix="entity.managedZone")
    domain = call.body["dnsName"].lower()
    if not _DOMAIN.fullmatch(domain):
        raise invalid_field("entity.managedZone.dnsName", domain, "Must be a domain name that ends with a dot.")
    if call.transaction.get(path) is not None:
        raise already_exists(path.relative)
    body = call.body | {
        "kind": "dns#managedZone",
        "id": str(10**18 + call.transaction.next_number("dns_zones")),
        "dnsName": domain,
        "nameServers": _NAME_SERVERS,
        "creationTime": timestamp(call.now),
    }
    fill(body, {"visibility": "public"})
    call.transaction.put(path, body)
    start = f"{_NAME_SERVERS[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300"
    for kind, data in (("NS", _NAME_SERVERS), ("SOA", [start])):
        record = {"kind": "dns#resourceRecordSet", "name": domain, "type": kind, "ttl": _TTL[kind], "rrdatas": data}
        call.transaction.put(record_path(path, domain, kind), record)
    return body


@handles("dns.managedZones.get")
def get(call: Call) -> Document:
    """404 when there is none."""
    return zone_of(call).body


@handles("dns.managedZones.list")
def list_zones(call: Call) -> Document:
    """dnsName narrows it to one domain; maxResults and pageToken."""
    wanted = call.parameters.get("dnsName")
    zones = [zone.body for zone in call.transaction.list("dns", "managedZones", project=call.project)]
    chosen, token = page(call, [zone for zone in zones if wanted in (None, zone["dnsName"])])
    reply: Document = {"kind": "dns#managedZonesListResponse", "managedZones": chosen}
    return reply | ({"nextPageToken": token} if token else {})


@handles("dns.managedZones.patch")
def patch(call: Call) -> Document:
    """Objects merge; the name and the domain cannot change."""
    zone = zone_of(call)
    for field in ("name", "dnsName"):
        if call.body.get(field, zone.body[field]) != zone.body[field]:
            raise invalid_field(
                f"entity.managedZone.{field}", call.body[field], f"It is '{zone.body[field]}' for good."
            )
    body = merged(zone.body, call.body)
    call.transaction.put(zone.path, body)
    return {
        "kind": "dns#operation",
        "id": str(call.transaction.next_number("dns_operations")),
        "status": "done",
        "type": "update",
        "user": call.principal,
        "startTime": timestamp(call.now),
        "zoneContext": {"oldValue": zone.body, "newValue": body},
    }


@handles("dns.managedZones.delete")
def delete(call: Call) -> Document:
    """Refused while it has records beside its own NS and SOA."""
    zone = zone_of(call)
    records = records_of(call.transaction, zone.path)
    if any(record.body["type"] not in _OWN_TYPES or record.body["name"] != zone.body["dnsName"] for record in records):
        raise ApiError(
            400,
            "containerNotEmpty",
            f"The resource named '{zone.path.name}' cannot be deleted because it contains one or more 'resource "
            "records'.",
        )
    changes = call.transaction.list("dns", zone.path.child("changes", "").collection, project=call.project)
    for resource in (*records, *changes, zone):
        call.transaction.delete(resource.path)
    return {}


def _path(project: str, name: str) -> ResourcePath:
    return ResourcePath("dns", project, "", "managedZones", name)
