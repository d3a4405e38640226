"""Autoscalers: the policy's defaults and bounds, one per group, and the link at the group."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX

ZONE = "us-central1-a"
MANAGER = f"zones/{ZONE}/instanceGroupManagers/web"
POLICY = "resource.autoscalingPolicy"


@pytest.fixture
def grouped(cloud):
    """A cloud with the group `web`."""
    cloud.network()
    cloud.template()
    cloud.group()
    return cloud


def autoscaler(name="web", **policy):
    return {"name": name, "target": MANAGER, "autoscalingPolicy": {"maxNumReplicas": 6} | policy}


def test_defaults_and_the_groups_link(grouped):
    grouped.call("autoscalers.insert", autoscaler(), zone=ZONE)
    stored = grouped.stored(f"zones/{ZONE}/autoscalers/web")
    assert stored.body["autoscalingPolicy"] == {
        "minNumReplicas": 2,
        "maxNumReplicas": 6,
        "coolDownPeriodSec": 60,
        "stabilizationPeriodSec": 600,
        "mode": "ON",
        "cpuUtilization": {"utilizationTarget": 0.6, "predictiveMethod": "NONE"},
    }
    assert stored.body["target"] == f"{PREFIX}{MANAGER}"
    assert stored.body["status"] == "PENDING"
    assert "recommendedSize" not in stored.body
    assert grouped.body(MANAGER)["status"]["autoscaler"] == stored.body["selfLink"]
    grouped.call("autoscalers.delete", zone=ZONE, autoscaler="web")
    assert "autoscaler" not in grouped.body(MANAGER)["status"]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ({"maxNumReplicas": None}, f"Required field '{POLICY}.maxNumReplicas' not specified"),
        (
            {"minNumReplicas": 7},
            f"Invalid value for field '{POLICY}.maxNumReplicas': '6'. Must be greater than or equal to "
            "minNumReplicas, "
            "which is 7.",
        ),
        (
            {"minNumReplicas": -1},
            f"Invalid value for field '{POLICY}.minNumReplicas': '-1'. Must be greater than or equal to 0",
        ),
        (
            {"cpuUtilization": {"utilizationTarget": 1.5}},
            f"Invalid value for field '{POLICY}.cpuUtilization.utilizationTarget': '1.5'. Must be greater than 0 "
            "and "
            "less than or equal to 1.",
        ),
        (
            {"coolDownPeriodSec": 3601},
            f"Invalid value for field '{POLICY}.coolDownPeriodSec': '3601'. Must be less than or equal to 3600",
        ),
        (
            {"scaleInControl": {"timeWindowSec": 60}},
            f"Required field '{POLICY}.scaleInControl.maxScaledInReplicas' not specified",
        ),
        (
            {"scaleInControl": {"timeWindowSec": 30, "maxScaledInReplicas": {"fixed": 1}}},
            f"Invalid value for field '{POLICY}.scaleInControl.timeWindowSec': '30'. Must be greater than or "
            "equal to 60",
        ),
        (
            {"scalingSchedules": {"day": {"schedule": "0 8 * *", "durationSec": 300, "minRequiredReplicas": 3}}},
            f"Invalid value for field '{POLICY}.scalingSchedules[day].schedule': '0 8 * *'. Must be a cron "
            "expression "
            "of five fields, and optionally a year.",
        ),
        (
            {"scalingSchedules": {"day": {"schedule": "0 8 * * *", "durationSec": 60, "minRequiredReplicas": 3}}},
            f"Invalid value for field '{POLICY}.scalingSchedules[day].durationSec': '60'. Must be greater than "
            "or equal "
            "to 300",
        ),
        (
            {"customMetricUtilizations": [{"metric": "a"}]},
            f"Invalid value for field '{POLICY}.customMetricUtilizations[0]': 'a'. Exactly one of "
            "utilizationTarget and "
            "singleInstanceAssignment must be specified.",
        ),
    ],
)
def test_refused(grouped, policy, sentence):
    assert grouped.refused("autoscalers.insert", autoscaler(**policy), zone=ZONE) == (400, sentence)


def test_time_zone(grouped):
    schedule = {"schedule": "0 8 * * *", "durationSec": 300, "minRequiredReplicas": 3, "timeZone": "Mars/Base"}
    body = autoscaler(scalingSchedules={"day": schedule})
    assert grouped.refused("autoscalers.insert", body, zone=ZONE) == (
        400,
        f"Invalid value for field '{POLICY}.scalingSchedules[day].timeZone': 'Mars/Base'. Must be a time zone "
        "name of "
        "the IANA database.",
    )


def test_schedules_alone_add_no_cpu_signal(grouped):
    schedule = {"schedule": "0 8 * * *", "durationSec": 300, "minRequiredReplicas": 3}
    grouped.call("autoscalers.insert", autoscaler(scalingSchedules={"day": schedule}), zone=ZONE)
    policy = grouped.body(f"zones/{ZONE}/autoscalers/web")["autoscalingPolicy"]
    assert "cpuUtilization" not in policy
    assert policy["scalingSchedules"]["day"]["timeZone"] == "UTC"


def test_one_autoscaler_for_a_group(grouped):
    grouped.call("autoscalers.insert", autoscaler(), zone=ZONE)
    assert grouped.refused("autoscalers.insert", autoscaler("other"), zone=ZONE) == (
        400,
        f"The instance_group_manager resource 'projects/flaskscale-local/{MANAGER}' already has the autoscaler "
        f"'projects/flaskscale-local/zones/{ZONE}/autoscalers/web'; change that one instead.",
    )


def test_target_must_exist_in_the_same_location(grouped):
    missing = autoscaler() | {"target": f"zones/{ZONE}/instanceGroupManagers/none"}
    assert grouped.refused("autoscalers.insert", missing, zone=ZONE)[0] == 404
    assert grouped.refused("autoscalers.insert", autoscaler(), zone="us-central1-b") == (
        400,
        f"Invalid value for field 'resource.target': '{PREFIX}{MANAGER}'. The target must be in 'zones/us-central1-b'.",
    )


def test_patch_and_update_name_the_autoscaler_in_the_query(grouped):
    grouped.call("autoscalers.insert", autoscaler(minNumReplicas=3), zone=ZONE)
    grouped.call("autoscalers.patch", {"autoscalingPolicy": {"maxNumReplicas": 9}}, zone=ZONE, autoscaler="web")
    policy = grouped.body(f"zones/{ZONE}/autoscalers/web")["autoscalingPolicy"]
    assert (policy["minNumReplicas"], policy["maxNumReplicas"]) == (3, 9)
    grouped.call("autoscalers.update", autoscaler(), zone=ZONE)
    policy = grouped.body(f"zones/{ZONE}/autoscalers/web")["autoscalingPolicy"]
    assert (policy["minNumReplicas"], policy["maxNumReplicas"]) == (2, 6)
