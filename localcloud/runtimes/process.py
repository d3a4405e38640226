"""The process runtime: an instance is the application's own gunicorn on a loopback port of its own.

It needs nothing but Python. It does not limit CPU or memory, and the whole machine has one guest port: the
`container-port` of the boot contract.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from localcloud.runtimes.bundle import Bundle, find_bundle
from localcloud.runtimes.detached import DetachedProcess
from localcloud.runtimes.env_file import env_file_variables
from localcloud.runtimes.machine_ports import reserve_ports
from localcloud.runtimes.runtime import HaltReason, Handle, Machine, MachineState, RuntimeFaultError, machine_folder
from localcloud.serial_log import SerialLog, instance_folder

_NICENESS = 5
_REFUSED_PORT = 1  # nobody listens there: what connecting to a closed guest port comes to
_FIRST_BACK_OFF_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 10.0
_DEFAULT_GUEST_PORT = "5000"


@dataclass
class _Watch:
    """What is known of a machine while this program runs; none of it is needed after a restart."""

    process: DetachedProcess
    stop_deadline: float | None = None
    started: float = 0.0
    failures: int = 0
    restart_at: float | None = None
    cpu_of_earlier_runs: float = 0.0
    cpu_of_this_run: float = 0.0


class ProcessRuntime:
    """Keeps the protocol of `runtimes.runtime.Runtime`; each machine has its folder under `STATE/instances`."""

    name = "process"

    def __init__(self, state: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._state = state
        self._monotonic = monotonic
        self._watches: dict[str, _Watch] = {}

    def allocate(self, machine: Machine) -> Handle:
        """Two free loopback ports: the application's and the metadata server's."""
        ports = reserve_ports(instance_folder(self._state, machine.zone, machine.name), "127.0.0.1", 2)
        handle: Handle = {
            "runtime": self.name,
            "name": machine.name,
            "zone": machine.zone,
            "identity": machine.identity,
            "port": ports[0],
            "metadata_port": ports[1],
            "guest_port": int(machine.metadata.get("container-port") or _DEFAULT_GUEST_PORT),
        }
        return handle

    def start(self, machine: Machine, handle: Handle) -> Handle:
        """Start gunicorn from the bundle that `container-image` names.

        Raises:
            RuntimeFaultError: there is no such bundle, `container-env` is no env-file, or the system refuses another
                process. The serial log says it too.
        """
        watch = self._watch(handle)
        if watch.process.pid() is not None:
            return handle
        folder = self._machine_folder(handle)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            bundle = find_bundle(self._state, machine.metadata.get("container-image", ""))
            self._write_launch(folder, bundle, machine, handle)
            self._watches[str(handle["identity"])] = watch = _Watch(watch.process)
            self._launch(handle, watch)
        except RuntimeFaultError as fault:
            self._note(handle, f"the instance does not boot: {fault}")
            raise
        return handle

    def observe(self, handle: Handle) -> MachineState:
        """RUNNING while there is an application or one is due to be started again after it exited."""
        watch = self._watch(handle)
        self._log(handle).bound()
        if watch.restart_at is not None and watch.stop_deadline is None:
            return self._restart_when_due(handle, watch)
        ending = watch.process.poll()
        if ending is None:
            self._kill_after_grace(watch)
            return MachineState.RUNNING
        if watch.stop_deadline is not None or ending.code is None:
            return MachineState.HALTED
        self._schedule_restart(handle, watch, ending.code)
        return MachineState.RUNNING

    def halt_reason(self, handle: Handle) -> HaltReason:  # noqa: ARG002 - the protocol's
        """FAILURE: an application that ends by itself is started again, as a unit is, and no guest reboots."""
        return HaltReason.FAILURE

    def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """SIGTERM to gunicorn's master, which lets requests finish; SIGKILL from `observe` after the grace."""
        watch = self._watch(handle)
        if watch.stop_deadline is None:
            watch.stop_deadline = self._monotonic() + grace_seconds
            watch.process.terminate()

    def kill(self, handle: Handle) -> None:
        """SIGKILL to master and workers."""
        watch = self._watch(handle)
        watch.stop_deadline = self._monotonic()
        watch.process.kill()

    def remove(self, handle: Handle) -> None:
        """Delete the machine's folder, serial log included."""
        self._watches.pop(str(handle["identity"]), None)
        shutil.rmtree(self._machine_folder(handle), ignore_errors=True)

    def endpoint(self, handle: Handle, port: int) -> tuple[str, int]:
        """The application's loopback port for the guest port it serves; a port that refuses for any other."""
        return "127.0.0.1", int(handle["port"]) if port == handle["guest_port"] else _REFUSED_PORT

    def cpu_seconds(self, handle: Handle) -> float:
        """CPU time of gunicorn and its workers, those that ended included; never falls."""
        watch = self._watch(handle)
        process = watch.process.process()
        if process is not None:
            watch.cpu_of_this_run = max(watch.cpu_of_this_run, _tree_cpu_seconds(process))
        return watch.cpu_of_earlier_runs + watch.cpu_of_this_run

    def _launch(self, handle: Handle, watch: _Watch) -> None:
        folder = self._machine_folder(handle)
        launch = json.loads((folder / "launch.json").read_text())
        try:
            watch.process.start(
                launch["command"],
                folder=Path(launch["folder"]),
                environment=launch["environment"],
                output=self._log(handle).file,
                niceness=_NICENESS,
            )
        except OSError as error:
            raise RuntimeFaultError(
                f"instance {handle['name']} got no process ({error}); free memory or processes"
            ) from error
        watch.started = self._monotonic()

    def _schedule_restart(self, handle: Handle, watch: _Watch, code: int) -> None:
        now = self._monotonic()
        if now - watch.started > _LONGEST_BACK_OFF_SECONDS:
            watch.failures = 0
        delay = min(_FIRST_BACK_OFF_SECONDS * 2**watch.failures, _LONGEST_BACK_OFF_SECONDS)
        watch.failures += 1
        watch.restart_at = now + delay
        watch.cpu_of_earlier_runs += watch.cpu_of_this_run
        watch.cpu_of_this_run = 0.0
        self._note(handle, f"the application exited with code {code}; it is started again in {delay:g} s")

    def _restart_when_due(self, handle: Handle, watch: _Watch) -> MachineState:
        if watch.restart_at is not None and self._monotonic() >= watch.restart_at:
            watch.restart_at = None
            self._launch(handle, watch)
        return MachineState.RUNNING

    def _kill_after_grace(self, watch: _Watch) -> None:
        if watch.stop_deadline is not None and self._monotonic() >= watch.stop_deadline:
            watch.process.kill()

    def _note(self, handle: Handle, sentence: str) -> None:
        self._log(handle).append(f"[{datetime.now(UTC).isoformat(timespec='seconds')}] localcloud: {sentence}")

    def _write_launch(self, folder: Path, bundle: Bundle, machine: Machine, handle: Handle) -> None:
        launch = {
            "command": _command(bundle, handle),
            "folder": str(bundle.source),
            "environment": _environment(bundle, machine, handle, folder),
        }
        file = folder / "launch.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(launch, indent=1))

    def _watch(self, handle: Handle) -> _Watch:
        identity = str(handle["identity"])
        if identity not in self._watches:
            process = DetachedProcess(self._machine_folder(handle) / "process")
            self._watches[identity] = _Watch(process, started=self._monotonic())
        return self._watches[identity]

    def _log(self, handle: Handle) -> SerialLog:
        return SerialLog(self._machine_folder(handle) / "serial.log")

    def _machine_folder(self, handle: Handle) -> Path:
        return machine_folder(self._state, handle)


def _command(bundle: Bundle, handle: Handle) -> list[str]:
    command = [str(bundle.python), "-m", "gunicorn"]
    if bundle.configuration:
        command += ["--config", str(bundle.configuration)]
    return [*command, "--bind", f"127.0.0.1:{handle['port']}", "--name", handle["name"], bundle.application]


def _environment(bundle: Bundle, machine: Machine, handle: Handle, folder: Path) -> dict[str, str]:
    """Everything the application sees; nothing of the environment this program runs in."""
    metadata_server = f"127.0.0.1:{handle['metadata_port']}"
    return {
        "PATH": f"{bundle.python.parent}{os.pathsep}{os.defpath}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        **env_file_variables(machine.metadata.get("container-env", "")),
        "PORT": str(handle["port"]),
        **machine.environment,
        "GCE_METADATA_HOST": metadata_server,
        "GCE_METADATA_ROOT": metadata_server,
        "GCE_METADATA_IP": metadata_server,
        "HOSTNAME": machine.name,
    }


def _tree_cpu_seconds(process: psutil.Process) -> float:
    total = 0.0
    try:
        times = process.cpu_times()
        total = times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        for child in process.children(recursive=True):
            used = child.cpu_times()
            total += used.user + used.system
    except psutil.Error:
        pass  # it ended while it was being counted; the caller keeps the highest count it has seen
    return total
