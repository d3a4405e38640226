"""Where options put a resource, and what of them is refused."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.gcp.errors import GcpError
from module_utils.gcp.options import checked, place_of, resource_options
from module_utils.gcp.resource import Place, Resource, fixed_or_percent, flag, group, group_map, integer, text

EITHER = Resource("group", {"zone": "zs", "region": "rs"}, "gs", ())
BOTH = Resource("map", {"global": "gs", "region": "rs"}, "ms", ())
ALARMS = (group_map("alarms", text("at", required=True), integer("length_sec"), flag("off")),)


def refusal(work: Any) -> str:
    with pytest.raises(GcpError) as refused:
        work()
    return str(refused.value)


@pytest.mark.parametrize(
    ("resource", "options", "expected"),
    [
        (EITHER, {"zone": "z"}, Place("p", "zone", "z")),
        (EITHER, {"region": "r", "zone": None}, Place("p", "region", "r")),
        (BOTH, {"region": "r"}, Place("p", "region", "r")),
        (BOTH, {}, Place("p")),
    ],
)
def test_place(resource: Resource, options: dict[str, Any], expected: Place) -> None:
    assert place_of(resource, {"project": "p", **options}) == expected


def test_place_paths() -> None:
    assert Place("p", "zone", "z").path == "projects/p/zones/z"
    assert Place("p").path == "projects/p/global"
    assert Place("p", "location", "l").path == "projects/p/locations/l"


def test_places_that_are_refused() -> None:
    assert refusal(lambda: place_of(EITHER, {"zone": "z"})) == (
        "project is not set, and no request to Google can be made without it; "
        "set the option project or the environment variable GCP_PROJECT"
    )
    assert refusal(lambda: place_of(EITHER, {"project": "p"})) == (
        "zone or region is not set, and no request to Google can be made without it; set the option zone or region"
    )
    assert refusal(lambda: place_of(EITHER, {"project": "p", "zone": "z", "region": "r"})) == (
        "zone cannot be used: region is set too, and the group can only be in one of them; "
        "see ansible-doc for what it takes"
    )


def test_maps_of_objects_are_checked_like_everything_else() -> None:
    given = {"alarms": {"n": {"at": "7", "length_sec": "3"}}}
    assert checked(ALARMS, given)["alarms"]["n"] == {"at": "7", "length_sec": 3, "off": None}


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("7", "found '7', expected a mapping"),
        ({}, "missing required arguments: at"),
        ({"at": "7", "lenght": 1}, "lenght. Supported parameters include: at, length_sec, off"),
    ],
)
def test_members_that_are_refused(member: Any, reason: str) -> None:
    sentence = refusal(lambda: checked(ALARMS, {"alarms": {"n": member}}))
    assert sentence.startswith("alarms.n cannot be used: ")
    assert reason in sentence


def test_specification() -> None:
    resource = Resource(
        "x", {"zone": "xs"}, "xs", (group("policy", fixed_or_percent("surge")), text("mode", choices=("A",)))
    )
    options = resource_options(resource)
    assert options["mode"] == {"type": "str", "choices": ["A"]}
    assert options["policy"]["options"]["surge"]["mutually_exclusive"] == [["fixed", "percent"]]
    assert options["access_token"]["no_log"]
    assert options["service_account_contents"]["no_log"]
