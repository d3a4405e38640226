"""The autoscaler with everything real: the load that gunicorn and Envoy measure makes a group grow."""

from __future__ import annotations

import time

import pytest

from localcloud.controllers.serve import Controllers
from localcloud.resources.autoscalers import AUTOSCALER
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.controllers.serving import answering, deploy, fetch
from tests.unit.localcloud.runtimes.releases import eventually


def test_a_stressed_group_grows_and_its_autoscaler_says_so(cloud: Cloud, controllers: Controllers) -> None:
    deploy(cloud)
    policy = {
        "minNumReplicas": 2,
        "maxNumReplicas": 3,
        "coolDownPeriodSec": 0,
        "cpuUtilization": {"utilizationTarget": 0.3},
    }
    body = {"name": "autoscaler", "target": cloud.manager().path.self_link, "autoscalingPolicy": policy}
    autoscaler = cloud.make(AUTOSCALER, "regions/us-central1", body)
    deadline = time.monotonic() + 40

    def grown() -> bool:
        fetch(cloud, "/burn?0.5")
        return cloud.manager().body["targetSize"] == 3

    eventually(grown, 40)
    eventually(lambda: len(answering(cloud)) == 3)
    shown = cloud.store.get(autoscaler.path)
    assert shown is not None
    assert (shown.body["status"], shown.body["recommendedSize"]) == ("ACTIVE", 3)
    named = {f"{instance.path.scope_name}/{instance.path.name}" for instance in cloud.instances()}
    assert set() < set(controllers.cpu_utilization()) <= named
    assert time.monotonic() < deadline


@pytest.mark.usefixtures("controllers")
def test_a_group_with_more_requests_than_its_rate_allows_grows(cloud: Cloud) -> None:
    deploy(cloud)
    (service,) = cloud.store.list("compute", "backendServices")
    cloud.change(service, backends=[{**service.body["backends"][0], "maxRatePerInstance": 1}])
    policy = {
        "minNumReplicas": 2,
        "maxNumReplicas": 3,
        "coolDownPeriodSec": 0,
        "loadBalancingUtilization": {"utilizationTarget": 0.8},
    }
    body = {"name": "autoscaler", "target": cloud.manager().path.self_link, "autoscalingPolicy": policy}
    cloud.make(AUTOSCALER, "regions/us-central1", body)
    # Each look fetches: more than the 1.6 requests per second at which two instances are at their target.
    eventually(lambda: fetch(cloud) and cloud.manager().body["targetSize"] == 3, 40)
    eventually(lambda: len(answering(cloud)) == 3)
