"""Which IP address is handed out next. Internal ones come from a subnetwork, external ones from documentation ranges.

External ranges are TEST-NET-3 (203.0.113.0/24) and TEST-NET-2 (198.51.100.0/24) of RFC 5737: never routed, so no
real machine is mistaken for one of ours.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from localcloud.errors.api import invalid, invalid_field
from localcloud.resources.fields import places
from localcloud.store.store import Document, Transaction

EXTERNAL_RANGES = ("203.0.113.0/24", "198.51.100.0/24")
_EXTERNAL_FIELDS = (
    ("instances", "networkInterfaces[].accessConfigs[].natIP"),
    ("addresses", "address"),
    ("forwardingRules", "IPAddress"),
)


def free_internal_address(transaction: Transaction, subnetwork: Document, wanted: str, field: str) -> str:
    """An address of the subnetwork's primary range that nothing uses.

    The network address, the gateway, the second-to-last and the broadcast address are reserved, as in Google's VPC.

    Args:
        subnetwork: the Subnetwork document.
        wanted: the address asked for; empty for the lowest free one.
        field: names the asked-for address in messages.

    Raises:
        ApiError: 400 when the wanted address is outside, reserved or taken, or when the range is exhausted.
    """
    network = ipaddress.ip_network(subnetwork["ipCidrRange"])
    taken = set(_internal_in_use(transaction, subnetwork["selfLink"]))
    first, last = int(network.network_address) + 2, int(network.broadcast_address) - 2
    if wanted:
        if not first <= int(_parsed(wanted, field)) <= last:
            raise invalid_field(
                field, wanted, f"IP address must be a usable address of the subnetwork's range '{network}'."
            )
        if wanted in taken:
            raise invalid(f"IP address '{wanted}' is already in use.")
        return wanted
    for number in range(first, last + 1):
        address = str(ipaddress.ip_address(number))
        if address not in taken:
            return address
    raise invalid(f"IP space of '{subnetwork['selfLink']}' is exhausted.")


def free_external_address(transaction: Transaction, *, first_range: str = EXTERNAL_RANGES[0]) -> str:
    """An external address that nothing uses, from `first_range` while it has one.

    Raises:
        ApiError: 400 when every external address is taken.
    """
    taken = set(_external_in_use(transaction))
    for text in sorted(EXTERNAL_RANGES, key=lambda text: text != first_range):
        for address in ipaddress.ip_network(text).hosts():
            if str(address) not in taken:
                return str(address)
    raise invalid("External IP addresses are exhausted; delete addresses that are not used.")


def _internal_in_use(transaction: Transaction, subnetwork: str) -> Iterator[str]:
    for instance in transaction.list("compute", "instances"):
        for interface in instance.body.get("networkInterfaces", []):
            if interface.get("subnetwork") == subnetwork and "networkIP" in interface:
                yield interface["networkIP"]
    for address in transaction.list("compute", "addresses"):
        if address.body.get("subnetwork") == subnetwork:
            yield address.body["address"]


def _external_in_use(transaction: Transaction) -> Iterator[str]:
    for collection, field in _EXTERNAL_FIELDS:
        for resource in transaction.list("compute", collection):
            for _, container, key in places(resource.body, field):
                yield container[key]


def _parsed(text: str, field: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        raise invalid_field(field, text, "Must be a valid IPv4 address.") from None
