"""Routers and their NATs."""

from __future__ import annotations

import pytest

ALL = {"sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}


def router(*nats):
    return {"name": "web", "network": "global/networks/web", "nats": list(nats)}


def test_nat(cloud):
    cloud.network()
    cloud.call("routers.insert", router({"name": "nat"} | ALL), region="us-central1")
    nat = cloud.body("regions/us-central1/routers/web")["nats"][0]
    assert (nat["type"], nat["natIpAllocateOption"]) == ("PUBLIC", "AUTO_ONLY")


@pytest.mark.parametrize(
    ("nats", "sentence"),
    [
        ([{"name": "nat"}], "Required field 'resource.nats[0].sourceSubnetworkIpRangesToNat' not specified"),
        (
            [{"name": "nat", "natIpAllocateOption": "MANUAL_ONLY"} | ALL],
            "Required field 'resource.nats[0].natIps' not specified",
        ),
        (
            [{"name": "nat"} | ALL, {"name": "nat"} | ALL],
            "Invalid value for field 'resource.nats[1].name': 'nat'. Two NATs have this name.",
        ),
    ],
)
def test_refused(cloud, nats, sentence):
    cloud.network()
    assert cloud.refused("routers.insert", router(*nats), region="us-central1") == (400, sentence)
