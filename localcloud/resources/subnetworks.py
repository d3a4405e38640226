"""Subnetworks (https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks)."""

from __future__ import annotations

import ipaddress

from localcloud.errors.api import invalid, invalid_field
from localcloud.resources.call import Call
from localcloud.resources.collection import Change, Kind, change
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import fill, require
from localcloud.resources.references import Reference
from localcloud.store.path import compute_path
from localcloud.store.store import Document, Resource, Transaction


def _rule(change: Change) -> None:
    """A range that is a network of /8 to /29 and overlaps no other of the VPC network."""
    body = change.body
    require(body, "network", "ipCidrRange")
    network = parsed_range(body["ipCidrRange"], "resource.ipCidrRange")
    if not 8 <= network.prefixlen <= 29:
        raise invalid_field("resource.ipCidrRange", body["ipCidrRange"], "The prefix must be from /8 to /29.")
    ranges = [network]
    for index, secondary in enumerate(body.get("secondaryIpRanges", [])):
        field = f"resource.secondaryIpRanges[{index}]"
        require(secondary, "rangeName", "ipCidrRange", prefix=field)
        ranges.append(parsed_range(secondary["ipCidrRange"], f"{field}.ipCidrRange"))
    _refuse_overlaps(change, ranges)
    fill(
        body,
        {
            "privateIpGoogleAccess": False,
            "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
            "purpose": "PRIVATE",
            "stackType": "IPV4_ONLY",
        },
    )
    body["gatewayAddress"] = str(network.network_address + 1)


def parsed_range(text: str, field: str) -> ipaddress.IPv4Network:
    """The IPv4 range of a CIDR text.

    Raises:
        ApiError: 400 when it is none, or has host bits.
    """
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid_field(
            field, text, "Must be an IPv4 CIDR range whose host bits are zero, such as 10.10.0.0/20."
        ) from None


def _refuse_overlaps(change: Change, ranges: list[ipaddress.IPv4Network]) -> None:
    for other in change.transaction.list("compute", "subnetworks", project=change.path.project):
        if other.path == change.path or other.body["network"] != change.body["network"]:
            continue
        texts = [other.body["ipCidrRange"], *(item["ipCidrRange"] for item in other.body.get("secondaryIpRanges", []))]
        for taken in (ipaddress.IPv4Network(text) for text in texts):
            for wanted in ranges:
                if wanted.overlaps(taken):
                    raise invalid(
                        f"Invalid IPCidrRange: {wanted} conflicts with existing subnetwork "
                        f"'{other.path.name}' in region '{other.path.scope_name}'."
                    )


def _stored(change: Change) -> None:
    if change.before is None:
        _list_in_network(change.transaction, change.body["network"], add=change.path.self_link)


def _removed(transaction: Transaction, subnetwork: Resource) -> None:
    _list_in_network(transaction, subnetwork.body["network"], take=subnetwork.path.self_link)


def _list_in_network(transaction: Transaction, network: str, *, add: str = "", take: str = "") -> None:
    resource = transaction.get(compute_path(network))
    if resource is None:
        return
    links = [link for link in resource.body.get("subnetworks", []) if link != take] + ([add] if add else [])
    body = {key: value for key, value in resource.body.items() if key != "subnetworks"}
    transaction.put(resource.path, body | ({"subnetworks": links} if links else {}))


SUBNETWORK = register(
    Kind(
        collection="subnetworks",
        kind="compute#subnetwork",
        noun="subnetwork",
        parameter="subnetwork",
        services={"regions": "subnetworks"},
        verbs=("patch",),
        aggregated="subnetworks",
        references=(Reference("network", ("networks",)),),
        immutable=("network", "purpose"),
        output_only=("gatewayAddress", "state", "ipv6CidrRange"),
        fingerprint=True,
        rule=_rule,
        stored=_stored,
        removed=_removed,
    )
)


@mutates("compute.subnetworks.expandIpCidrRange")
def expand_ip_cidr_range(call: Call) -> Document:
    """The new range must contain the old one."""
    resource = existing(SUBNETWORK, call)
    require(call.body, "ipCidrRange")
    wanted = parsed_range(call.body["ipCidrRange"], "ipCidrRange")
    present = ipaddress.IPv4Network(resource.body["ipCidrRange"])
    if wanted == present or not present.subnet_of(wanted):
        raise invalid_field("ipCidrRange", wanted, f"The range must be larger than and contain '{present}'.")
    body = resource.body | {"ipCidrRange": str(wanted)}
    changed = change(SUBNETWORK, resource, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)


@mutates("compute.subnetworks.setPrivateIpGoogleAccess")
def set_private_ip_google_access(call: Call) -> Document:
    """Sets the one field."""
    resource = existing(SUBNETWORK, call)
    body = resource.body | {"privateIpGoogleAccess": call.body.get("privateIpGoogleAccess", False)}
    changed = change(SUBNETWORK, resource, body, call.transaction, now=call.now, settings=call.settings)
    return operation_on(call, changed)
