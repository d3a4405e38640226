"""The planner by table and by story: a small simulator plays the steps until nothing is left to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from localcloud.controllers.group_plan import outdated, plan, version_sizes
from localcloud.controllers.group_values import Group, Member, Step, StepKind, Version, VersionTarget

V1, V2 = Version("", "one"), Version("", "two")
ZONES = ("a", "b", "c")
ZONAL = Group(target_size=3, versions=(VersionTarget(V1),), zones=("a",))
REGIONAL = replace(ZONAL, zones=ZONES, redistributes=True)


def member(name: str, zone: str = "a", version: Version = V1, **more: object) -> Member:
    return replace(Member(name, zone, version), **more)  # type: ignore[arg-type]  # by name


class Simulator:
    """Plays the controller and the instances: every step works, and instances take one round to come or go."""

    def __init__(self, group: Group, members: list[Member], *, healthy: bool = True) -> None:
        self.group = group
        self.members = {member.name: member for member in members}
        self.healthy = healthy
        self.now = 0.0
        self.least_available = self.available()
        self.most = len(self.members)
        self.steps: list[Step] = []

    def available(self) -> int:
        return sum(member.available for member in self.members.values())

    def run(self, rounds: int = 60) -> Simulator:
        for _ in range(rounds):
            self.now += 1
            steps = plan(self.group, self.members.values(), self.now)
            self.steps += steps
            for step in steps:
                self._take(step)
            self.least_available = min(self.least_available, self.available())
            staying = [member for member in self.members.values() if member.action != "DELETING"]
            self.most = max(self.most, len(staying))
            self._live()
        return self

    def _take(self, step: Step) -> None:
        if step.kind is StepKind.ADD:
            name = f"new-{len(self.members)}-{len(self.steps)}-{self.now:g}-{step.zone}"
            while name in self.members:
                name += "x"
            assert step.version is not None
            self.members[name] = Member(name, step.zone, step.version, "CREATING", exists=False, verified=False)
            return
        present = self.members[step.name]
        made = {"version": step.version or present.version, "intent": None, "verified": False, "since": self.now}
        changes: dict[StepKind, dict[str, object]] = {
            StepKind.CREATE: {"exists": True, "status": "RUNNING", "healthy_once": False, "deleted": False},
            StepKind.RECREATE: {"action": "RECREATING", "deleted": present.exists, **made},
            StepKind.RESTART: {"action": "RESTARTING", "booting": True, **made},
            StepKind.REFRESH: {"action": "REFRESHING", **made, "verified": present.verified},
            StepKind.VERIFY: {"action": "VERIFYING"},
            StepKind.SETTLE: {"action": "NONE", "verified": True},
            StepKind.REMOVE: {"action": "DELETING", "deleted": True, "intent": None},
        }
        if step.kind is StepKind.FORGET:
            del self.members[step.name]
        else:
            self.members[step.name] = replace(present, **changes[step.kind])  # type: ignore[arg-type]  # by name

    def _live(self) -> None:
        for name, present in list(self.members.items()):
            if present.deleted:
                self.members[name] = replace(present, exists=False, deleted=False, status="")
            elif present.exists:
                healthy = present.healthy_once or self.healthy
                self.members[name] = replace(present, booting=False, healthy_once=healthy)

    def versions(self) -> Counter[Version]:
        return Counter(member.version for member in self.members.values())

    def zones(self) -> Counter[str]:
        return Counter(member.zone for member in self.members.values())


def settled(count: int, version: Version = V1, zones: tuple[str, ...] = ("a",)) -> list[Member]:
    return [member(f"old-{number}", zones[number % len(zones)], version) for number in range(count)]


def test_an_empty_group_is_filled_evenly_and_comes_to_rest() -> None:
    simulator = Simulator(replace(REGIONAL, target_size=5), []).run()
    assert sorted(simulator.zones().values()) == [1, 2, 2]
    assert plan(simulator.group, simulator.members.values(), 99.0) == []


def test_a_group_at_rest_needs_nothing() -> None:
    assert plan(ZONAL, settled(3), 0.0) == []


@pytest.mark.parametrize(
    ("surge", "unavailable", "most", "least"),
    [(1, 0, 4, 3), (3, 0, 6, 3), (0, 1, 3, 2), (2, 1, 5, 2), (0, 3, 3, 0)],
)
def test_a_rolling_update_keeps_within_surge_and_unavailable(
    surge: int, unavailable: int, most: int, least: int
) -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), max_surge=surge, max_unavailable=unavailable, checked=True)
    simulator = Simulator(group, settled(3)).run()
    assert simulator.versions() == {V2: 3}
    assert (simulator.most, simulator.least_available) == (most, least)


def test_an_update_that_never_becomes_healthy_leaves_the_old_version_serving() -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), max_surge=1, checked=True, initial_delay_seconds=1000)
    simulator = Simulator(group, settled(3), healthy=False).run()
    assert simulator.versions() == {V1: 3, V2: 1}
    assert simulator.least_available == 3


def test_going_back_removes_the_unhealthy_new_members_and_touches_no_old_one() -> None:
    members = [*settled(3), member("new", version=V2, action="VERIFYING", verified=False, healthy_once=False)]
    steps = plan(replace(ZONAL, checked=True), members, 1.0)
    assert steps == [Step(StepKind.REMOVE, "new")]


def test_an_opportunistic_update_changes_nobody_and_new_members_take_the_new_version() -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), proactive=False)
    assert plan(group, settled(3), 0.0) == []
    assert Simulator(replace(group, target_size=4), settled(3)).run().versions() == {V1: 3, V2: 1}


def test_recreate_keeps_the_names() -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), substitute=False, max_surge=0, max_unavailable=1)
    simulator = Simulator(group, settled(3)).run()
    assert sorted(simulator.members) == ["old-0", "old-1", "old-2"]
    assert simulator.versions() == {V2: 3}
    assert simulator.least_available == 2


@pytest.mark.parametrize(("action", "least"), [("RESTART", 2), ("REFRESH", 3)])
def test_a_milder_update_happens_in_place(action: str, least: int) -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), update_action=action, max_unavailable=1)
    simulator = Simulator(group, settled(3)).run()
    assert {step.kind for step in simulator.steps} & {StepKind.ADD, StepKind.REMOVE, StepKind.RECREATE} == set()
    assert (simulator.versions(), simulator.least_available) == ({V2: 3}, least)


def test_a_canary_gets_its_number_and_the_rest_keeps_the_other_version() -> None:
    group = replace(ZONAL, target_size=10, versions=(VersionTarget(V1), VersionTarget(V2, 2)))
    assert version_sizes(group) == {V2: 2, V1: 8}
    simulator = Simulator(group, settled(10)).run()
    assert simulator.versions() == {V1: 8, V2: 2}


def test_a_version_is_its_name_and_its_template() -> None:
    renamed = Version("0/20261123", "one")
    assert len(outdated(replace(ZONAL, versions=(VersionTarget(renamed),)), settled(3))) == 3


@pytest.mark.parametrize("broken", [{"exists": False, "status": ""}, {"status": "TERMINATED"}, {"deleted": True}])
def test_a_failed_or_deleted_instance_is_recreated_under_its_name(broken: dict[str, object]) -> None:
    members = [*settled(2), member("lost", **broken)]
    assert plan(ZONAL, members, 0.0) == [Step(StepKind.RECREATE, "lost", version=V1)]
    simulator = Simulator(ZONAL, members).run()
    assert "lost" in simulator.members
    assert simulator.available() == 3


def test_a_repair_keeps_the_version_unless_the_group_says_otherwise() -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), proactive=False)
    lost = [*settled(2), member("lost", status="TERMINATED")]
    assert plan(group, lost, 0.0) == [Step(StepKind.RECREATE, "lost", version=V1)]
    assert plan(replace(group, updates_on_repair=True), lost, 0.0) == [Step(StepKind.RECREATE, "lost", version=V2)]


def test_nothing_is_repaired_when_the_group_says_so() -> None:
    assert plan(replace(ZONAL, repairs=False), [*settled(2), member("lost", status="TERMINATED")], 0.0) == []


@pytest.mark.parametrize(
    ("healthy_once", "age", "heals"),
    [(False, 59, False), (False, 60, True), (True, 1, True)],
)
def test_autohealing_waits_for_the_initial_delay_or_the_first_success(
    healthy_once: bool, age: float, heals: bool
) -> None:
    group = replace(ZONAL, checked=True, initial_delay_seconds=60)
    sick = member("sick", action="VERIFYING", unhealthy=True, healthy_once=healthy_once, since=100.0, verified=False)
    steps = plan(group, [*settled(2), sick], 100.0 + age)
    kinds = [step.kind for step in steps if step.name == "sick"]
    assert (kinds == [StepKind.RECREATE]) is heals


def test_back_off_delays_the_next_creation() -> None:
    waiting = member("slow", action="CREATING", exists=False, status="", verified=False, not_before=50.0)
    assert plan(ZONAL, [*settled(2), waiting], 49.0) == []
    assert plan(ZONAL, [*settled(2), waiting], 50.0) == [Step(StepKind.CREATE, "slow", version=V1)]


@pytest.mark.parametrize(
    ("worst", "why"),
    [
        ({"status": "STOPPING"}, "it does not run"),
        ({"action": "VERIFYING"}, "it is being changed"),
        ({"version": V2}, "it is not of the wanted version"),
        ({"unhealthy": True}, "it is unhealthy"),
    ],
)
def test_shrinking_takes_the_least_useful_first(worst: dict[str, object], why: str) -> None:
    members = [*settled(3), replace(member("aa-worst"), **worst)]  # type: ignore[arg-type]  # by name
    removed = [step.name for step in plan(replace(ZONAL, proactive=False), members, 0.0) if step.kind == "REMOVE"]
    assert removed == ["aa-worst"], why


def test_shrinking_takes_from_the_fullest_zone_and_at_once() -> None:
    members = [member("a1", "a"), member("a2", "a"), member("b1", "b"), member("c1", "c"), member("c2", "c")]
    simulator = Simulator(replace(REGIONAL, target_size=3), members).run()
    assert simulator.zones() == {"a": 1, "b": 1, "c": 1}


def test_redistribution_evens_the_zones_without_losing_availability() -> None:
    members = [member("a1", "a"), member("a2", "a"), member("b1", "b"), member("b2", "b")]
    simulator = Simulator(replace(REGIONAL, target_size=4), members).run()
    assert sorted(simulator.zones().values()) == [1, 1, 2]
    assert simulator.least_available == 4
    assert plan(simulator.group, simulator.members.values(), 99.0) == []


def test_a_regional_update_stays_even() -> None:
    group = replace(REGIONAL, target_size=6, versions=(VersionTarget(V2),), max_surge=3)
    simulator = Simulator(group, settled(6, zones=ZONES)).run()
    assert simulator.zones() == {"a": 2, "b": 2, "c": 2}
    assert (simulator.versions(), simulator.least_available, simulator.most) == ({V2: 6}, 6, 9)


def test_what_a_caller_asked_for_is_begun() -> None:
    asked = {"DELETE": "REMOVE", "ABANDON": "FORGET", "RECREATE": "RECREATE", "RESTART": "RESTART"}
    for intent, kind in asked.items():
        target = 2 if intent in ("DELETE", "ABANDON") else 3
        members = [*settled(2), member("asked", intent=intent)]
        steps = plan(replace(ZONAL, target_size=target), members, 0.0)
        assert [(step.kind, step.name) for step in steps] == [(kind, "asked")]


@pytest.mark.parametrize("intent", ["RECREATE", "RESTART", "REFRESH"])
def test_what_a_caller_has_made_anew_gets_the_current_configuration(intent: str) -> None:
    group = replace(ZONAL, versions=(VersionTarget(V2),), proactive=False)
    steps = plan(group, [*settled(2), member("asked", intent=intent)], 0.0)
    assert [(step.kind, step.version) for step in steps] == [(intent, V2)]


def test_a_group_that_is_deleted_ends_empty() -> None:
    assert Simulator(replace(ZONAL, target_size=0), settled(3)).run().members == {}
