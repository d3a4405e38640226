"""Reading a manager's documents into the planner's values."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.clock import timestamp
from localcloud.controllers.group_documents import current_actions, group_status, group_value, member_value
from localcloud.controllers.group_values import Member, Version, VersionTarget
from localcloud.store.path import ResourcePath
from localcloud.store.store import Resource

ZONAL = ResourcePath("compute", "project", "zones/us-central1-a", "instanceGroupManagers", "group")
REGIONAL = ResourcePath("compute", "project", "regions/us-central1", "instanceGroupManagers", "group")
ZONES = [
    {"zone": f"https://www.googleapis.com/compute/v1/projects/project/zones/us-central1-{letter}"} for letter in "abc"
]


def manager(path: ResourcePath = ZONAL, **body: Any) -> Resource:
    document = {"targetSize": 10, "versions": [{"instanceTemplate": "one"}], "updatePolicy": {}, **body}
    if path is REGIONAL:
        document["distributionPolicy"] = {"zones": ZONES, **body.get("distributionPolicy", {})}
    return Resource(path, document, {}, 1)


def template(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


def test_defaults_are_googles() -> None:
    group = group_value(manager(), {}, set())
    assert (group.max_surge, group.max_unavailable) == (1, 1)
    assert (group.proactive, group.substitute, group.checked, group.repairs) == (False, True, False, True)
    regional = group_value(manager(REGIONAL), {}, set())
    assert (regional.max_surge, regional.max_unavailable, regional.redistributes) == (3, 3, True)
    assert regional.zones == ("us-central1-a", "us-central1-b", "us-central1-c")


def test_percentages_round_up_for_surge_and_down_for_what_may_be_missing() -> None:
    policy = {"maxSurge": {"percent": 25, "calculated": 99}, "maxUnavailable": {"percent": 25}}
    group = group_value(manager(updatePolicy=policy), {}, set())
    assert (group.max_surge, group.max_unavailable) == (3, 2)


def test_versions_carry_their_sizes_and_calculated_ones_are_not_trusted() -> None:
    versions = [
        {"instanceTemplate": "one", "targetSize": {"calculated": 3}},
        {"instanceTemplate": "two", "name": "canary", "targetSize": {"percent": 25}},
    ]
    group = group_value(manager(versions=versions), {}, set())
    assert group.versions == (VersionTarget(Version("", "one")), VersionTarget(Version("canary", "two"), 3))


@pytest.mark.parametrize(
    ("minimal", "most", "proactive", "action"),
    [
        ("REPLACE", "REPLACE", True, "REPLACE"),
        ("REFRESH", "REPLACE", True, "RESTART"),
        ("NONE", "RESTART", True, "RESTART"),
        ("NONE", "REFRESH", False, "REPLACE"),
    ],
)
def test_an_update_takes_what_it_needs_or_does_not_happen(
    minimal: str, most: str, proactive: bool, action: str
) -> None:
    policy = {"type": "PROACTIVE", "minimalAction": minimal, "mostDisruptiveAllowedAction": most}
    templates = {"one": template(machineType="e2-small"), "old": template(machineType="e2-medium")}
    group = group_value(manager(updatePolicy=policy), templates, {"old"})
    assert (group.proactive, group.update_action) == (proactive, action)


def test_even_redistribution_can_be_switched_off() -> None:
    assert not group_value(
        manager(REGIONAL, updatePolicy={"instanceRedistributionType": "NONE"}), {}, set()
    ).redistributes


@pytest.mark.parametrize(("started", "since"), [(None, 100.0), (90.0, 100.0), (500.0, 500.0)])
def test_the_initial_delay_runs_from_the_latest_boot(started: float | None, since: float) -> None:
    """A machine that boots in place, as after a power-off, is as new to its health check as one just made."""
    internal = {"version": {"name": "", "template": "one"}, "zone": "us-central1-a", "since": 100.0}
    managed = Resource(ZONAL.child("managedInstances", "web"), {"currentAction": "NONE"}, internal, 1)
    body = {"status": "RUNNING"} | ({"lastStartTimestamp": timestamp(started)} if started else {})
    path = ResourcePath("compute", "project", "zones/us-central1-a", "instances", "web")
    assert member_value(managed, Resource(path, body, {"runtime": None}, 1), None).since == since


def test_every_action_is_counted() -> None:
    version = Version("", "one")
    members = [Member("a", "a", version), Member("b", "a", version, "CREATING_WITHOUT_RETRIES")]
    counters = current_actions(members)
    assert {key: value for key, value in counters.items() if value} == {"none": 1, "creatingWithoutRetries": 1}
    assert len(counters) == 13


def test_status_is_stable_only_at_rest_at_size_and_on_version() -> None:
    group = group_value(manager(targetSize=1, updatePolicy={"type": "PROACTIVE"}), {}, set())
    at_rest = [Member("a", "us-central1-a", Version("", "one"))]
    before = {"autoscaler": "link"}
    assert group_status(group, at_rest, before) == {
        "autoscaler": "link",
        "isStable": True,
        "versionTarget": {"isReached": True},
    }
    assert not group_status(group, [], before)["isStable"]
    assert not group_status(group, [Member("a", "z", Version("", "one"), "VERIFYING")], before)["isStable"]
    late = [Member("a", "z", Version("", "two"))]
    assert group_status(group, late, {}) == {"isStable": False, "versionTarget": {"isReached": False}}
    opportunistic = group_value(manager(targetSize=1), {}, set())
    assert group_status(opportunistic, late, {}) == {"isStable": True, "versionTarget": {"isReached": False}}
