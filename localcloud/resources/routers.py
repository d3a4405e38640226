"""Cloud Routers with NAT: stored and checked, no traffic passes them (v1/routers)."""

from __future__ import annotations

from localcloud.errors.api import invalid_field, required_field
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import checked_name, fill, require
from localcloud.resources.references import Reference
from localcloud.store.store import Document


def _rule(change: Change) -> None:
    """A network, and NATs with names of their own; manual NATs name their addresses."""
    require(change.body, "network")
    names = set()
    for index, nat in enumerate(change.body.get("nats", [])):
        field = f"resource.nats[{index}]"
        name = checked_name(nat, f"{field}.name")
        if name in names:
            raise invalid_field(f"{field}.name", name, "Two NATs have this name.")
        names.add(name)
        _complete_nat(nat, field)


def _complete_nat(nat: Document, field: str) -> None:
    fill(nat, {"type": "PUBLIC", "natIpAllocateOption": "AUTO_ONLY", "endpointTypes": ["ENDPOINT_TYPE_VM"]})
    require(nat, "sourceSubnetworkIpRangesToNat", prefix=field)
    if nat["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS" and not nat.get("subnetworks"):
        raise required_field(f"{field}.subnetworks")
    manual = nat["natIpAllocateOption"] == "MANUAL_ONLY"
    if manual and not nat.get("natIps"):
        raise required_field(f"{field}.natIps")
    if not manual and nat.get("natIps"):
        raise invalid_field(f"{field}.natIps", len(nat["natIps"]), "Must be empty when addresses are AUTO_ONLY.")


ROUTER = register(
    Kind(
        collection="routers",
        kind="compute#router",
        noun="router",
        parameter="router",
        services={"regions": "routers"},
        verbs=("patch", "update"),
        aggregated="routers",
        references=(
            Reference("network", ("networks",)),
            Reference("nats[].natIps[]", ("addresses",)),
            Reference("nats[].subnetworks[].name", ("subnetworks",)),
        ),
        immutable=("network",),
        rule=_rule,
    )
)
