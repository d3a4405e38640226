"""Reserved IP addresses, regional and global (https://cloud.google.com/compute/docs/reference/rest/v1/addresses)."""

from __future__ import annotations

from localcloud.errors.api import invalid_field, not_implemented, required_field
from localcloud.resources.address_pool import EXTERNAL_RANGES, free_external_address, free_internal_address
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import fill
from localcloud.resources.references import Reference
from localcloud.store.path import compute_path
from localcloud.store.store import Resource, Transaction


def _rule(change: Change) -> None:
    """External addresses are chosen by the cloud, internal ones come from their subnetwork."""
    body = change.body
    fill(body, {"addressType": "EXTERNAL", "status": "RESERVED"})
    if change.before is not None:
        return
    if body["addressType"] == "EXTERNAL":
        if "address" in body:
            raise invalid_field("resource.address", body["address"], "External addresses are chosen by Compute Engine.")
        fill(body, {"networkTier": "PREMIUM", "ipVersion": "IPV4"})
        body["address"] = free_external_address(change.transaction, first_range=EXTERNAL_RANGES[1])
        return
    if change.path.location == "global":
        raise not_implemented("compute.globalAddresses.insert with addressType INTERNAL")
    if "subnetwork" not in body:
        raise required_field("resource.subnetwork")
    fill(body, {"purpose": "GCE_ENDPOINT", "networkTier": "PREMIUM"})
    subnetwork = change.transaction.get(compute_path(body["subnetwork"]))
    if subnetwork is None or subnetwork.path.location != change.path.location:
        raise invalid_field("resource.subnetwork", body["subnetwork"], f"Must be in '{change.path.location}'.")
    wanted = body.get("address", "")
    body["address"] = free_internal_address(change.transaction, subnetwork.body, wanted, "resource.address")


def note_address_user(transaction: Transaction, project: str, address: str, user: str) -> None:
    """List `user` (a URL) at the reserved global address with this IP, which is then IN_USE; none is no matter."""
    resource = reserved_address(transaction, project, address)
    if resource is not None:
        users = [*(other for other in resource.body.get("users", []) if other != user), user]
        transaction.put(resource.path, resource.body | {"users": users, "status": "IN_USE"})


def forget_address_user(transaction: Transaction, project: str, address: str, user: str) -> None:
    """Take `user` from the address, which is RESERVED again when nothing else uses it."""
    resource = reserved_address(transaction, project, address)
    if resource is None:
        return
    body = resource.body
    users = [other for other in body.pop("users", []) if other != user]
    if users:
        body["users"] = users
    transaction.put(resource.path, body | {"status": "IN_USE" if users else "RESERVED"})


def reserved_address(transaction: Transaction, project: str, address: str) -> Resource | None:
    """The reserved global address with this IP, or None."""
    for resource in transaction.list("compute", "addresses", project=project, location="global"):
        if resource.body["address"] == address:
            return resource
    return None


ADDRESS = register(
    Kind(
        collection="addresses",
        kind="compute#address",
        noun="address",
        parameter="address",
        services={"regions": "addresses", "global": "globalAddresses"},
        verbs=("setLabels",),
        aggregated="addresses",
        references=(Reference("subnetwork", ("subnetworks",)), Reference("network", ("networks",))),
        output_only=("status", "users"),
        rule=_rule,
    )
)
