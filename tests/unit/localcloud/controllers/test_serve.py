"""The controllers with everything real: store, rules, gunicorn and Envoy."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator

import psutil
import pytest

from localcloud.controllers.serve import Controllers
from localcloud.resources.autoscalers import AUTOSCALER
from localcloud.resources.instances import request_delete
from localcloud.runtimes.process import ProcessRuntime
from localcloud.store.store import Resource
from tests.unit.localcloud.controllers.conftest import Cloud
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle

Begin = Callable[[], Controllers]


@pytest.fixture
def begin(cloud: Cloud) -> Iterator[Begin]:
    """Starts controllers over the same store, as each start of the local cloud does; the last ones power off."""
    started: list[Controllers] = []

    def start() -> Controllers:
        started.append(Controllers(cloud.store, cloud.clock, cloud.settings, ProcessRuntime(cloud.settings.state)))
        started[-1].start()
        return started[-1]

    yield start
    Controllers(cloud.store, cloud.clock, cloud.settings, ProcessRuntime(cloud.settings.state)).stop(power_off=True)
    started[-1].stop(power_off=True)


@pytest.fixture
def controllers(begin: Begin) -> Controllers:
    return begin()


def fetch(cloud: Cloud, path: str = "/") -> str:
    """The body of a 200 through the load balancer, or an empty text."""
    try:
        with urllib.request.urlopen(cloud.settings.front_end_url + path, timeout=5) as reply:
            return str(reply.read().decode())
    except OSError:
        return ""


def answering(cloud: Cloud) -> set[str]:
    return {fetch(cloud) for _ in range(6)} - {""}


def stable(cloud: Cloud) -> bool:
    return bool(cloud.manager().body["status"]["isStable"])


def identities(cloud: Cloud) -> dict[str, str]:
    return {instance.path.name: instance.body["id"] for instance in cloud.instances()}


def processes(cloud: Cloud) -> set[int]:
    return {int(file.read_text()) for file in (cloud.settings.state / "instances").glob("*/process")}


def mark(cloud: Cloud, instance: Resource, **internal: object) -> None:
    """Write to an instance's internal document, as the admin port and the rules do."""
    with cloud.store.transaction() as transaction:
        current = transaction.get(instance.path)
        assert current is not None
        transaction.put(current.path, current.body, current.internal | internal)


def last_attempt(cloud: Cloud, name: str) -> str:
    """Why the last attempt at a managed instance failed, or an empty text."""
    managed = cloud.store.get(cloud.manager().path.child("managedInstances", name))
    errors = managed.body.get("lastAttempt", {}).get("errors", {}).get("errors", []) if managed else []
    return str(errors[0]["message"]) if errors else ""


def deploy(cloud: Cloud, size: int = 2, **group: object) -> None:
    """A group of `size` behind the load balancer; returns when it is stable and all its instances answer."""
    cloud.make_template("template", write_bundle(cloud.settings.state))
    check = cloud.make_health_check()
    healing = [{"healthCheck": check.path.self_link, "initialDelaySec": 30}]
    cloud.make_group("template", size, autoHealingPolicies=healing, **group)
    cloud.make_load_balancer(connectionDraining={"drainingTimeoutSec": 10})
    eventually(lambda: stable(cloud))
    eventually(lambda: answering(cloud) == set(identities(cloud)))


@pytest.mark.usefixtures("controllers")
def test_two_instances_answer_soon(cloud: Cloud) -> None:
    begun = time.monotonic()
    deploy(cloud)
    assert time.monotonic() - begun < 8
    assert {instance.path.scope_name for instance in cloud.instances()} == {"us-central1-a", "us-central1-b"}


@pytest.mark.usefixtures("controllers")
def test_an_instance_that_dies_comes_back_under_its_name_and_no_get_is_lost(cloud: Cloud) -> None:
    deploy(cloud)
    before = identities(cloud)
    fetch(cloud, "/die")
    answers: list[str] = []

    def fetched_first(condition: Callable[[], object]) -> object:
        answers.append(fetch(cloud))
        return condition()

    eventually(lambda: fetched_first(lambda: identities(cloud).items() - before.items()))
    eventually(lambda: fetched_first(lambda: stable(cloud) and answering(cloud) == set(before)))
    assert "" not in answers
    assert len(identities(cloud).items() & before.items()) == 1


@pytest.mark.usefixtures("controllers")
def test_an_instance_whose_power_is_cut_comes_back(cloud: Cloud) -> None:
    deploy(cloud)
    before = identities(cloud)
    mark(cloud, cloud.instances()[0], fault="kill")
    eventually(lambda: identities(cloud).items() - before.items() and stable(cloud))
    assert identities(cloud).keys() == before.keys()


@pytest.mark.usefixtures("controllers")
def test_a_load_balancer_that_is_killed_serves_again(cloud: Cloud) -> None:
    deploy(cloud)
    before = identities(cloud)
    envoy = psutil.Process(int((cloud.settings.state / "envoy" / "process").read_text()))
    envoy.kill()
    assert fetch(cloud) == ""
    eventually(lambda: answering(cloud) == set(before))
    assert identities(cloud) == before


@pytest.mark.usefixtures("controllers")
def test_a_release_that_is_gone_is_told_and_what_runs_goes_on(cloud: Cloud) -> None:
    deploy(cloud)
    victim, other = cloud.instances()
    bundles = cloud.settings.state / "bundles"
    bundles.rename(bundles.with_name("away"))
    mark(cloud, victim, fault="kill")
    told = eventually(lambda: last_attempt(cloud, victim.path.name))
    assert told.startswith("there is no bundle bundle.localcloud/")
    assert told.endswith(f" under {cloud.settings.state}; run ansible-playbook site.yml --tags app_image")
    assert answering(cloud) == {other.path.name}
    bundles.with_name("away").rename(bundles)
    eventually(lambda: stable(cloud) and answering(cloud) == {victim.path.name, other.path.name})
    assert last_attempt(cloud, victim.path.name) == ""


@pytest.mark.usefixtures("controllers")
def test_an_instance_deleted_by_a_caller_comes_back_and_is_drained_of_nothing(cloud: Cloud) -> None:
    deploy(cloud)
    before = identities(cloud)
    with cloud.store.transaction() as transaction:
        request_delete(transaction, cloud.instances()[0])
    eventually(lambda: identities(cloud).items() - before.items() and len(cloud.running()) == 2 and stable(cloud))
    assert identities(cloud).keys() == before.keys()


@pytest.mark.usefixtures("controllers")
def test_a_hung_health_check_takes_an_instance_out_and_heals_it(cloud: Cloud) -> None:
    deploy(cloud)
    before = identities(cloud)
    victim = cloud.instances()[0]
    mark(cloud, victim, fault_health="hang")
    eventually(lambda: victim.path.name not in answering(cloud))
    eventually(lambda: identities(cloud).items() - before.items() and stable(cloud))


@pytest.mark.usefixtures("controllers")
def test_without_a_firewall_rule_no_health_check_comes_in(cloud: Cloud) -> None:
    deploy(cloud)
    cloud.change(cloud.firewall, disabled=True)
    kept_out = "no firewall rule of the network network allows 35.191.0.0/16 to reach tcp:5000"

    def details() -> set[str]:
        return {entry["detail"] for one in cloud.instances() for entry in one.internal["health"].values()}

    eventually(lambda: details() == {kept_out} and not answering(cloud))
    cloud.change(cloud.firewall, disabled=False)
    eventually(lambda: answering(cloud) == set(identities(cloud)))


@pytest.mark.usefixtures("controllers")
def test_a_new_template_rolls_out_without_a_lost_request(cloud: Cloud) -> None:
    policy = {"type": "PROACTIVE", "maxSurge": {"fixed": 3}, "maxUnavailable": {"fixed": 0}}
    deploy(cloud, updatePolicy=policy)
    before = set(identities(cloud))
    new = cloud.make_template("newer", write_bundle(cloud.settings.state), "RELEASE=2").path.self_link
    cloud.change(cloud.manager(), instanceTemplate=new, versions=[{"instanceTemplate": new}])
    answers: list[str] = []

    def replaced() -> bool:
        answers.append(fetch(cloud))
        status = cloud.manager().body["status"]
        return status["isStable"] and status["versionTarget"]["isReached"] and not before & set(identities(cloud))

    eventually(replaced, 30)
    assert "" not in answers
    assert len(cloud.running()) == 2


@pytest.mark.usefixtures("controllers")
def test_a_release_that_is_never_healthy_leaves_the_old_one_serving_and_can_be_taken_back(cloud: Cloud) -> None:
    policy = {"type": "PROACTIVE", "maxSurge": {"fixed": 3}, "maxUnavailable": {"fixed": 0}}
    deploy(cloud, updatePolicy=policy)
    before = identities(cloud)
    old = cloud.manager().body["versions"]
    bad = cloud.make_template("bad", write_bundle(cloud.settings.state), "UNHEALTHY=1").path.self_link
    cloud.change(cloud.manager(), instanceTemplate=bad, versions=[{"instanceTemplate": bad}])
    eventually(lambda: cloud.manager().body["currentActions"]["verifying"] == 2)
    assert answering(cloud) == set(before)
    cloud.change(cloud.manager(), instanceTemplate=old[0]["instanceTemplate"], versions=old)
    eventually(lambda: identities(cloud) == before and stable(cloud))


@pytest.mark.usefixtures("controllers")
def test_a_template_that_cannot_boot_says_why_in_its_managed_instance(cloud: Cloud) -> None:
    cloud.make_template("template", "docker.io/library/nothing:latest")
    cloud.make_group("template", 1)

    def errors() -> list[str]:
        managed = cloud.store.list("compute", "instanceGroupManagers/group/managedInstances")
        found = [item.body.get("lastAttempt", {}).get("errors", {}).get("errors", []) for item in managed]
        return [error["message"] for entry in found for error in entry]

    message = eventually(errors)[0]
    assert message.startswith("container-image is 'docker.io/library/nothing:latest' but the process runtime boots")
    assert not stable(cloud)


def test_power_off_stops_everything_and_the_next_start_boots_the_same_instances(cloud: Cloud, begin: Begin) -> None:
    first = begin()
    deploy(cloud)
    before, running = identities(cloud), processes(cloud)
    first.stop(power_off=True)
    assert not any(psutil.pid_exists(pid) for pid in running)
    assert fetch(cloud) == ""
    begin()
    eventually(lambda: answering(cloud) == set(before))
    assert identities(cloud) == before
    assert {instance.body["status"] for instance in cloud.instances()} == {"RUNNING"}


def test_what_runs_is_adopted(cloud: Cloud, begin: Begin) -> None:
    first = begin()
    deploy(cloud)
    before, running = identities(cloud), processes(cloud)
    first.stop(power_off=False)
    assert answering(cloud) == set(before)
    begin()
    eventually(lambda: stable(cloud))
    time.sleep(1.5)  # longer than a look at every instance takes
    assert (identities(cloud), processes(cloud)) == (before, running)
    assert answering(cloud) == set(before)


@pytest.mark.usefixtures("controllers")
def test_deleting_a_group_ends_its_instances_and_its_operation_waits_for_them(cloud: Cloud) -> None:
    deploy(cloud)
    with cloud.store.transaction() as transaction:
        manager = cloud.manager()
        transaction.put(manager.path, manager.body | {"targetSize": 0}, manager.internal | {"desired": "DELETED"})
    eventually(lambda: cloud.store.get(manager.path) is None)
    assert cloud.instances() == []
    assert cloud.store.list("compute", "instanceGroups") == []
    assert list((cloud.settings.state / "instances").glob("*/*")) == []


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
