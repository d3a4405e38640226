"""The process runtime: the suite of all runtimes, and what is its own."""

from __future__ import annotations

import json
import os
import signal
import stat
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from localcloud.runtimes.process import ProcessRuntime
from localcloud.runtimes.runtime import Machine, MachineState, RuntimeFaultError
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle
from tests.unit.localcloud.runtimes.runtime_suite import (
    MakeRuntime,
    RuntimeSuite,
    answer,
    booted,
    halted,
    serial_output,
)

SHOW_ENVIRONMENT = """
import json, os

def app(environ, start_response):
    start_response("200 OK", [])
    return [json.dumps(dict(os.environ)).encode()]
"""
SHOW_SERVING = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [f"{environ['wsgi.multiprocess']} {environ['wsgi.multithread']}".encode()]
"""
SEVERAL = "workers = 2\nthreads = 8\n"
ALONE = "workers = 1\nthreads = 1\n"
EXIT = """
import os

def app(environ, start_response):
    if environ["PATH_INFO"] == "/exit":
        os.kill(os.getppid(), 15)
    start_response("200 OK", [])
    return [b"here"]
"""


@pytest.fixture
def make_runtime(tmp_path: Path) -> MakeRuntime:
    return lambda: ProcessRuntime(tmp_path)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(
        name="web-abcd",
        identity="1",
        zone="us-central1-a",
        virtual_cpus=2,
        memory_mb=4096,
        internal_ip="10.10.0.2",
        metadata={"container-image": write_bundle(tmp_path), "container-port": "5000"},
        environment={"HTTPS_PROXY": "http://127.0.0.1:1"},
    )


class TestProcessRuntime(RuntimeSuite):
    """Every test of the suite, on the fixtures of this module."""


def folder_of(tmp_path: Path, machine: Machine) -> Path:
    return tmp_path / "instances" / machine.zone / machine.name


def process_of(tmp_path: Path, machine: Machine) -> psutil.Process:
    return psutil.Process(int((folder_of(tmp_path, machine) / "process").read_text().split()[0]))


def test_the_application_sees_its_own_environment_only(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPERATORS_SECRET", "leaked")
    lines = "# a comment\nGREETING=hello = world\n\nPORT=1\nHOSTNAME=lie\n"
    image = write_bundle(tmp_path, SHOW_ENVIRONMENT)
    runtime = ProcessRuntime(tmp_path)
    with booted(runtime, replace(machine, metadata={"container-image": image, "container-env": lines})) as handle:
        seen = json.loads(answer(runtime, handle))
    metadata_server = f"127.0.0.1:{handle['metadata_port']}"
    expected = {
        "GREETING": "hello = world",
        "PORT": str(handle["port"]),
        "HOSTNAME": "web-abcd",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "GCE_METADATA_HOST": metadata_server,
        "GCE_METADATA_ROOT": metadata_server,
        "GCE_METADATA_IP": metadata_server,
        "HOME": str(folder_of(tmp_path, machine)),
        "LANG": "C.UTF-8",
    }
    assert expected.items() <= seen.items()
    assert seen.keys() - expected.keys() <= {"PATH", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE", "SERVER_SOFTWARE"}


@pytest.mark.parametrize(
    ("configuration", "carried", "seen"),
    [("", "", "False False"), ("", SEVERAL, "True True"), (SEVERAL, "", "True True"), (ALONE, SEVERAL, "False False")],
)
def test_gunicorn_serves_as_the_source_says_else_as_the_bundle_does(
    tmp_path: Path, machine: Machine, configuration: str, carried: str, seen: str
) -> None:
    image = write_bundle(tmp_path, SHOW_SERVING, configuration, carried)
    runtime = ProcessRuntime(tmp_path)
    with booted(runtime, replace(machine, metadata={"container-image": image})) as handle:
        assert answer(runtime, handle) == seen


def test_an_application_that_exits_is_started_again_and_the_log_says_so(tmp_path: Path, machine: Machine) -> None:
    runtime = ProcessRuntime(tmp_path)
    with booted(runtime, replace(machine, metadata={"container-image": write_bundle(tmp_path, EXIT)})) as handle:
        first = process_of(tmp_path, machine).pid
        answer(runtime, handle, "/exit")
        told = "localcloud: the application exited with code 0; it is started again in 0.5 s"
        eventually(lambda: told in serial_output(runtime, tmp_path, handle).contents)
        assert runtime.observe(handle) is MachineState.RUNNING
        eventually(lambda: runtime.observe(handle) is MachineState.RUNNING and answer(runtime, handle) == "here")
        assert process_of(tmp_path, machine).pid != first


def test_an_application_that_cannot_load_is_tried_later_and_later(tmp_path: Path, machine: Machine) -> None:
    now = [0.0]
    image = write_bundle(tmp_path, 'raise RuntimeError("broken")')
    runtime = ProcessRuntime(tmp_path, monotonic=lambda: now[0])
    broken = replace(machine, metadata={"container-image": image})
    handle = runtime.start(broken, runtime.allocate(broken))
    try:
        for delay in ("0.5", "1", "2"):
            told = f"it is started again in {delay} s"

            def is_told(told: str = told) -> bool:
                return told in serial_output(runtime, tmp_path, handle).contents

            eventually(is_told)
            assert runtime.observe(handle) is MachineState.RUNNING
            now[0] += float(delay)
    finally:
        runtime.kill(handle)
        eventually(lambda: halted(runtime, handle))


def test_killing_the_master_leaves_no_worker_and_no_zombie(tmp_path: Path, machine: Machine) -> None:
    runtime = ProcessRuntime(tmp_path)
    with booted(runtime, machine) as handle:
        master = process_of(tmp_path, machine)
        family = [master, *eventually(master.children)]
        os.kill(master.pid, signal.SIGKILL)
        eventually(lambda: halted(runtime, handle))
        eventually(lambda: not any(process.is_running() for process in family))


def test_instances_are_nicer_than_the_local_cloud_and_lead_their_own_session(tmp_path: Path, machine: Machine) -> None:
    with booted(ProcessRuntime(tmp_path), machine):
        master = process_of(tmp_path, machine)
        assert master.nice() == min(os.nice(0) + 5, 19)
        assert os.getsid(master.pid) == master.pid


def test_another_process_with_the_same_id_is_not_adopted(tmp_path: Path, machine: Machine) -> None:
    runtime = ProcessRuntime(tmp_path)
    handle = runtime.allocate(machine)
    file = folder_of(tmp_path, machine) / "process"
    file.write_text(f"{os.getpid()}\n")
    os.utime(file, (12345, 12345))
    assert halted(runtime, handle)
    runtime.kill(handle)


def test_what_may_hold_secrets_is_for_the_owner_alone(tmp_path: Path, machine: Machine) -> None:
    with booted(ProcessRuntime(tmp_path), machine):
        folder = folder_of(tmp_path, machine)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "launch.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "serial.log").stat().st_mode) == 0o600


def test_removing_leaves_nothing(tmp_path: Path, machine: Machine) -> None:
    with booted(ProcessRuntime(tmp_path), machine):
        pass
    assert list((tmp_path / "instances" / machine.zone).iterdir()) == []


def test_a_machine_from_before_zones_were_told_apart_is_adopted(tmp_path: Path, machine: Machine) -> None:
    with booted(ProcessRuntime(tmp_path), replace(machine, zone="")) as earlier:
        del earlier["zone"]
        runtime = ProcessRuntime(tmp_path)
        assert runtime.observe(earlier) is MachineState.RUNNING
        assert runtime.start(machine, earlier) == earlier
        assert answer(runtime, earlier) == machine.name
        assert (tmp_path / "instances" / machine.name / "process").exists()


def test_a_missing_bundle_is_named(tmp_path: Path, machine: Machine) -> None:
    runtime = ProcessRuntime(tmp_path)
    reference = f"bundle.localcloud/service@sha256:{'0' * 64}"
    missing = replace(machine, metadata={"container-image": reference})
    with pytest.raises(RuntimeFaultError) as caught:
        runtime.start(missing, runtime.allocate(missing))
    assert str(caught.value) == (
        f"there is no bundle {reference} under {tmp_path}; run ansible-playbook site.yml --tags app_image"
    )


def test_an_environment_that_docker_refuses_does_not_boot_and_the_log_says_why(
    tmp_path: Path, machine: Machine
) -> None:
    runtime = ProcessRuntime(tmp_path)
    refused = replace(machine, metadata={**machine.metadata, "container-env": "GREETING =hello"})
    handle = runtime.allocate(refused)
    with pytest.raises(RuntimeFaultError, match="^line 1 of the metadata key container-env ") as caught:
        runtime.start(refused, handle)
    assert halted(runtime, handle)
    output = serial_output(runtime, tmp_path, handle).contents
    assert output.endswith(f" localcloud: the instance does not boot: {caught.value}\n")
