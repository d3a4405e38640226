"""Google's documents become one picture."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.fleet.report import FleetDocuments, fleet, is_troubled, release_of, worth_reading

ROOT = "https://www.googleapis.com/compute/v1/projects/p/"
DIGEST = "1a2b3c4d5e6f" + "0" * 52
MANAGER = {
    "name": "g",
    "targetSize": 2,
    "region": ROOT + "regions/us-central1",
    "status": {"isStable": False, "versionTarget": {"isReached": True}},
    "versions": [{"instanceTemplate": ROOT + "global/instanceTemplates/t"}],
    "updatePolicy": {"type": "PROACTIVE"},
}
MANAGED = {
    "instance": ROOT + "zones/us-central1-a/instances/g-a",
    "name": "g-a",
    "instanceStatus": "RUNNING",
    "currentAction": "NONE",
    "version": {"instanceTemplate": ROOT + "global/instanceTemplates/t"},
    "instanceHealth": [{"detailedHealthState": "HEALTHY"}],
}
INSTANCE = {
    "name": "g-a",
    "zone": ROOT + "zones/us-central1-a",
    "machineType": ROOT + "zones/us-central1-a/machineTypes/e2-medium",
    "creationTimestamp": "2026-01-01T00:00:00Z",
    "networkInterfaces": [{"networkIP": "10.10.0.2", "accessConfigs": [{"natIP": "34.1.2.3"}]}],
    "metadata": {"items": [{"key": "container-image", "value": f"r/app@sha256:{DIGEST}"}]},
}
HEALTH = [{"instance": MANAGED["instance"], "healthState": "HEALTHY"}]


def test_the_whole_picture() -> None:
    autoscaler = {
        "autoscalingPolicy": {"minNumReplicas": 0, "maxNumReplicas": 6, "cpuUtilization": {"utilizationTarget": 0.5}},
        "recommendedSize": 0,
        "status": "ACTIVE",
        "statusDetails": [{"type": "CAPPED_AT_MAX_NUM_REPLICAS", "message": "full"}],
    }
    rule = {"IPAddress": "34.0.0.1", "portRange": "80-80"}
    documents = FleetDocuments(MANAGER, [MANAGED], [INSTANCE], autoscaler, True, HEALTH, rule)
    assert fleet(documents) == {
        "group": {
            "name": "g",
            "target_size": 2,
            "size": 1,
            "stable": False,
            "version_target_reached": True,
            "location": "us-central1",
            "templates": ["t"],
            "update_type": "PROACTIVE",
        },
        "autoscaler": {
            "minimum": 0,
            "maximum": 6,
            "recommended_size": 0,
            "mode": "ON",
            "status": "ACTIVE",
            "details": [{"type": "CAPPED_AT_MAX_NUM_REPLICAS", "message": "full"}],
            "cpu_target": 0.5,
        },
        "instances": [
            {
                "name": "g-a",
                "zone": "us-central1-a",
                "status": "RUNNING",
                "internal_ip": "10.10.0.2",
                "external_ip": "34.1.2.3",
                "current_action": "NONE",
                "health": "HEALTHY",
                "lb_health": "HEALTHY",
                "template": "t",
                "release": "1a2b3c4d5e6f",
                "machine_type": "e2-medium",
                "created": "2026-01-01T00:00:00Z",
                "last_error": "",
            }
        ],
        "address": "34.0.0.1",
        "url": "http://34.0.0.1",
    }


def test_no_group() -> None:
    expected = {"group": None, "autoscaler": None, "instances": [], "address": "", "url": ""}
    assert fleet(FleetDocuments(None)) == expected


def test_an_instance_that_is_not_made_yet() -> None:
    managed = {"instance": MANAGED["instance"], "currentAction": "CREATING", "lastAttempt": attempt("no room", "again")}
    (instance,) = fleet(FleetDocuments(MANAGER, [managed]))["instances"]
    found = {key: instance[key] for key in ("name", "zone", "status", "health", "lb_health", "release", "last_error")}
    assert found == {
        "name": "g-a",
        "zone": "us-central1-a",
        "status": "",
        "health": None,
        "lb_health": None,
        "release": "",
        "last_error": "no room; again",
    }


def attempt(*messages: str) -> dict[str, Any]:
    return {"errors": {"errors": [{"message": message} for message in messages]}}


def test_a_balancer_that_does_not_know_an_instance_yet() -> None:
    (instance,) = fleet(FleetDocuments(MANAGER, [MANAGED], [INSTANCE], balanced=True))["instances"]
    assert instance["lb_health"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("status", "health", "lb_health", "troubled"),
    [
        ("RUNNING", "UNHEALTHY", None, True),
        ("RUNNING", "TIMEOUT", "HEALTHY", True),
        ("RUNNING", "HEALTHY", "UNHEALTHY", True),
        ("RUNNING", "HEALTHY", "HEALTHY", False),
        ("RUNNING", None, None, False),
        ("STAGING", "UNHEALTHY", "UNHEALTHY", False),
    ],
)
def test_which_instances_fail(status: str, health: Any, lb_health: Any, troubled: bool) -> None:
    assert is_troubled({"status": status, "health": health, "lb_health": lb_health}) is troubled


def test_whose_log_is_worth_reading() -> None:
    instances = [
        {"name": "serves", "status": "RUNNING", "health": "HEALTHY", "lb_health": "HEALTHY"},
        {"name": "without checks", "status": "RUNNING", "health": None, "lb_health": None},
        {"name": "not judged", "status": "RUNNING", "health": "UNKNOWN", "lb_health": "UNKNOWN"},
        {"name": "not balanced", "status": "RUNNING", "health": "HEALTHY", "lb_health": "UNKNOWN"},
        {"name": "not started", "status": "STAGING", "health": "UNKNOWN", "lb_health": "UNKNOWN"},
        {"name": "fails", "status": "RUNNING", "health": "UNHEALTHY", "lb_health": "UNHEALTHY"},
    ]
    assert [instance["name"] for instance in worth_reading(instances)] == ["fails", "not judged", "not balanced"]


def test_a_log_goes_with_its_instance() -> None:
    (instance,) = fleet(FleetDocuments(MANAGER, [MANAGED], logs={"g-a": "last line"}))["instances"]
    assert instance["log_tail"] == "last line"


@pytest.mark.parametrize(
    ("port_range", "url"),
    [("80-80", "http://1.2.3.4"), ("443-443", "https://1.2.3.4"), ("8080", "http://1.2.3.4:8080")],
)
def test_urls(port_range: str, url: str) -> None:
    rule = {"IPAddress": "1.2.3.4", "portRange": port_range}
    assert fleet(FleetDocuments(None, forwarding_rule=rule))["url"] == url


def test_an_image_without_a_digest_has_no_release() -> None:
    assert release_of("app:latest") == ""
