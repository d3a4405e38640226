"""The vm runtime: an instance is a container that runs systemd, sshd, cloud-init and, where its image has one, Docker.

It boots the same user-data as on Google, at the address the API shows. It needs a Docker engine on this machine; what
it is not is a security boundary (docs/decisions/0010-a-machine-is-a-container.md).
"""

from __future__ import annotations

import hashlib
import shutil
import signal
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.errors.program import engine_elsewhere
from localcloud.runtimes.engine import ContainerState, Engine
from localcloud.runtimes.engine_client import engine_address
from localcloud.runtimes.engine_console import is_stamp, unix_second
from localcloud.runtimes.engine_plans import ContainerPlan, Limits
from localcloud.runtimes.machine_images import machine_image
from localcloud.runtimes.machine_ports import AddressMissingError, reserve_ports
from localcloud.runtimes.runtime import HaltReason, Handle, Machine, MachineState, RuntimeFaultError, machine_folder
from localcloud.runtimes.seed import SEED_FOLDER, seed_files
from localcloud.runtimes.vm_cpu import cpu_seconds
from localcloud.runtimes.vm_network import FOLDER_LABEL, Bridge, Bridges
from localcloud.serial_log import SerialLog, instance_folder

_ACPI_SHUTDOWN = "SIGRTMIN+4"  # systemd: poweroff.target
_HALT_REASONS = {128 + signal.SIGHUP: HaltReason.REBOOT, 128 + signal.SIGINT: HaltReason.POWER_OFF}
_LABEL = "localcloud.state"
_METADATA_ADDRESS = "169.254.169.254"
_METADATA_NAMES = ("metadata.google.internal", "metadata")
_API_ADDRESS = "199.36.153.8"  # private.googleapis.com, where machines without a public address find Google's APIs
_AUTHORITY_FOLDER = "/usr/local/share/ca-certificates"
_LEAST_MEMORY_MB = 512  # systemd, dockerd and cloud-init take about a quarter of it
_MEGABYTE = 1024 * 1024


@dataclass
class _Watch:
    """What is known of a machine while this program runs; none of it is needed after a restart."""

    stop_deadline: float | None = None
    container: ContainerState | None = None
    cpu: float = 0.0
    console_lock: threading.Lock = field(default_factory=threading.Lock)


class VmRuntime:
    """Keeps the protocol of `runtimes.runtime.Runtime`; what is not in the container is under `STATE/instances`.

    Args:
        state: the local cloud's folder.
        cores_per_vcpu: how much of its machine type's vCPUs and memory a machine gets.
        engine: runs the containers.
        api_names: hosts of Google's that machines find at the local cloud.
        authority: the certificate that vouches for them (PEM), which machines trust; None without `api_names`.
        monotonic: seconds for graces.
    """

    name = "vm"

    def __init__(
        self,
        state: Path,
        cores_per_vcpu: float,
        engine: Engine,
        api_names: Collection[str] = (),
        authority: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._cores_per_vcpu = cores_per_vcpu
        self._engine = engine
        self._hosts = dict.fromkeys(_METADATA_NAMES, _METADATA_ADDRESS) | dict.fromkeys(api_names, _API_ADDRESS)
        self._authority = authority
        self._monotonic = monotonic
        self._scope = hashlib.sha256(str(state).encode()).hexdigest()[:8]
        self._labels = {_LABEL: self._scope, FOLDER_LABEL: str(state)}
        self._bridges = Bridges(engine, self._scope, self._labels)
        self._watches: dict[str, _Watch] = {}

    def allocate(self, machine: Machine) -> Handle:
        """The machine's bridge, and two ports of its gateway: the metadata server's and Google's APIs'.

        Raises:
            RuntimeFaultError: no bridge can have the subnetwork's range, the bridge is not on this machine, or no port
                is free; nothing is left of the attempt.
        """
        bridge = self._bridges.bridge(machine.subnetwork_range)
        try:
            with self._bridges.held(bridge):
                ports = self._reserve_ports(machine, bridge)
        except RuntimeFaultError:
            with suppress(RuntimeFaultError):  # the first fault is the one to tell
                self._bridges.release(bridge)
            raise
        handle: Handle = {
            "runtime": self.name,
            "name": machine.name,
            "zone": machine.zone,
            "identity": machine.identity,
            "container": f"localcloud-{self._scope}-{machine.name}-{machine.identity}",
            "address": machine.internal_ip,
            "subnetwork_range": machine.subnetwork_range,
            "metadata_host": bridge.gateway,
            "metadata_port": ports[0],
            "api_port": ports[1],
            "metadata_client": machine.internal_ip,
        }
        return handle

    def start(self, machine: Machine, handle: Handle) -> Handle:
        """Power it on, with what the instance's metadata says now as cloud-init's seed.

        Raises:
            RuntimeFaultError: its machine image is not built, its address is taken, or the engine refuses.
        """
        container = self._engine.container(handle["container"])
        if container is not None and container.running:
            return handle
        image = "" if container is not None else self._image(machine)
        with self._bridges.held(self._bridge(handle)):
            if container is None:
                self._create(machine, handle, image)
        if container is not None:
            self._engine.limit_container(handle["container"], self._limits(machine))
        self._engine.write_files(handle["container"], SEED_FOLDER, seed_files(machine))
        if self._authority is not None:
            authority = {"localcloud.crt": self._authority.read_bytes()}
            self._engine.write_files(handle["container"], _AUTHORITY_FOLDER, authority)
        self._engine.start_container(handle["container"])
        self._watches[str(handle["identity"])] = _Watch()
        return handle

    def observe(self, handle: Handle) -> MachineState:
        """RUNNING while systemd runs; what fails inside is systemd's to start again."""
        watch = self._watch(handle)
        watch.container = self._engine.container(handle["container"])
        self._copy_console(handle, watch)
        if watch.container is None or not watch.container.running:
            return MachineState.HALTED
        if watch.stop_deadline is not None and self._monotonic() >= watch.stop_deadline:
            self._engine.signal_container(handle["container"], "SIGKILL")
        return MachineState.RUNNING

    def halt_reason(self, handle: Handle) -> HaltReason:
        """By the signal that the kernel ends the first program of a PID namespace with (reboot(2))."""
        container = self._engine.container(handle["container"])
        if container is None:
            return HaltReason.FAILURE
        return _HALT_REASONS.get(container.exit_code, HaltReason.FAILURE)

    def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """Ask systemd to power off; SIGKILL from `observe` after the grace."""
        watch = self._watch(handle)
        if watch.stop_deadline is None:
            self._engine.signal_container(handle["container"], _ACPI_SHUTDOWN)
            # Only now: after an engine that refused, the next call asks again.
            watch.stop_deadline = self._monotonic() + grace_seconds

    def kill(self, handle: Handle) -> None:
        """SIGKILL to systemd, and with it to everything in the machine."""
        self._engine.signal_container(handle["container"], "SIGKILL")

    def remove(self, handle: Handle) -> None:
        """Delete the container with its disk, the machine's folder, and the bridge after the last machine on it."""
        self._engine.remove_container(handle["container"])
        self._bridges.release(self._bridge(handle))
        self._watches.pop(str(handle["identity"]), None)
        shutil.rmtree(self._machine_folder(handle), ignore_errors=True)

    def remove_everything(self) -> None:
        """Delete every container and bridge of this local cloud, also those that no document knows any more."""
        label = f"{_LABEL}={self._scope}"
        for name in self._engine.containers(label):
            self._engine.remove_container(name)
        for network in self._engine.networks(label):
            self._engine.remove_network_if_unused(network.name)

    def endpoint(self, handle: Handle, port: int) -> tuple[str, int]:
        """The machine's own address, which this machine reaches over the bridge."""
        return str(handle["address"]), port

    def cpu_seconds(self, handle: Handle) -> float:
        """CPU time of everything in the machine, nested containers included; never falls while it runs."""
        watch = self._watch(handle)
        if watch.container is None:
            watch.container = self._engine.container(handle["container"])
        if watch.container is not None and watch.container.running:
            watch.cpu = max(watch.cpu, cpu_seconds(watch.container.identity, watch.container.pid))
        return watch.cpu

    def _reserve_ports(self, machine: Machine, bridge: Bridge) -> list[int]:
        try:
            return reserve_ports(instance_folder(self._state, machine.zone, machine.name), bridge.gateway, 2)
        except AddressMissingError as missing:
            sign = f"{missing}, the gateway of its network {bridge.name}, is no address here"
            raise RuntimeFaultError(str(engine_elsewhere(engine_address(), sign))) from missing

    def _image(self, machine: Machine) -> str:
        image = machine_image(machine.boot_image)
        if not self._engine.images.has(image):
            raise RuntimeFaultError(
                f"the machine image {image} is not built; run '.venv/bin/python -m localcloud images'"
            )
        return image

    def _create(self, machine: Machine, handle: Handle, image: str) -> None:
        self._engine.create_container(
            ContainerPlan(
                name=handle["container"],
                image=image,
                hostname=machine.name,
                network=self._bridge(handle).name,
                address=handle["address"],
                limits=self._limits(machine),
                environment={
                    "METADATA_SERVER": f"{handle['metadata_host']}:{handle['metadata_port']}",
                    "API_SERVER": f"{handle['metadata_host']}:{handle['api_port']}",
                },
                hosts=self._hosts,
                labels=self._labels,
            )
        )

    def _limits(self, machine: Machine) -> Limits:
        memory_mb = max(machine.memory_mb * self._cores_per_vcpu, _LEAST_MEMORY_MB)
        return Limits(machine.virtual_cpus * self._cores_per_vcpu, int(memory_mb) * _MEGABYTE)

    def _copy_console(self, handle: Handle, watch: _Watch) -> None:
        """Append to the serial log what the console has said since the last copy; the file beside it says when."""
        position = self._machine_folder(handle) / "console-position"
        with watch.console_lock:
            seen = _read_position(position)
            lines = self._engine.console(handle["container"], unix_second(seen) if seen else 0)
            fresh = [(stamp, line) for stamp, line in lines if stamp > seen]
            if not fresh:
                return
            log = self._log(handle)
            log.append("\n".join(line for _, line in fresh))
            log.bound()
            position.write_text(fresh[-1][0])

    def _bridge(self, handle: Handle) -> Bridge:
        return self._bridges.bridge(handle["subnetwork_range"])

    def _watch(self, handle: Handle) -> _Watch:
        return self._watches.setdefault(str(handle["identity"]), _Watch())

    def _log(self, handle: Handle) -> SerialLog:
        return SerialLog(self._machine_folder(handle) / "serial.log")

    def _machine_folder(self, handle: Handle) -> Path:
        return machine_folder(self._state, handle)


def _read_position(file: Path) -> str:
    """The time of the last line that was copied; empty when there is none, or nothing that can be read as one."""
    text = file.read_text(errors="replace") if file.exists() else ""
    return text if is_stamp(text) else ""
