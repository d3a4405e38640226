"""What a machine is from inside and outside: address, name, metadata, keys, limits, console, and what it leaves."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine
from localcloud.runtimes.runtime import HaltReason, Handle, Machine, MachineState
from localcloud.runtimes.vm import VmRuntime
from tests.cloud import LocalCloud
from tests.docker.machines import debian_machine, inspected, run_in, service_user_data
from tests.docker.metadata import Metadata
from tests.unit.localcloud.runtimes.releases import eventually
from tests.unit.localcloud.runtimes.runtime_suite import answer, halted, serial_output

METADATA = "http://metadata.google.internal/computeMetadata/v1"
CRASHING = """#cloud-config
write_files:
  - path: /etc/systemd/system/broken.service
    content: |
      [Unit]
      StartLimitIntervalSec=0
      [Service]
      ExecStart=/bin/sh -c 'echo no module named shop; exit 3'
      Restart=always
      RestartSec=1
runcmd:
  - [systemctl, start, --no-block, broken.service]
"""


@contextmanager
def running(runtime: VmRuntime, metadata: Metadata, machine: Machine) -> Iterator[Handle]:
    """A machine that boots with its metadata server."""
    handle = runtime.allocate(machine)
    metadata.serve(machine, handle)
    yield runtime.start(machine, handle)


def is_booted(handle: Handle) -> bool:
    return (
        "done"
        in subprocess.run(
            ["docker", "exec", handle["container"], "cloud-init", "status"], capture_output=True, text=True, check=False
        ).stdout
    )


def test_a_machine_has_the_apis_address_its_name_and_its_own_metadata(runtime: VmRuntime, metadata: Metadata) -> None:
    machine = debian_machine("", greeting="hello")
    other = replace(machine, name="other", identity="2", internal_ip="10.10.0.3", metadata={"greeting": "bonjour"})
    with running(runtime, metadata, machine) as one, running(runtime, metadata, other) as two:
        eventually(lambda: is_booted(one) and is_booted(two), 60)
        assert run_in(one, "cloud-init", "status", "--long").split("status: ")[1].startswith("done")
        assert run_in(one, "hostname", "--ip-address").strip() == "10.10.0.2"
        assert run_in(one, "hostname").strip() == "web-abcd"
        for handle, greeting in ((one, "hello"), (two, "bonjour")):
            ask = ("curl", "-sS", "-H", "Metadata-Flavor: Google", f"{METADATA}/instance/attributes/greeting")
            assert run_in(handle, *ask) == greeting
        others_port = f"http://{two['metadata_host']}:{two['metadata_port']}/computeMetadata/v1/instance/name"
        asked = run_in(one, "curl", "-sS", "-H", "Metadata-Flavor: Google", others_port)
        assert asked == "No instance has this metadata server.\n"


def test_keys_of_instance_and_project_open_ssh_while_they_are_in_the_metadata(
    runtime: VmRuntime, metadata: Metadata, tmp_path: Path
) -> None:
    own, shared = new_key(tmp_path / "own"), new_key(tmp_path / "shared")
    machine = debian_machine("", **{"ssh-keys": f"operator:{own}"})
    metadata.set_project_metadata(ssh_keys=f"everyone:{shared}")
    with running(runtime, metadata, machine) as handle:
        eventually(lambda: ssh(handle, tmp_path / "own", "operator", "sudo id -un") == "root\n", 60)
        assert ssh(handle, tmp_path / "shared", "everyone", "id -un") == "everyone\n"
        assert ssh(handle, tmp_path / "shared", "operator", "true") is None
        elsewhere = new_key(tmp_path / "elsewhere")
        run_in(handle, "sh", "-c", f"echo '{elsewhere}' >> /home/operator/.ssh/authorized_keys")
        metadata.set_instance_metadata(replace(machine, metadata={"block-project-ssh-keys": "TRUE"}))
        eventually(lambda: ssh(handle, tmp_path / "own", "operator", "true") is None)
        who = "sudo --non-interactive id -un || id -un"
        eventually(lambda: ssh(handle, tmp_path / "elsewhere", "operator", who) == "operator\n")
        assert ssh(handle, tmp_path / "shared", "everyone", "true") is None


def test_a_machine_is_limited_to_its_type_also_after_the_type_was_changed(runtime: VmRuntime) -> None:
    machine = debian_machine("")
    handle = runtime.start(machine, runtime.allocate(machine))
    assert limits(handle) == (1.0, 2048)
    runtime.kill(handle)
    eventually(lambda: halted(runtime, handle))
    runtime.start(replace(machine, virtual_cpus=1, memory_mb=600), handle)
    assert limits(handle) == (0.5, 512)


def test_a_crash_loop_is_seen_on_the_serial_console(runtime: VmRuntime, tmp_path: Path) -> None:
    machine = debian_machine(CRASHING)
    handle = runtime.start(machine, runtime.allocate(machine))
    eventually(lambda: serial_output(runtime, tmp_path, handle).contents.count("no module named shop") >= 3, 60)
    output = serial_output(runtime, tmp_path, handle)
    assert "broken.service: Main process exited, code=exited, status=3" in output.contents
    lines = output.contents.splitlines()
    assert len([line for line in lines if "Started ssh.service" in line]) == 1
    later = eventually(lambda: serial_output(runtime, tmp_path, handle, output.next).contents)
    assert not later.startswith(lines[0])


def test_a_console_of_any_characters_is_copied_and_read_on(runtime: VmRuntime, tmp_path: Path) -> None:
    machine = debian_machine("")
    handle = runtime.start(machine, runtime.allocate(machine))
    eventually(lambda: is_booted(handle), 60)
    run_in(handle, "sh", "-c", r"printf 'copied\r9999%%\342\200\250zebra \013yak\n' > /dev/console")
    eventually(lambda: "copied\r9999%\u2028zebra \x0byak\n" in serial_output(runtime, tmp_path, handle).contents)
    run_in(handle, "sh", "-c", "echo and after > /dev/console")
    eventually(lambda: "and after\n" in serial_output(runtime, tmp_path, handle).contents)


def test_a_machine_outlives_a_killed_local_cloud(engine: Engine, runtime: VmRuntime, tmp_path: Path) -> None:
    machine = debian_machine(service_user_data())
    program = f"""
import json, os, signal
from pathlib import Path
from localcloud.runtimes.engine import connect
from localcloud.runtimes.vm import VmRuntime
from localcloud.runtimes.vm_network import Bridges
from tests.docker.machines import debian_machine, service_user_data
machine = debian_machine(service_user_data())
runtime = VmRuntime(Path({str(tmp_path)!r}), 0.5, connect())
handle = runtime.allocate(machine)
runtime.start(machine, handle)
print(json.dumps(handle), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    handle: Handle = json.loads(killed.stdout)
    assert runtime.observe(handle) is MachineState.RUNNING
    assert eventually(lambda: answer(runtime, handle), 60) == machine.name
    assert runtime.start(machine, handle) == handle
    assert runtime.cpu_seconds(handle) > 0


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("docker", "exec", "{container}", "systemctl", "reboot"), HaltReason.REBOOT),
        (("docker", "exec", "{container}", "shutdown", "--poweroff", "now"), HaltReason.POWER_OFF),
        (("docker", "stop", "{container}"), HaltReason.FAILURE),
        (("docker", "kill", "{container}"), HaltReason.FAILURE),
        (("docker", "rm", "--force", "{container}"), HaltReason.FAILURE),
    ],
)
def test_a_reboot_a_power_off_and_a_failure_are_told_apart(
    runtime: VmRuntime, command: tuple[str, ...], reason: HaltReason
) -> None:
    machine = debian_machine("")
    handle = runtime.start(machine, runtime.allocate(machine))
    eventually(lambda: is_booted(handle), 60)
    subprocess.run([word.format_map(handle) for word in command], capture_output=True, check=False, timeout=60)
    eventually(lambda: halted(runtime, handle), 60)
    assert runtime.halt_reason(handle) is reason
    assert runtime.observe(runtime.start(machine, handle)) is MachineState.RUNNING


def test_removing_leaves_no_container_no_disk_and_no_bridge(runtime: VmRuntime, tmp_path: Path) -> None:
    machine = debian_machine("")
    volumes, networks = listed("volume", "ls", "-q"), listed("network", "ls", "-q")
    handle = runtime.start(machine, runtime.allocate(machine))
    assert listed("volume", "ls", "-q") > volumes
    runtime.kill(handle)
    eventually(lambda: halted(runtime, handle))
    runtime.remove(handle)
    assert (listed("volume", "ls", "-q"), listed("network", "ls", "-q")) == (volumes, networks)
    assert list((tmp_path / "instances" / machine.zone).iterdir()) == []


def test_a_state_folder_that_was_deleted_by_hand_leaves_no_machine_to_the_next(engine: Engine, tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state", {"LOCALCLOUD_RUNTIME": "vm"})
    machine = debian_machine("")
    before = VmRuntime(cloud.state, 0.5, engine)
    handle = before.start(machine, before.allocate(machine))
    shutil.rmtree(cloud.state)
    cloud.up()
    try:
        assert engine.container(handle["container"]) is None
    finally:
        cloud.command("clean")


def new_key(file: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "key of a test", "-f", file], check=True)
    return file.with_suffix(".pub").read_text().strip()


def ssh(handle: Handle, key: Path, user: str, command: str) -> str | None:
    """What a command prints over SSH; None when the machine does not let the user in."""
    options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectTimeout=5"]
    flags = [flag for option in options for flag in ("-o", option)]
    done = subprocess.run(
        ["ssh", "-i", key, *flags, f"{user}@{handle['address']}", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.stdout if done.returncode == 0 else None


def limits(handle: Handle) -> tuple[float, int]:
    """Cores and megabytes that the engine limits a machine to."""
    settings = inspected(handle)["HostConfig"]
    return settings["CpuQuota"] / settings["CpuPeriod"], settings["Memory"] // 1024**2


def listed(*command: str) -> set[str]:
    return set(subprocess.run(["docker", *command], capture_output=True, text=True, check=True).stdout.split())
