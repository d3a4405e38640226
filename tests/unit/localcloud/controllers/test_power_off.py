"""Switching off: every machine that can be stopped is, and one sentence says which could not."""

from __future__ import annotations

from typing import cast

import pytest

from localcloud.controllers.power_off import failures_of, switch_off
from localcloud.controllers.serve import Controllers
from localcloud.dataplane.envoy import Envoy
from localcloud.errors.program import StopError, engine_missing, engine_too_old, machines_not_stopped
from localcloud.resources.instances import instance_from_template
from localcloud.runtimes.runtime import Handle, MachineState, Runtime, RuntimeFaultError
from localcloud.settings import PROJECT
from tests.unit.localcloud.controllers.cloud import Cloud


class FaultyRuntime:
    """Machines that end when they are told to, but for those of which the engine says nothing."""

    def __init__(self, silent_at_stop: str = "", silent_at_look: str = "", full_at_look: str = "") -> None:
        self._silent_at_stop = silent_at_stop
        self._silent_at_look = silent_at_look
        self._full_at_look = full_at_look
        self.looks: dict[str, int] = {}
        self.stopped: list[str] = []

    def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        assert grace_seconds > 0
        if handle["name"] == self._silent_at_stop:
            raise RuntimeFaultError(f"no answer about {handle['name']}")
        self.stopped.append(handle["name"])

    def observe(self, handle: Handle) -> MachineState:
        name = handle["name"]
        self.looks[name] = self.looks.get(name, 0) + 1
        if name == self._silent_at_look:
            raise RuntimeFaultError(f"no answer about {name}")
        if name == self._full_at_look:
            raise OSError("no space left on device")
        return MachineState.RUNNING if self.looks[name] < 3 else MachineState.HALTED


@pytest.fixture
def three(cloud: Cloud) -> Cloud:
    """A cloud with the instances web-1 to web-3, which have machines, and web-4, which has none."""
    template = cloud.make_template("template", "image")
    for number in range(1, 5):
        with cloud.store.transaction() as transaction:
            made = instance_from_template(
                transaction,
                template.body,
                f"web-{number}",
                "us-central1-a",
                project=PROJECT,
                now=cloud.clock.now(),
                settings=cloud.settings,
            )
            handle = {"name": made.path.name} if number < 4 else None
            transaction.put(made.path, made.body, made.internal | {"runtime": handle})
    return cloud


def stop_all(cloud: Cloud, runtime: FaultyRuntime) -> str:
    """Switch off; the sentence about what could not be stopped."""
    with pytest.raises(StopError) as caught:
        switch_off(cloud.store, 1000.0, lambda: cast(Runtime, runtime))
    return str(caught.value)


def test_each_machine_is_stopped_and_waited_for(three: Cloud) -> None:
    runtime = FaultyRuntime()
    switch_off(three.store, 1000.0, lambda: cast(Runtime, runtime))
    assert runtime.stopped == ["web-1", "web-2", "web-3"]
    assert runtime.looks == {"web-1": 3, "web-2": 3, "web-3": 3}
    marks = [instance.internal.get("powered_off") for instance in three.instances()]
    assert marks == [1000.0, 1000.0, 1000.0, None]


def test_one_that_cannot_be_stopped_holds_up_no_other(three: Cloud) -> None:
    runtime = FaultyRuntime(silent_at_stop="web-1", silent_at_look="web-2")
    assert stop_all(three, runtime) == (
        "the machines of us-central1-a/web-1, us-central1-a/web-2 could not be stopped: no answer about web-1"
    )
    assert runtime.stopped == ["web-2", "web-3"]
    assert runtime.looks == {"web-2": 1, "web-3": 3}


def test_a_full_disk_holds_up_no_other(three: Cloud) -> None:
    runtime = FaultyRuntime(full_at_look="web-1")
    assert stop_all(three, runtime) == (
        "the machines of us-central1-a/web-1 could not be stopped: no space left on device"
    )
    assert runtime.looks["web-3"] == 3


def test_the_load_balancer_is_stopped_although_a_machine_is_not(three: Cloud) -> None:
    envoy = Envoy(three.settings.state / "envoy", three.settings.state / "log" / "envoy.log")
    envoy.start()
    controllers = Controllers(
        three.store, three.clock, three.settings, cast(Runtime, FaultyRuntime(silent_at_stop="web-2"))
    )
    with pytest.raises(StopError, match=r"^the machines of us-central1-a/web-2 could not be stopped: no answer"):
        controllers.stop(power_off=True)
    assert not envoy.running()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (engine_missing("tcp://host:1", "Connection refused"), "no Docker engine answers at tcp://host:1 (Connection "),
        (engine_too_old("19.03"), "the Docker engine is 19.03 but the vm runtime needs 20.10 or newer"),
    ],
)
def test_an_engine_that_cannot_be_used_is_the_reason(three: Cloud, error: Exception, reason: str) -> None:
    def reach() -> Runtime:
        raise error

    with pytest.raises(StopError) as caught:
        switch_off(three.store, 1000.0, reach)
    machines = "us-central1-a/web-1, us-central1-a/web-2, us-central1-a/web-3"
    assert str(caught.value).startswith(f"the machines of {machines} could not be stopped: {reason}")
    assert three.instances()[0].internal["powered_off"] == 1000.0


def test_without_machines_no_engine_is_asked(cloud: Cloud) -> None:
    def reach() -> Runtime:
        raise engine_missing("tcp://host:1", "Connection refused")

    switch_off(cloud.store, 1000.0, reach)


def test_each_step_is_taken_whatever_becomes_of_those_before() -> None:
    taken: list[str] = []

    def refused() -> None:
        raise machines_not_stopped(["a/b"], "it is so")

    def broken() -> None:
        taken.append("broken")
        raise ZeroDivisionError

    assert failures_of([refused, lambda: taken.append("last")]) == [
        "the machines of a/b could not be stopped: it is so"
    ]
    with pytest.raises(ZeroDivisionError):
        failures_of([broken, lambda: taken.append("last")])
    assert taken == ["last", "broken", "last"]
