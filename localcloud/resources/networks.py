"""VPC networks (https://cloud.google.com/compute/docs/reference/rest/v1/networks)."""

from __future__ import annotations

from localcloud.errors.api import invalid_field
from localcloud.resources.catalogue import REGIONS
from localcloud.resources.collection import Change, Kind, create, remove
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import check_range, fill
from localcloud.resources.subnetworks import SUBNETWORK
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Resource, Transaction

AUTOMATIC_RANGES = {
    "us-central1": "10.128.0.0/20",
    "europe-west1": "10.132.0.0/20",
    "us-east1": "10.142.0.0/20",
}
"""What an auto mode network's subnetwork gets in each region."""


def _rule(change: Change) -> None:
    """Subnet mode, MTU 1300 to 8896, routing mode."""
    body = change.body
    if "IPv4Range" in body:
        raise invalid_field("resource.IPv4Range", body["IPv4Range"], "Legacy networks can no longer be created.")
    fill(
        body,
        {
            "autoCreateSubnetworks": True,
            "mtu": 1460,
            "routingConfig": {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"},
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        },
    )
    check_range("resource.mtu", body["mtu"], 1300, 8896)


def _stored(change: Change) -> None:
    """An auto mode network has one subnetwork in every region from the start."""
    if change.before is not None or not change.body["autoCreateSubnetworks"]:
        return
    for region in REGIONS:
        path = ResourcePath("compute", change.path.project, f"regions/{region}", "subnetworks", change.path.name)
        body = {"network": change.path.self_link, "ipCidrRange": AUTOMATIC_RANGES[region]}
        create(SUBNETWORK, change.transaction, path, body, now=change.now, settings=change.settings)


def _automatic_subnetworks(network: Resource) -> tuple[ResourcePath, ...]:
    """Those that auto mode made, which have the network's name; others that were added are not part of it."""
    if not network.body["autoCreateSubnetworks"]:
        return ()
    paths = map(compute_path, network.body.get("subnetworks", []))
    return tuple(path for path in paths if path.name == network.path.name)


def _removed(transaction: Transaction, network: Resource) -> None:
    for path in _automatic_subnetworks(network):
        if subnetwork := transaction.get(path):
            remove(SUBNETWORK, transaction, subnetwork)


NETWORK = register(
    Kind(
        collection="networks",
        kind="compute#network",
        noun="network",
        parameter="network",
        services={"global": "networks"},
        verbs=("patch",),
        immutable=("autoCreateSubnetworks", "mtu"),
        output_only=("subnetworks", "peerings", "gatewayIPv4", "selfLinkWithId", "firewallPolicy"),
        rule=_rule,
        parts=_automatic_subnetworks,
        stored=_stored,
        removed=_removed,
    )
)
