"""gcp_autoscaler: made, changed signal by signal, its schedules, and a target that cannot change."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PROJECT, Api, folder


@pytest.fixture
def group(api: Api, unique: str, templates: list[str], place: dict[str, str]) -> str:
    """An instance group manager's name."""
    body: dict[str, Any] = {"name": unique, "baseInstanceName": unique, "targetSize": 0}
    body["versions"] = [{"instanceTemplate": f"global/instanceTemplates/{templates[0]}"}]
    api.call("POST", f"{folder(place)}/instanceGroupManagers", body)
    return unique


def test_the_story(tell: Any, group: str, place: dict[str, str]) -> None:
    name = f"{group}-scaler"
    story = tell("gcp_autoscaler", name=name, **place)
    story.step(False, state="absent")

    policy: dict[str, Any] = {
        "min_num_replicas": 0,
        "max_num_replicas": 2,
        "cool_down_period_sec": 60,
        "mode": "OFF",
        "cpu_utilization": {"utilization_target": 0.5},
    }
    made = story.step(True, target=group, autoscaling_policy=policy)
    assert made["actions"][0].endswith("utoscalers.insert")
    assert made["resource"]["autoscalingPolicy"]["minNumReplicas"] == 0
    story.step(False, target=f"{folder(place)}/instanceGroupManagers/{group}", autoscaling_policy=policy)

    grown = story.step(
        True, autoscaling_policy={"max_num_replicas": 4, "load_balancing_utilization": {"utilization_target": 0.8}}
    )
    assert grown["resource"]["autoscalingPolicy"]["cpuUtilization"]["utilizationTarget"] == 0.5
    assert grown["diff"]["before"] == "autoscaling_policy:\n  max_num_replicas: 2\n"
    story.step(False, autoscaling_policy={"load_balancing_utilization": {"utilization_target": 0.8}})
    cleared = story.step(True, autoscaling_policy={"load_balancing_utilization": {}})
    assert "loadBalancingUtilization" not in cleared["resource"]["autoscalingPolicy"]

    day = {
        "schedule": "0 8 * * MON-FRI",
        "duration_sec": 3600,
        "min_required_replicas": 1,
        "time_zone": "Europe/Vienna",
    }
    story.step(True, autoscaling_policy={"scaling_schedules": {"day": day, "night": {**day, "schedule": "0 20 * * *"}}})
    one = story.step(True, autoscaling_policy={"scaling_schedules": {"day": {**day, "min_required_replicas": 0}}})
    assert list(one["resource"]["autoscalingPolicy"]["scalingSchedules"]) == ["day"]
    story.step(False, autoscaling_policy={"scaling_schedules": {"day": {**day, "min_required_replicas": 0}}})

    control = {"max_scaled_in_replicas": {"fixed": 1}, "time_window_sec": 60}
    story.step(True, autoscaling_policy={"scale_in_control": control})
    percent = {**control, "max_scaled_in_replicas": {"percent": 50}}
    changed = story.step(True, autoscaling_policy={"scale_in_control": percent})
    assert changed["resource"]["autoscalingPolicy"]["scaleInControl"]["maxScaledInReplicas"].get("fixed") is None

    path = f"projects/{PROJECT}/{folder(place)}/instanceGroupManagers"
    story.refused(
        f"target of autoscaler {name} is '{path}/{group}' and cannot become '{path}/x', because Google fixes it at "
        f"creation; keep '{path}/{group}', choose another name, or delete {name} first",
        target="x",
    )
    story.refused(
        "autoscaling_policy.scaling_schedules.day cannot be used: missing required arguments: duration_sec, "
        "min_required_replicas, schedule; see ansible-doc for what it takes",
        autoscaling_policy={"scaling_schedules": {"day": {}}},
    )
    story.step(True, state="absent")
    story.step(False, state="absent")
