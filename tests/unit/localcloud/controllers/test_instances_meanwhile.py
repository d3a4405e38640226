"""The instance controller and calls that come while it looks at a machine or boots it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from localcloud.resources.instances import request_delete, request_reset, request_start, request_stop
from localcloud.runtimes.process import ProcessRuntime
from localcloud.runtimes.runtime import Handle, Machine, MachineState
from localcloud.store.path import ResourcePath
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.controllers.instance_driver import NO_IMAGE, Driver, driven
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle


class InterruptedRuntime(ProcessRuntime):
    """A runtime during whose next start, or look, something else happens."""

    during_start: Callable[[], None] | None = None
    during_observe: Callable[[], None] | None = None

    def start(self, machine: Machine, handle: Handle) -> Handle:
        if meanwhile := self.during_start:
            self.during_start = None
            meanwhile()
        return super().start(machine, handle)

    def observe(self, handle: Handle) -> MachineState:
        if meanwhile := self.during_observe:
            self.during_observe = None
            meanwhile()
        return super().observe(handle)


class Caller:
    """Calls methods on the driver's instance."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def operation(self, kind: str) -> ResourcePath:
        """The operation of a call made now."""
        operation = self._driver.operation(kind)
        request = {"delete": request_delete, "reset": request_reset, "start": request_start, "stop": request_stop}[kind]
        with self._driver.cloud.store.transaction() as transaction:
            request(transaction, self._driver.get_in(transaction.get(self._driver.path)), operation=operation)
        return operation


@pytest.fixture
def runtime(cloud: Cloud) -> InterruptedRuntime:
    return InterruptedRuntime(cloud.settings.state)


@pytest.fixture
def driver(cloud: Cloud, runtime: InterruptedRuntime) -> Iterator[Driver]:
    with driven(cloud, runtime) as driver:
        yield driver


@pytest.fixture
def caller(driver: Driver) -> Caller:
    return Caller(driver)


@pytest.fixture
def running(driver: Driver) -> Driver:
    driver.insert(write_bundle(driver.cloud.settings.state))
    driver.until("RUNNING")
    return driver


def test_a_delete_during_the_boot_waits_for_the_end(
    driver: Driver, caller: Caller, runtime: InterruptedRuntime
) -> None:
    driver.insert(write_bundle(driver.cloud.settings.state))
    insert, deletes = caller.operation("start"), list[ResourcePath]()
    driver.until("STAGING")
    runtime.during_start = lambda: deletes.append(caller.operation("delete"))
    assert driver.step() == "RUNNING"
    assert (driver.ended(insert), driver.ended(deletes[0])) == ("", None)
    driver.until("GONE")
    assert driver.ended(deletes[0]) == ""


def test_a_delete_during_a_boot_that_fails_deletes(driver: Driver, caller: Caller, runtime: InterruptedRuntime) -> None:
    driver.insert(NO_IMAGE)
    insert, deletes = caller.operation("start"), list[ResourcePath]()
    driver.until("STAGING")
    runtime.during_start = lambda: deletes.append(caller.operation("delete"))
    driver.step()
    assert str(driver.ended(insert)).startswith(f"container-image is '{NO_IMAGE}'")
    assert driver.ended(deletes[0]) is None
    driver.until("GONE")
    assert driver.ended(deletes[0]) == ""


def test_a_start_during_a_boot_that_fails_fails_with_it(
    running: Driver, caller: Caller, runtime: InterruptedRuntime
) -> None:
    with_nothing = running.get().body | {"metadata": {"items": [{"key": "container-image", "value": NO_IMAGE}]}}
    with running.cloud.store.transaction() as transaction:
        transaction.put(running.path, with_nothing)
    starts = list[ResourcePath]()
    reset = caller.operation("reset")
    runtime.during_start = lambda: starts.append(caller.operation("start"))
    running.until("TERMINATED")
    for operation in (reset, *starts):
        assert str(running.ended(operation)).startswith(f"container-image is '{NO_IMAGE}'")


def test_a_delete_while_the_machine_is_found_ended_deletes(
    running: Driver, caller: Caller, runtime: InterruptedRuntime
) -> None:
    deletes = list[ResourcePath]()
    running.cut_off()
    runtime.during_observe = lambda: deletes.append(caller.operation("delete"))
    running.step()
    assert running.get().internal["desired"] == "DELETED"
    running.until("GONE")
    assert running.ended(deletes[0]) == ""


def test_a_stop_while_another_operation_ends_waits_for_the_stop(
    running: Driver, caller: Caller, runtime: InterruptedRuntime
) -> None:
    stops = list[ResourcePath]()
    start = caller.operation("start")
    runtime.during_observe = lambda: stops.append(caller.operation("stop"))
    assert running.step() == "RUNNING"
    assert (running.ended(start), running.ended(stops[0])) == ("", None)
    running.until("TERMINATED")
    assert running.ended(stops[0]) == ""


def test_a_reset_during_the_boot_boots_again(driver: Driver, caller: Caller, runtime: InterruptedRuntime) -> None:
    driver.insert(write_bundle(driver.cloud.settings.state))
    resets = list[ResourcePath]()
    driver.until("STAGING")
    runtime.during_start = lambda: resets.append(caller.operation("reset"))
    driver.step()
    assert driver.ended(resets[0]) is None
    eventually(lambda: driver.step() == "RUNNING" and driver.ended(resets[0]) == "")
    assert driver.get().internal["runtime"]["booted"] == 1


def test_a_start_of_a_machine_that_ends_meanwhile_fails(running: Driver, caller: Caller) -> None:
    running.put(created_by="projects/flaskscale-local/regions/us-central1/instanceGroupManagers/group")
    running.cut_off()
    start = caller.operation("start")
    running.until("TERMINATED")
    assert running.ended(start) == (
        "The machine of 'projects/flaskscale-local/zones/us-central1-a/instances/web-1' ended before the operation was "
        "done; start it again."
    )


def test_a_start_goes_through_the_statuses_of_the_life_cycle(
    running: Driver, caller: Caller, runtime: InterruptedRuntime
) -> None:
    caller.operation("stop")
    running.until("TERMINATED")
    start = caller.operation("start")
    assert running.get().body["status"] == "PROVISIONING"
    during = list[str]()
    runtime.during_start = lambda: during.append(running.get().body["status"])
    running.until("RUNNING")
    assert during == ["STAGING"]
    assert running.ended(start) == ""


def test_a_start_while_the_machine_is_found_ended_is_never_terminated(
    running: Driver, caller: Caller, runtime: InterruptedRuntime
) -> None:
    caller.operation("stop")
    running.until("STOPPING")
    running.cut_off()
    starts = list[ResourcePath]()
    runtime.during_observe = lambda: starts.append(caller.operation("start"))
    assert running.step() == "PROVISIONING"
    assert running.ended(starts[0]) is None
    running.until("RUNNING")
    assert running.ended(starts[0]) == ""
