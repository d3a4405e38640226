"""The autoscaler controller on stored documents; the decision itself is tested with the rules."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.controllers.autoscalers import AutoscalerController, policy_value
from localcloud.controllers.load_balancing import LoadBalancingController
from localcloud.controllers.meters import LoadMeters
from localcloud.dataplane.envoy import Envoy
from localcloud.resources.autoscalers import AUTOSCALER
from localcloud.resources.autoscaling import Mode, ScaleInControl
from localcloud.runtimes.process import ProcessRuntime
from localcloud.store.store import Resource
from tests.unit.localcloud.controllers.cloud import Cloud

LOCATION = "regions/us-central1"


@pytest.fixture
def controller(cloud: Cloud) -> AutoscalerController:
    runtime = ProcessRuntime(cloud.settings.state)
    envoy = Envoy(cloud.settings.state / "envoy", cloud.settings.state / "log" / "envoy.log")
    balancing = LoadBalancingController(cloud.store, runtime, envoy)
    meters = LoadMeters(cloud.store, cloud.clock, cloud.settings, runtime, balancing)
    cloud.make_template("template", "image")
    cloud.make_group("template", 4)
    return AutoscalerController(cloud.store, cloud.clock, cloud.settings, meters)


def make(cloud: Cloud, **policy: Any) -> Resource:
    full = {"minNumReplicas": 2, "maxNumReplicas": 6, **policy}
    body = {"name": "autoscaler", "target": cloud.manager().path.self_link, "autoscalingPolicy": full}
    return cloud.make(AUTOSCALER, LOCATION, body)


def shown(cloud: Cloud, autoscaler: Resource) -> tuple[str, list[str]]:
    found = cloud.store.get(autoscaler.path)
    assert found is not None
    return found.body["status"], [detail["type"] for detail in found.body["statusDetails"]]


def test_a_new_autoscaler_becomes_active_and_keeps_the_size(cloud: Cloud, controller: AutoscalerController) -> None:
    autoscaler = make(cloud)
    assert controller.reconcile(autoscaler.path) == pytest.approx(5)
    assert shown(cloud, autoscaler) == ("ACTIVE", ["ALL_INSTANCES_UNHEALTHY"])
    assert cloud.manager().body["targetSize"] == 4
    found = cloud.store.get(autoscaler.path)
    assert found is not None
    assert found.body["recommendedSize"] == 4
    assert [entry[1:] for entry in found.internal["history"]] == [[4, 4]]


def test_limits_are_applied_to_the_group(cloud: Cloud, controller: AutoscalerController) -> None:
    autoscaler = make(cloud, maxNumReplicas=3)
    controller.reconcile(autoscaler.path)
    assert cloud.manager().body["targetSize"] == 3
    assert "CAPPED_AT_MAX_NUM_REPLICAS" in shown(cloud, autoscaler)[1]


def test_nothing_is_written_when_nothing_changes(cloud: Cloud, controller: AutoscalerController) -> None:
    autoscaler = make(cloud)
    controller.reconcile(autoscaler.path)
    before = cloud.store.get(autoscaler.path)
    controller.reconcile(autoscaler.path)
    assert cloud.store.get(autoscaler.path) == before


def test_off_leaves_the_size_and_says_so(cloud: Cloud, controller: AutoscalerController) -> None:
    autoscaler = make(cloud, minNumReplicas=5, mode="OFF")
    controller.reconcile(autoscaler.path)
    found = cloud.store.get(autoscaler.path)
    assert found is not None
    assert (cloud.manager().body["targetSize"], found.body["recommendedSize"]) == (4, 5)
    assert found.body["statusDetails"][0] == {
        "type": "MODE_OFF",
        "message": "Autoscaling operates in a restricted mode: OFF.",
    }


def test_load_balancing_needs_one_backend_with_a_rate_for_each_instance(
    cloud: Cloud, controller: AutoscalerController
) -> None:
    autoscaler = make(cloud, loadBalancingUtilization={"utilizationTarget": 0.5})
    controller.reconcile(autoscaler.path)
    assert shown(cloud, autoscaler)[0] == "ERROR"
    assert shown(cloud, autoscaler)[1][0] == "BACKEND_SERVICE_DOES_NOT_EXIST"
    cloud.make_health_check()
    cloud.make_load_balancer()
    controller.reconcile(autoscaler.path)
    status, details = shown(cloud, autoscaler)
    assert status == "ACTIVE"
    assert "MISSING_LOAD_BALANCING_DATA_POINTS" in details


def test_a_target_that_is_gone_is_an_error(cloud: Cloud, controller: AutoscalerController) -> None:
    autoscaler = make(cloud)
    with cloud.store.transaction() as transaction:
        transaction.delete(cloud.manager().path)
    controller.reconcile(autoscaler.path)
    assert shown(cloud, autoscaler) == ("ERROR", ["SCALING_TARGET_DOES_NOT_EXIST"])


def test_a_policy_document_becomes_a_value() -> None:
    policy = policy_value(
        {
            "minNumReplicas": 1,
            "maxNumReplicas": 9,
            "coolDownPeriodSec": 30,
            "stabilizationPeriodSec": 300,
            "mode": "ONLY_SCALE_OUT",
            "scaleInControl": {"maxScaledInReplicas": {"percent": 20}, "timeWindowSec": 120},
        }
    )
    assert (policy.minimum, policy.maximum, policy.cool_down_seconds, policy.stabilization_seconds) == (1, 9, 30, 300)
    assert policy.mode is Mode.ONLY_SCALE_OUT
    assert policy.scale_in_control == ScaleInControl(window_seconds=120, percent=20)
