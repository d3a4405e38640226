"""The instance controller: what a caller wants of one instance, step by step, with real processes."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from localcloud.controllers.health_checks import boot_of
from localcloud.controllers.instances import InstanceController
from localcloud.resources.instances import (
    instance_from_template,
    request_delete,
    request_reset,
    request_start,
    request_stop,
    request_suspend,
)
from localcloud.runtimes.process import ProcessRuntime
from localcloud.runtimes.runtime import Handle, Machine
from localcloud.settings import PROJECT
from localcloud.store.path import ResourcePath
from localcloud.store.store import Resource
from tests.unit.localcloud.controllers.conftest import Cloud
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle


class Driver:
    """Reconciles one instance, as the loop does, until it is as asked."""

    def __init__(self, cloud: Cloud, runtime: ProcessRuntime) -> None:
        self.cloud = cloud
        self.runtime = runtime
        self.drained = False
        self.controller = InstanceController(
            cloud.store, cloud.clock, cloud.settings, runtime, lambda path: self.drained
        )
        self.path = ResourcePath("compute", PROJECT, "zones/us-central1-a", "instances", "web-1")
        self.statuses: list[str] = []

    def insert(self, image: str) -> None:
        template = self.cloud.make_template(f"template-{len(self.statuses)}", image)
        with self.cloud.store.transaction() as transaction:
            instance_from_template(
                transaction,
                template.body,
                "web-1",
                "us-central1-a",
                project=PROJECT,
                now=self.cloud.clock.now(),
                settings=self.cloud.settings,
            )

    def stored(self) -> Resource | None:
        return self.cloud.store.get(self.path)

    def get(self) -> Resource:
        found = self.stored()
        assert found is not None
        return found

    def put(self, **internal: object) -> None:
        with self.cloud.store.transaction() as transaction:
            instance = self.get_in(transaction.get(self.path))
            transaction.put(self.path, instance.body, instance.internal | internal)

    def get_in(self, found: Resource | None) -> Resource:
        assert found is not None
        return found

    def step(self) -> str:
        self.controller.reconcile(self.path)
        found = self.stored()
        status = found.body["status"] if found else "GONE"
        if not self.statuses or self.statuses[-1] != status:
            self.statuses.append(status)
        return str(status)

    def until(self, status: str) -> None:
        eventually(lambda: self.step() == status)

    def answers(self) -> bool:
        host, port = self.runtime.endpoint(self.get().internal["runtime"], 5000)
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/", timeout=5) as reply:
                return reply.read() == b"web-1"
        except OSError:
            return False


@pytest.fixture
def driver(cloud: Cloud) -> Iterator[Driver]:
    driver = Driver(cloud, ProcessRuntime(cloud.settings.state))
    yield driver
    found = driver.stored()
    if found is not None:
        with cloud.store.transaction() as transaction:
            request_delete(transaction, found, halt="kill")
        driver.put(drain_until=None)
        driver.until("GONE")


@pytest.fixture
def running(driver: Driver) -> Driver:
    driver.insert(write_bundle(driver.cloud.settings.state))
    driver.until("RUNNING")
    eventually(driver.answers)
    return driver


def test_it_boots_through_the_statuses_of_the_life_cycle(running: Driver) -> None:
    assert running.statuses == ["STAGING", "RUNNING"]
    assert "lastStartTimestamp" in running.get().body


def test_a_machine_is_what_its_documents_say(cloud: Cloud) -> None:
    machines: list[Machine] = []

    class Recording(ProcessRuntime):
        def allocate(self, machine: Machine) -> Handle:
            machines.append(machine)
            return super().allocate(machine)

    driver = Driver(cloud, Recording(cloud.settings.state))
    driver.insert(write_bundle(cloud.settings.state))
    driver.step()
    (machine,) = machines
    assert (machine.virtual_cpus, machine.memory_mb) == (2, 4096)
    assert (machine.internal_ip, machine.subnetwork_range) == ("10.10.0.2", "10.10.0.0/20")
    assert machine.boot_image.startswith("cos-stable-")


def test_stop_and_start_keep_the_machine_where_it_was(running: Driver) -> None:
    handle = running.get().internal["runtime"]
    with running.cloud.store.transaction() as transaction:
        request_stop(transaction, running.get())
    running.until("TERMINATED")
    assert running.statuses[-2:] == ["STOPPING", "TERMINATED"]
    assert not running.answers()
    with running.cloud.store.transaction() as transaction:
        request_start(transaction, running.get())
    running.until("RUNNING")
    eventually(running.answers)
    assert running.get().internal["runtime"]["port"] == handle["port"]


def test_suspend_and_resume(running: Driver) -> None:
    with running.cloud.store.transaction() as transaction:
        request_suspend(transaction, running.get())
    running.until("SUSPENDED")
    assert running.statuses[-2:] == ["SUSPENDING", "SUSPENDED"]
    with running.cloud.store.transaction() as transaction:
        request_start(transaction, running.get())
    running.until("RUNNING")
    eventually(running.answers)


def test_reset_boots_again_and_forgets_the_health(running: Driver) -> None:
    file = running.cloud.settings.state / "instances" / "web-1" / "process"
    before = file.read_text()
    running.put(health={"check": {"state": "HEALTHY"}})
    with running.cloud.store.transaction() as transaction:
        request_reset(transaction, running.get())
    eventually(lambda: running.step() == "RUNNING" and running.get().internal["runtime"]["booted"] == 1)
    eventually(lambda: file.exists() and file.read_text() != before)
    assert running.get().internal["health"] == {}
    eventually(running.answers)


def test_delete_removes_instance_disk_and_folder(running: Driver) -> None:
    with running.cloud.store.transaction() as transaction:
        request_delete(transaction, running.get())
    running.until("GONE")
    assert running.cloud.store.list("compute", "disks") == []
    assert list((running.cloud.settings.state / "instances").iterdir()) == []


def test_a_drain_keeps_it_running_until_nothing_is_in_flight(running: Driver) -> None:
    running.put(drain_until=running.cloud.clock.now() + 1000)
    with running.cloud.store.transaction() as transaction:
        request_delete(transaction, running.get())
    assert [running.step() for _ in range(5)] == ["RUNNING"] * 5
    assert running.answers()
    running.drained = True
    running.until("GONE")


def test_a_drain_ends_with_its_time(running: Driver) -> None:
    running.put(drain_until=running.cloud.clock.now() + 0.2)
    with running.cloud.store.transaction() as transaction:
        request_delete(transaction, running.get())
    assert running.step() == "RUNNING"
    running.until("GONE")


def test_a_cut_off_machine_leaves_its_instance_terminated(running: Driver) -> None:
    running.put(fault="kill")
    running.until("TERMINATED")
    assert running.get().internal["desired"] == "TERMINATED"
    assert running.get().internal["fault"] is None


def test_what_cannot_boot_says_why_until_it_can(driver: Driver) -> None:
    driver.insert("docker.io/library/nothing:latest")
    driver.until("TERMINATED")
    assert driver.get().body["statusMessage"].startswith("container-image is 'docker.io/library/nothing:latest'")
    image = write_bundle(driver.cloud.settings.state)
    with driver.cloud.store.transaction() as transaction:
        body = driver.get().body
        body["metadata"]["items"] = [{"key": "container-image", "value": image}]
        transaction.put(driver.path, body)
        request_start(transaction, driver.get_in(transaction.get(driver.path)))
    driver.until("RUNNING")
    assert "statusMessage" not in driver.get().body


def test_a_zone_that_is_sold_out_refuses(driver: Driver) -> None:
    with driver.cloud.store.transaction() as transaction:
        transaction.set_fact("stockout/us-central1-a", "1")
    driver.insert(write_bundle(driver.cloud.settings.state))
    driver.until("TERMINATED")
    assert driver.get().internal["fault_code"] == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert driver.get().body["statusMessage"] == (
        "The zone 'us-central1-a' does not have enough resources available to fulfill the request. Try a different "
        "zone, or try again later."
    )


def test_after_a_power_off_it_boots_in_place_as_another_boot_of_the_same_generation(running: Driver) -> None:
    before = running.get()
    running.put(powered_off=True)
    running.runtime.kill(before.internal["runtime"])
    eventually(lambda: running.step() == "RUNNING" and not running.get().internal["powered_off"])
    eventually(lambda: running.step() == "RUNNING" and running.answers())
    after = running.get()
    assert (after.internal["generation"], after.internal["runtime"]) == (0, before.internal["runtime"])
    assert boot_of(after) != boot_of(before)
    assert "TERMINATED" not in running.statuses
