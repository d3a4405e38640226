"""The vm runtime where an engine misbehaves, with a scripted one; tests/docker has it with machines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes import machine_ports, vm_network
from localcloud.runtimes.runtime import Handle, MachineState, RuntimeFaultError, machine_folder
from localcloud.runtimes.vm import VmRuntime
from tests.unit.localcloud.runtimes.docker_client import ScriptedClient, scripted_machine, scripted_runtime

STAMP = "2026-01-02T03:04:05.123456789Z"
LATER = "2026-01-02T03:04:06.123456789Z"


class Seconds:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def client() -> ScriptedClient:
    return ScriptedClient()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def runtime(client: ScriptedClient, tmp_path: Path, seconds: Seconds) -> VmRuntime:
    return scripted_runtime(client, tmp_path, seconds)


@pytest.fixture
def booted(runtime: VmRuntime, client: ScriptedClient, monkeypatch: pytest.MonkeyPatch) -> Handle:
    """A machine that runs, on a network whose gateway is a loopback address of this machine."""
    monkeypatch.setattr(vm_network, "overlapping_interface", lambda _range: "")
    machine = scripted_machine("127.20.0.0/24")
    return runtime.start(machine, runtime.allocate(machine))


def serial_log(tmp_path: Path, handle: Handle) -> str:
    return (machine_folder(tmp_path, handle) / "serial.log").read_bytes().decode()


def test_a_console_with_any_character_is_copied_once_and_read_on(
    runtime: VmRuntime, client: ScriptedClient, booted: Handle, tmp_path: Path
) -> None:
    first = f"{STAMP} 10%\r99% \u2028zebra \x1cpulls\x85z\r\n"
    client.output = first.encode()
    assert runtime.observe(booted) is MachineState.RUNNING
    assert (machine_folder(tmp_path, booted) / "console-position").read_text() == STAMP
    client.output = f"{first}{LATER} next\r\n".encode()
    assert runtime.observe(booted) is MachineState.RUNNING
    assert serial_log(tmp_path, booted) == "10%\r99% \u2028zebra \x1cpulls\x85z\nnext\n"


@pytest.mark.parametrize("position", [b"zebra", b"\xff", b""])
def test_a_position_that_cannot_be_read_is_none(
    runtime: VmRuntime, client: ScriptedClient, booted: Handle, tmp_path: Path, position: bytes
) -> None:
    file = machine_folder(tmp_path, booted) / "console-position"
    file.write_bytes(position)
    client.output = f"{STAMP} said\r\n".encode()
    assert runtime.observe(booted) is MachineState.RUNNING
    assert (file.read_text(), serial_log(tmp_path, booted)) == (STAMP, "said\n")


def test_a_stop_that_the_engine_refused_is_asked_again(
    runtime: VmRuntime, client: ScriptedClient, booted: Handle, seconds: Seconds
) -> None:
    client.refusals.append("kill")
    with pytest.raises(RuntimeFaultError):
        runtime.stop(booted, grace_seconds=10)
    runtime.stop(booted, grace_seconds=10)
    runtime.stop(booted, grace_seconds=10)
    assert client.signals == ["SIGRTMIN+4"]
    seconds.now += 10
    runtime.observe(booted)
    assert client.signals == ["SIGRTMIN+4", "SIGKILL"]


def test_an_allocation_that_fails_leaves_neither_bridge_nor_folder(
    runtime: VmRuntime, client: ScriptedClient, tmp_path: Path
) -> None:
    # The gateway of the range is no address of this machine, as with an engine that has its networks elsewhere.
    with pytest.raises(
        RuntimeFaultError, match=r"198\.51\.100\.1, the gateway of its network localcloud-.* is no address"
    ):
        runtime.allocate(scripted_machine())
    assert client.networks_by_name == {}
    assert list(tmp_path.iterdir()) == []


def test_an_allocation_whose_bridge_cannot_be_removed_tells_the_first_fault(
    runtime: VmRuntime, client: ScriptedClient
) -> None:
    client.refusals.append("remove_network")
    with pytest.raises(RuntimeFaultError, match=r"is no address here"):
        runtime.allocate(scripted_machine())


def test_an_allocation_that_fails_leaves_the_bridge_of_others(
    runtime: VmRuntime, client: ScriptedClient, booted: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_ports, "_is_free", lambda *_: False)
    before = dict(client.networks_by_name)
    with pytest.raises(RuntimeFaultError, match=r"^no port of 127\.20\.0\.1 from 20000 to 29999 is free"):
        runtime.allocate(replace(scripted_machine("127.20.0.0/24"), name="other", identity="2"))
    assert client.networks_by_name == before


def test_a_machine_that_is_made_on_one_bridge_holds_up_no_other(
    runtime: VmRuntime, client: ScriptedClient, booted: Handle
) -> None:
    first, second = (
        replace(scripted_machine(f"127.{number}.0.0/24"), name=f"web-{number}", identity=str(number))
        for number in (21, 22)
    )
    handles = [runtime.allocate(first), runtime.allocate(second)]
    # While the first one's container is being made, the second machine boots.
    client.during["create_container"] = lambda: _in_a_thread(lambda: runtime.start(second, handles[1]))
    runtime.start(first, handles[0])
    assert [client.containers_by_name[handle["container"]] for handle in handles] == [True, True]


def test_the_machine_image_is_looked_for_before_the_bridge_is_held(
    runtime: VmRuntime, client: ScriptedClient, booted: Handle
) -> None:
    first, second = (
        replace(scripted_machine("127.21.0.0/24"), name=f"web-{number}", identity=str(number)) for number in (1, 2)
    )
    handle = runtime.allocate(first)
    client.during["images"] = lambda: _in_a_thread(lambda: runtime.allocate(second))
    runtime.start(first, handle)


def _in_a_thread(work: Callable[[], object]) -> None:
    """Do it, unless something that this thread holds is in its way."""
    done = threading.Event()

    def all_of_it() -> None:
        work()
        done.set()

    threading.Thread(target=all_of_it, daemon=True).start()
    assert done.wait(5)
