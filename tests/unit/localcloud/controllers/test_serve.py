"""The controllers with everything real: store, rules, gunicorn and Envoy."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest

from localcloud.resources.instances import request_delete
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.controllers.conftest import Begin
from tests.unit.localcloud.controllers.serving import (
    answering,
    deploy,
    fetch,
    identities,
    last_attempt,
    mark,
    processes,
    stable,
)
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle


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
