"""The instance controller: what a caller wants of one instance, step by step, with real processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.controllers.health_checks import boot_of
from localcloud.resources.instances import (
    request_delete,
    request_reset,
    request_start,
    request_stop,
    request_suspend,
)
from localcloud.runtimes.process import ProcessRuntime
from localcloud.runtimes.runtime import HaltReason, Handle
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.controllers.instance_driver import GROUP, Driver, driven
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle


def test_it_boots_through_the_statuses_of_the_life_cycle(running: Driver) -> None:
    assert running.statuses == ["STAGING", "RUNNING"]
    assert "lastStartTimestamp" in running.get().body


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
    file = running.folder() / "process"
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
    folder = running.folder()
    running.until("GONE")
    assert running.cloud.store.list("compute", "disks") == []
    assert not folder.exists()


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


def test_a_cut_off_machine_leaves_the_instance_of_a_group_terminated(running: Driver) -> None:
    running.put(fault="kill", created_by=GROUP)
    running.until("TERMINATED")
    assert running.get().internal["desired"] == "TERMINATED"
    assert running.get().internal["fault"] is None


def test_a_cut_off_machine_boots_again_where_nobody_repairs(running: Driver) -> None:
    before = running.get()
    running.put(fault="kill", health={"check": {"state": "HEALTHY"}})
    eventually(lambda: running.step() == "RUNNING" and boot_of(running.get()) != boot_of(before))
    eventually(running.answers)
    assert set(running.statuses) == {"STAGING", "RUNNING"}
    assert (running.get().internal["generation"], running.get().internal["health"]) == (0, {})


def test_a_machine_that_dies_at_once_is_started_again_later_and_later(running: Driver) -> None:
    running.cut_off()
    assert running.step() == "STAGING"
    waiting = running.get()
    assert waiting.internal["restart"]["count"] == 1
    for _ in range(3):
        again = running.controller.reconcile(running.path)
        assert again is not None
        assert 0 < again <= 0.5
    assert running.get() == waiting, "it is only written to when something is done"
    running.until("RUNNING")
    running.cut_off()
    assert running.step() == "STAGING"
    assert running.get().internal["restart"]["count"] == 2
    with running.cloud.store.transaction() as transaction:
        request_reset(transaction, running.get())
    assert running.step() == "RUNNING", "a caller does not wait"


def test_a_cut_off_machine_stays_off_without_automatic_restart(running: Driver) -> None:
    running.set_automatic_restart(False)
    running.cut_off()
    running.until("TERMINATED")
    assert running.get().internal["desired"] == "TERMINATED"


class GuestEndedRuntime(ProcessRuntime):
    """A runtime whose machines end as their guests say; gunicorn has no word for it, systemd has."""

    reason = HaltReason.FAILURE

    def halt_reason(self, handle: Handle) -> HaltReason:
        return self.reason


@pytest.fixture
def guest_ended(cloud: Cloud) -> Iterator[Driver]:
    with driven(cloud, GuestEndedRuntime(cloud.settings.state)) as driver:
        yield driver


@pytest.mark.parametrize("created_by", [None, GROUP])
@pytest.mark.parametrize("automatic_restart", [True, False])
def test_a_guest_that_reboots_keeps_its_instance_running(
    guest_ended: Driver, monkeypatch: pytest.MonkeyPatch, created_by: str | None, automatic_restart: bool
) -> None:
    monkeypatch.setattr(GuestEndedRuntime, "reason", HaltReason.REBOOT)
    guest_ended.insert(write_bundle(guest_ended.cloud.settings.state), created_by)
    guest_ended.until("RUNNING")
    guest_ended.set_automatic_restart(automatic_restart)
    before = guest_ended.get()
    guest_ended.cut_off()
    eventually(lambda: guest_ended.step() == "RUNNING" and boot_of(guest_ended.get()) != boot_of(before))
    assert set(guest_ended.statuses) == {"STAGING", "RUNNING"}
    assert guest_ended.get().internal["generation"] == 0


@pytest.mark.parametrize("created_by", [None, GROUP])
def test_a_guest_that_powers_off_terminates_its_instance(
    guest_ended: Driver, monkeypatch: pytest.MonkeyPatch, created_by: str | None
) -> None:
    monkeypatch.setattr(GuestEndedRuntime, "reason", HaltReason.POWER_OFF)
    guest_ended.insert(write_bundle(guest_ended.cloud.settings.state), created_by)
    guest_ended.until("RUNNING")
    guest_ended.cut_off()
    guest_ended.until("TERMINATED")
    assert guest_ended.get().internal["desired"] == "TERMINATED"


def test_after_a_power_off_it_boots_in_place_as_another_boot_of_the_same_generation(running: Driver) -> None:
    before = running.get()
    running.put(powered_off=True)
    running.cut_off()
    eventually(lambda: running.step() == "RUNNING" and not running.get().internal["powered_off"])
    eventually(lambda: running.step() == "RUNNING" and running.answers())
    after = running.get()
    assert (after.internal["generation"], after.internal["runtime"]) == (0, before.internal["runtime"])
    assert boot_of(after) != boot_of(before)
    assert "TERMINATED" not in running.statuses


def test_a_power_off_that_ended_with_a_boot_does_not_hide_a_later_failure(driver: Driver) -> None:
    driver.insert(write_bundle(driver.cloud.settings.state))
    driver.until("STAGING")
    driver.put(powered_off=True)
    driver.until("RUNNING")
    assert driver.get().internal["powered_off"] is None


def test_a_machine_that_is_still_ending_after_a_power_off_boots_again(running: Driver) -> None:
    """The local cloud was killed while it switched off, and its successor sees the machine before it has ended."""
    marked = running.cloud.clock.now()
    running.put(powered_off=marked)
    assert running.step() == "RUNNING"
    assert running.get().internal["powered_off"] == marked
    before = running.get()
    running.cut_off()
    eventually(lambda: running.step() == "RUNNING" and boot_of(running.get()) != boot_of(before))
    assert set(running.statuses) == {"STAGING", "RUNNING"}


def test_a_power_off_that_the_machine_outlived_does_not_hide_a_later_failure(running: Driver) -> None:
    running.put(powered_off=running.cloud.clock.now() - 8)
    assert running.step() == "RUNNING"
    assert running.get().internal["powered_off"] is None
