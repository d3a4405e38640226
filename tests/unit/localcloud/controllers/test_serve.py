"""The thin path with everything real: store, controllers, gunicorn and Envoy."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator

import pytest

from localcloud.controllers.serve import Controllers
from localcloud.runtimes.process import ProcessRuntime
from tests.unit.localcloud.controllers.conftest import Cloud
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle


@pytest.fixture
def controllers(cloud: Cloud) -> Iterator[Controllers]:
    controllers = Controllers(cloud.store, cloud.clock, cloud.settings, ProcessRuntime(cloud.settings.state))
    controllers.start()
    yield controllers
    controllers.stop(power_off=True)


def fetch(cloud: Cloud, path: str = "/") -> str:
    """The body of a 200 through the load balancer, or an empty text."""
    try:
        with urllib.request.urlopen(cloud.settings.front_end_url + path, timeout=5) as reply:
            return str(reply.read().decode())
    except OSError:
        return ""


def answering(cloud: Cloud) -> set[str]:
    return {fetch(cloud) for _ in range(4)} - {""}


def test_two_instances_answer_and_a_killed_one_is_replaced(cloud: Cloud, controllers: Controllers) -> None:
    cloud.make_template("template", write_bundle(cloud.settings.state))
    check = cloud.make_health_check()
    cloud.make_group("template", 2, autoHealingPolicies=[{"healthCheck": check.path.self_link, "initialDelaySec": 30}])
    begun = time.monotonic()
    cloud.make_load_balancer()

    eventually(lambda: fetch(cloud))
    assert time.monotonic() - begun < 6
    names = eventually(lambda: (found := answering(cloud)) and len(found) == 2 and found)
    assert names == {instance.path.name for instance in cloud.instances()}
    eventually(lambda: cloud.manager().body["status"]["isStable"])

    victim = cloud.instances()[0]
    fetch(cloud, "/die")
    eventually(lambda: len(cloud.running()) < 2 or cloud.manager().body["currentActions"]["recreating"])
    eventually(lambda: cloud.manager().body["status"]["isStable"] and answering(cloud) == names)
    identities = {instance.body["id"] for instance in cloud.running()}
    assert len(identities) == 2
    assert victim.path.name in names
