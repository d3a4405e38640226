"""The vm runtime where an engine misbehaves, with a scripted one; tests/docker has it with machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.runtimes import vm_network
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
