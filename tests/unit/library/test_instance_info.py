"""Instances over the zones of a project; end to end they are found as builders, on real machines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.module_utils.gcp.wire import Wire, refusal

from .conftest import MODULES

MODULE = MODULES["gcp_instance_info"]
ZONES = "https://www.googleapis.com/compute/v1/projects/p/zones"


def page(zone: str, *names: str, token: str = "") -> tuple[int, Any]:
    """One page of aggregatedList; a zone without an instance has a warning in their place."""
    instances = [{"name": name, "zone": f"{ZONES}/{zone}", "status": "RUNNING"} for name in names]
    items = {f"zones/{zone}": {"instances": instances}, "zones/none": {"warning": {"code": "NO_RESULTS_ON_PAGE"}}}
    return 200, {"items": items} | ({"nextPageToken": token} if token else {})


def test_every_zone_on_every_page_is_listed_by_its_name() -> None:
    wire = Wire([page("r-b", "w-2", "w-1", token="next"), page("r-a", "w-3")])
    found = MODULE.instances(MODULE.Client(wire), "p", "w-[0-9]")
    assert [(one["zone"], one["name"]) for one in found] == [("r-a", "w-3"), ("r-b", "w-1"), ("r-b", "w-2")]
    assert wire.lines == ["GET projects/p/aggregated/instances"] * 2
    assert wire.asked[0][2]["filter"] == "name eq w-[0-9]"


def test_there_are_none_before_the_service_is_enabled() -> None:
    disabled = refusal(403, "accessNotConfigured", "Compute Engine API has not been used in project 1 before.")
    assert MODULE.instances(MODULE.Client(Wire([disabled])), "p", "w") == []


def test_another_refusal_is_a_failure() -> None:
    with pytest.raises(Exception, match="403 forbidden"):
        MODULE.instances(MODULE.Client(Wire([refusal(403, "forbidden", "no")])), "p", "w")
