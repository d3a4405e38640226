"""gcp_instance_group_manager: zonal and regional, its size, its versions, its ports, and what cannot change."""

from __future__ import annotations

from typing import Any

from .conftest import Api, folder

POLICY = {"type": "PROACTIVE", "minimal_action": "REPLACE", "max_surge": {"fixed": 3}, "max_unavailable": {"fixed": 0}}


def test_the_story(
    tell: Any, api: Api, unique: str, templates: list[str], health_check: str, place: dict[str, str]
) -> None:
    story = tell("gcp_instance_group_manager", name=unique, **place)
    story.step(False, state="absent")

    wanted: dict[str, Any] = {
        "base_instance_name": unique,
        "initial_size": 0,
        "versions": [{"name": "current", "instance_template": templates[0]}],
        "named_ports": [{"name": "http", "port": 5000}],
        "auto_healing_policies": [{"health_check": health_check, "initial_delay_sec": 0}],
        "update_policy": POLICY,
    }
    made = story.step(True, **wanted)
    assert [action.split(".")[-1] for action in made["actions"]] == ["insert", "setNamedPorts"]
    assert made["resource"]["targetSize"] == 0
    story.step(False, **wanted)
    story.step(False, **{**wanted, "versions": [{"instance_template": f"global/instanceTemplates/{templates[0]}"}]})

    canary = [
        {"name": "current", "instance_template": templates[0]},
        {"name": "next", "instance_template": templates[1], "target_size": {"fixed": 1}},
    ]
    assert len(story.step(True, versions=canary)["resource"]["versions"]) == 2
    story.step(False, versions=list(reversed(canary)))
    promoted = story.step(True, versions=[{"name": "next", "instance_template": templates[1]}])
    (version,) = promoted["resource"]["versions"]
    assert version["instanceTemplate"].endswith(templates[1])
    assert "fixed" not in version.get("targetSize", {})

    ports = story.step(True, named_ports=[{"name": "http", "port": 8000}, {"name": "admin", "port": 9000}])
    assert [action.split(".")[-1] for action in ports["actions"]] == ["setNamedPorts"]
    group = api.call("GET", f"{folder(place)}/instanceGroups/{unique}")
    assert sorted(port["port"] for port in group["namedPorts"]) == [8000, 9000]

    policy = {**POLICY, "max_surge": {"fixed": 0}, "max_unavailable": {"fixed": 3}}
    changed = story.step(True, update_policy=policy, description="web", auto_healing_policies=[])
    assert changed["resource"]["updatePolicy"]["maxSurge"]["fixed"] == 0
    assert changed["resource"].get("autoHealingPolicies", []) == []
    story.step(False, update_policy=policy, description="web", auto_healing_policies=[])

    if "region" in place:
        zones = sorted(f"us-central1-{letter}" for letter in "abc")
        found = changed["resource"]["distributionPolicy"]["zones"]
        assert len(found) == 3
        story.step(False, distribution_policy={"zones": [zone["zone"] for zone in found]})
        path = "projects/flaskscale-local/zones"
        old = sorted(f"{path}/{zone['zone'].rpartition('/')[2]}" for zone in found)
        new = [f"{path}/{zone}" for zone in zones[:2]]
        story.refused(
            f"distribution_policy.zones of instance group manager {unique} is {shown(old)} "
            f"and cannot become {shown(new)}, because Google fixes it at creation; "
            f"keep {shown(old)}, choose another name, or delete {unique} first",
            distribution_policy={"zones": zones[:2]},
        )
    else:
        story.refused(
            "zone cannot be used: region is set too, and the instance group manager can only be in one of them; "
            "see ansible-doc for what it takes",
            region="us-central1",
        )
    story.step(True, state="absent")
    story.step(False, state="absent")


def shown(value: Any) -> str:
    """As errors show a long value."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:119]}…"


def test_size(tell: Any, unique: str, templates: list[str]) -> None:
    story = tell("gcp_instance_group_manager", name=unique, zone="us-central1-a")
    versions = [{"instance_template": templates[0]}]
    made = story.step(True, base_instance_name=unique, versions=versions, target_size=1)
    assert made["resource"]["targetSize"] == 1
    story.step(False, initial_size=5)
    resized = story.step(True, target_size=0)
    assert [action.split(".")[-1] for action in resized["actions"]] == ["resize"]
    assert resized["resource"]["targetSize"] == 0
    story.step(False, target_size=0)
    story.step(True, state="absent")
