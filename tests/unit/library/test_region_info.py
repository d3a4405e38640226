"""A region on a project that has not enabled Compute Engine, which no story can have: theirs is enabled for all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.module_utils.gcp.wire import Wire, refusal

from .conftest import MODULES

MODULE = MODULES["gcp_region_info"]
DISABLED = refusal(403, "accessNotConfigured", "Compute Engine API has not been used in project 1 before.")


def region_of(wire: Wire, machine_type: str = "", service_enabled: bool = False) -> dict[str, Any]:
    """What the module finds out about the region r."""
    return MODULE.region_of(MODULE.Client(wire), "projects/p", "r", machine_type, service_enabled)


def test_nothing_is_known_before_the_service_is_enabled() -> None:
    assert region_of(Wire([DISABLED]), "e2-medium") == {
        "changed": False,
        "known": False,
        "exists": True,
        "zones": [],
        "machine_type_zones": [],
    }


def test_a_refusal_that_comes_after_it_was_enabled_is_a_failure() -> None:
    with pytest.raises(
        Exception, match=r"^Google answered 403 accessNotConfigured to compute.regions.get on projects/p/"
    ):
        region_of(Wire([DISABLED]), service_enabled=True)


def test_another_refusal_is_a_failure() -> None:
    with pytest.raises(Exception, match="403 forbidden"):
        region_of(Wire([refusal(403, "forbidden", "No.")]))


def test_the_zones_that_have_the_machine_type() -> None:
    answers: list[Any] = [
        (200, {"zones": ["u/zones/r-b", "u/zones/r-a"]}),
        (200, {"name": "m"}),
        refusal(404, "notFound", "No."),
    ]
    found = region_of(wire := Wire(answers), "m")
    assert (found["zones"], found["machine_type_zones"]) == (["r-a", "r-b"], ["r-a"])
    assert wire.lines[1:] == ["GET projects/p/zones/r-a/machineTypes/m", "GET projects/p/zones/r-b/machineTypes/m"]
