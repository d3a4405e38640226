"""The protocol every runtime keeps. Runtimes know processes; they know neither the store nor the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from localcloud.serial_log import instance_folder

Handle = dict[str, Any]
"""What a runtime needs to find its machine again after a restart; JSON, stored by the controller."""


def machine_folder(state: Path, handle: Handle) -> Path:
    """What the state folder has of a machine."""
    # The handle of a machine from before zones were told apart has none, and its folder is `instances/NAME`.
    return instance_folder(state, str(handle.get("zone", "")), str(handle["name"]))


class MachineState(StrEnum):
    """What a runtime sees of a machine. HALTED: it was running and has failed or was powered off."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    HALTED = "HALTED"


class HaltReason(StrEnum):
    """Why a machine is halted that was not told to.

    REBOOT: the guest wants to be started again. POWER_OFF: the guest switched itself off. FAILURE: anything else: a
    crash, a power cut, a host that restarted, or an end that nobody saw.
    """

    REBOOT = "REBOOT"
    POWER_OFF = "POWER_OFF"
    FAILURE = "FAILURE"


@dataclass(frozen=True)
class Machine:
    """What is to boot, as a value.

    Attributes:
        name: instance name, unique in its zone.
        identity: the instance's numeric `id`; a recreated instance has another.
        zone: bare zone name.
        virtual_cpus: guest CPUs of the machine type.
        memory_mb: of the machine type.
        internal_ip: the API's networkIP.
        metadata: instance metadata keys (`container-image`, …).
        environment: variables every instance gets (proxy, certificate bundle).
        boot_image: name of the image its boot disk was made from (`debian-12-bookworm-v20250610`).
        subnetwork_range: the CIDR range that `internal_ip` is of.
    """

    name: str
    identity: str
    zone: str
    virtual_cpus: float
    memory_mb: int
    internal_ip: str
    metadata: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    boot_image: str = ""
    subnetwork_range: str = ""


class Runtime(Protocol):
    """Boots, watches and stops machines. Every method is quick: well under a second."""

    name: str

    def allocate(self, machine: Machine) -> Handle:
        """Choose what must be known before the start: addresses and the metadata server's port.

        The controller stores the handle before `start`, so that a crash between the two loses nothing.
        `handle["metadata_port"]` is where the API shell answers this machine's metadata requests: on the address
        `handle["metadata_host"]` (loopback when absent), to `handle["metadata_client"]` only (anyone when absent).
        """

    def start(self, machine: Machine, handle: Handle) -> Handle:
        """Boot it; returns the handle to keep. Starting a machine that already runs is a no-op.

        Raises:
            RuntimeFaultError: it cannot boot (no such image, …), in one sentence.
        """

    def observe(self, handle: Handle) -> MachineState:
        """What the machine does now; restarts an application that exited with an error, with back-off.

        Afterwards the machine's serial log has everything the machine said until then.
        """

    def halt_reason(self, handle: Handle) -> HaltReason:
        """Why it is halted, as far as that can be told of a machine that was neither stopped nor killed."""

    def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """ACPI shutdown: ask it to end, without waiting; HALTED at the latest after the grace."""

    def kill(self, handle: Handle) -> None:
        """Cut the power."""

    def remove(self, handle: Handle) -> None:
        """Free everything the machine held; it must be halted."""

    def endpoint(self, handle: Handle, port: int) -> tuple[str, int]:
        """Where a guest port is reached from this machine: host and port."""

    def cpu_seconds(self, handle: Handle) -> float:
        """CPU time the machine has used since it booted, in seconds of one core."""


class RuntimeFaultError(Exception):
    """A machine cannot boot; the text is one sentence, shown as the managed instance's lastAttempt error."""
