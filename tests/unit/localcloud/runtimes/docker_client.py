"""A Docker client whose engine is a few dictionaries: what the vm runtime asks, without machines."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import docker
import requests
from docker.errors import APIError, NotFound

from localcloud.runtimes.engine import Engine
from localcloud.runtimes.machine_images import CONTAINER_OPTIMIZED, DEBIAN, image_tag
from localcloud.runtimes.runtime import Machine
from localcloud.runtimes.vm import VmRuntime

RANGE = "198.51.100.0/24"
"""Reserved for documentation: this machine is in no such network."""


class ScriptedClient:
    """Answers as docker.APIClient does.

    Attributes:
        containers_by_name: whether each runs.
        networks_by_name: range of each.
        output: what the console of every container says.
        signals: that containers were sent, in their order.
        tags: of the images that it has.
        refusals: names of methods that fail at their next call.
        during: what else happens while a method is called, by its name.
    """

    def __init__(self) -> None:
        self.containers_by_name: dict[str, bool] = {}
        self.networks_by_name: dict[str, str] = {}
        self.output = b""
        self.signals: list[str] = []
        self.refusals: list[str] = []
        self.during: dict[str, Callable[[], None]] = {}
        self.tags = {image_tag(kind) for kind in (DEBIAN, CONTAINER_OPTIMIZED)}

    def inspect_container(self, name: str) -> dict[str, Any]:
        self._called("inspect_container")
        if name not in self.containers_by_name:
            raise NotFound("no such container")
        return {"Id": "a" * 64, "State": {"Running": self.containers_by_name[name], "Pid": 0, "ExitCode": 0}}

    def create_host_config(self, **_: Any) -> dict[str, Any]:
        return {}

    def create_container(self, _image: str, *, name: str, **_: Any) -> None:
        self._called("create_container")
        self.containers_by_name[name] = False

    def start(self, name: str) -> None:
        self._called("start")
        self.containers_by_name[name] = True

    def kill(self, _name: str, signal: str) -> None:
        self._called("kill")
        self.signals.append(signal)

    def logs(self, _name: str, **_: Any) -> bytes:
        return self.output

    def put_archive(self, *_: Any) -> None:
        self._called("put_archive")

    def images(self, *, name: str, **_: Any) -> list[str]:
        self._called("images")
        return [name] if name in self.tags else []

    def networks(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Name": name, "Labels": {}, "IPAM": {"Config": []}} for name in self.networks_by_name]

    def create_network(self, name: str, **_: Any) -> None:
        self._called("create_network")
        self.networks_by_name[name] = RANGE

    def remove_network(self, name: str) -> None:
        self._called("remove_network")
        if name not in self.networks_by_name:
            raise NotFound("no such network")
        del self.networks_by_name[name]

    def containers(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Names": [f"/{name}"]} for name in self.containers_by_name]

    def _called(self, method: str) -> None:
        if meanwhile := self.during.pop(method, None):
            meanwhile()
        if method in self.refusals:
            self.refusals.remove(method)
            raise APIError("the engine is told to refuse", response=requests.Response())


def scripted_runtime(client: ScriptedClient, state: Path, monotonic: Callable[[], float]) -> VmRuntime:
    """The vm runtime on such an engine."""
    return VmRuntime(state, 0.5, Engine(cast(docker.APIClient, client)), monotonic=monotonic)


def scripted_machine(address_range: str = RANGE) -> Machine:
    """A Debian in a range, whose gateway must be an address of this machine for it to boot."""
    return Machine(
        name="web-abcd",
        identity="1",
        zone="us-central1-a",
        virtual_cpus=2,
        memory_mb=4096,
        internal_ip=str(ipaddress.ip_network(address_range)[2]),
        metadata={},
        boot_image="debian-12-bookworm-v20250610",
        subnetwork_range=address_range,
    )
