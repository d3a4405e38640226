"""The containers that the engine is asked to make, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What a container may use: CPU in cores, memory in bytes."""

    cores: float
    memory_bytes: int


@dataclass(frozen=True)
class ContainerPlan:
    """A container to make, with systemd as its first program.

    Attributes:
        name: unique on the engine.
        image: tag of the machine image.
        hostname: of the machine.
        network: name of the network it is on.
        address: its fixed address there.
        limits: of CPU and memory.
        environment: of its first program.
        hosts: additional lines of /etc/hosts, address by name.
        labels: to find it by.
    """

    name: str
    image: str
    hostname: str
    network: str
    address: str
    limits: Limits
    environment: Mapping[str, str]
    hosts: Mapping[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class ServicePlan:
    """A container that shares one folder with this machine and is on no network.

    Attributes:
        name: unique on the engine.
        image: its tag.
        command: arguments of the image's own entry point.
        user: `UID:GID` it runs as.
        folder: of this machine.
        mount: where it is in the container; also the working folder.
    """

    name: str
    image: str
    command: tuple[str, ...]
    user: str
    folder: Path
    mount: str
