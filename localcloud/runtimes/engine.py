"""The Docker Engine, as much of it as machines need; its refusals become one sentence each.

The engine must run on this machine's own kernel: instances are reached by their addresses on its bridge.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

import docker
from docker.types import IPAMConfig, IPAMPool, LogConfig

from localcloud.runtimes.engine_client import NotOnEngineError, connected_client, faults
from localcloud.runtimes.engine_console import console_lines
from localcloud.runtimes.engine_images import EngineImages
from localcloud.runtimes.engine_plans import ContainerPlan, Limits, ServicePlan

_ANSWER_SECONDS = 60
_BUILD_SECONDS = 900  # without a line of output
_CPU_PERIOD_MICROSECONDS = 100_000
_CONSOLE = LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m", "max-file": "2"})
_CAPABILITIES_DROPPED = ["SYS_RESOURCE"]  # hosts that are virtual machines themselves may not have it to give


@dataclass(frozen=True)
class ContainerState:
    """What the engine says of a container.

    Attributes:
        running: whether its first program runs.
        pid: of that program, on this machine; 0 when it does not run.
        identity: the engine's own 64 hexadecimal digits.
        exit_code: of its first program's last run, 128 and the signal's number when a signal ended it.
    """

    running: bool
    pid: int
    identity: str
    exit_code: int


@dataclass(frozen=True)
class NetworkState:
    """What the engine says of a network: its name, ranges (CIDR) and labels."""

    name: str
    address_ranges: tuple[str, ...]
    labels: Mapping[str, str]


class Engine:
    """A thread-safe client of the engine that DOCKER_HOST names, else of the one at its usual socket.

    Every method raises EngineFaultError when the engine refuses or does not answer.

    Attributes:
        images: what the engine has of them.
    """

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client
        self.images = EngineImages(client)

    def kernel_release(self) -> str:
        """Release of the kernel that containers run on, as `uname -r` there, but always of three numbers."""
        with faults("describe itself"):
            return str(self._client.info()["KernelVersion"])

    def is_rootless(self) -> bool:
        """Whether it runs without root, which puts its networks into a namespace of its own."""
        with faults("describe itself"):
            options = self._client.info().get("SecurityOptions") or ()
        return any("name=rootless" in str(option).split(",") for option in options)

    def container(self, name: str) -> ContainerState | None:
        """The container of that name; None when there is none."""
        try:
            with faults(f"look at container {name}"):
                found = self._client.inspect_container(name)
        except NotOnEngineError:
            return None
        state = found["State"]
        return ContainerState(bool(state["Running"]), int(state["Pid"]), str(found["Id"]), int(state["ExitCode"]))

    def create_container(self, plan: ContainerPlan) -> None:
        """Make a container that can run systemd and a nested Docker, without starting it."""
        with faults(f"make container {plan.name}"):
            host_config = self._client.create_host_config(
                cap_add=["ALL"],
                cap_drop=_CAPABILITIES_DROPPED,
                security_opt=["seccomp=unconfined", "apparmor=unconfined"],
                tmpfs={"/run": "exec,mode=755", "/run/lock": "mode=1777"},
                sysctls={"net.ipv4.conf.all.route_localnet": "1"},
                extra_hosts=dict(plan.hosts),
                log_config=_CONSOLE,
                cpu_period=_CPU_PERIOD_MICROSECONDS,
                cpu_quota=_quota(plan.limits),
                mem_limit=plan.limits.memory_bytes,
                memswap_limit=plan.limits.memory_bytes,
            )
            host_config["CgroupnsMode"] = "private"
            endpoint = {"IPAMConfig": {"IPv4Address": plan.address}}
            self._client.create_container(
                plan.image,
                name=plan.name,
                hostname=plan.hostname,
                tty=True,  # it is the serial console
                stop_signal="SIGKILL",  # an engine that stops is a host that fails, and not a guest that powers off
                environment=dict(plan.environment),
                labels=dict(plan.labels),
                volumes=["/var/lib/docker"],
                networking_config={"EndpointsConfig": {plan.network: endpoint}},
                host_config=host_config,
            )

    def run_service(self, plan: ServicePlan) -> None:
        """Make and start a container that needs no rights and no network."""
        with faults(f"make container {plan.name}"):
            host_config = self._client.create_host_config(
                binds=[f"{plan.folder}:{plan.mount}"],
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                network_mode="none",
                log_config=_CONSOLE,
            )
            self._client.create_container(
                plan.image,
                command=list(plan.command),
                name=plan.name,
                user=plan.user,
                working_dir=plan.mount,
                host_config=host_config,
            )
            self._client.start(plan.name)

    def limit_container(self, name: str, limits: Limits) -> None:
        """Change what a container may use."""
        with faults(f"limit container {name}"):
            self._client.update_container(
                name,
                cpu_period=_CPU_PERIOD_MICROSECONDS,
                cpu_quota=_quota(limits),
                mem_limit=limits.memory_bytes,
                memswap_limit=limits.memory_bytes,
            )

    def write_files(self, name: str, folder: str, files: Mapping[str, bytes]) -> None:
        """Put files, readable by root alone, into an existing folder of a container that need not run."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for file, content in files.items():
                entry = tarfile.TarInfo(file)
                entry.size, entry.mode = len(content), 0o600
                tar.addfile(entry, io.BytesIO(content))
        with faults(f"write to container {name}"):
            self._client.put_archive(name, folder, archive.getvalue())

    def start_container(self, name: str) -> None:
        """Run its first program; a no-op when it runs."""
        with faults(f"start container {name}"):
            self._client.start(name)

    def signal_container(self, name: str, signal: str) -> None:
        """Send its first program a signal; a no-op when it does not run."""
        try:
            with faults(f"signal container {name}", allowed=409):
                self._client.kill(name, signal)
        except NotOnEngineError:
            return

    def remove_container(self, name: str) -> None:
        """Remove it with its volumes, killed first when it runs; a no-op when there is none."""
        try:
            with faults(f"remove container {name}"):
                self._client.remove_container(name, v=True, force=True)
        except NotOnEngineError:
            return

    def console(self, name: str, since: int) -> list[tuple[str, str]]:
        """Lines of the console from a Unix second on, each with its time (RFC 3339, nine digits, so they sort)."""
        try:
            with faults(f"read the console of container {name}"):
                text = self._client.logs(name, timestamps=True, since=since or None)
        except NotOnEngineError:
            return []
        return console_lines(text.decode(errors="replace"))

    def network_exists(self, name: str) -> bool:
        """Whether there is a network of exactly that name."""
        with faults(f"look for network {name}"):
            return any(found["Name"] == name for found in self._client.networks(names=[name]))

    def create_network(self, name: str, address_range: str, gateway: str, labels: Mapping[str, str]) -> None:
        """Make a bridge with that range, this machine being its gateway."""
        pool = IPAMConfig(pool_configs=[IPAMPool(subnet=address_range, gateway=gateway)])
        with faults(f"make network {name} with the range {address_range}"):
            self._client.create_network(name, driver="bridge", ipam=pool, labels=dict(labels), check_duplicate=True)

    def remove_network_if_unused(self, name: str) -> None:
        """Remove a network that no container is on, one that is stopped included.

        The engine itself refuses only while a container on it runs. A stopped one looks for this very network when it
        is started again, and does not find another of the same name.
        """
        try:
            with faults(f"remove network {name}", allowed=403):
                if not self._client.containers(all=True, quiet=True, filters={"network": name}):
                    self._client.remove_network(name)
        except NotOnEngineError:
            return

    def containers(self, label: str) -> list[str]:
        """Names of the containers, stopped ones too, that have a label (`key` or `key=value`)."""
        with faults("list containers"):
            found = self._client.containers(all=True, filters={"label": label})
        return [str(container["Names"][0]).lstrip("/") for container in found]

    def networks(self, label: str) -> list[NetworkState]:
        """The networks that have a label (`key` or `key=value`)."""
        with faults("list networks"):
            found = self._client.networks(filters={"label": label})
        return [
            NetworkState(
                name=str(network["Name"]),
                address_ranges=tuple(str(pool["Subnet"]) for pool in network["IPAM"]["Config"] or ()),
                labels=dict(network["Labels"]),
            )
            for network in found
        ]


def connect(*, building: bool = False) -> Engine:
    """The engine of this machine.

    Args:
        building: be patient, as long steps of a build say nothing.

    Raises:
        StartError: none answers, or it is older than Docker 20.10.
    """
    return Engine(connected_client(_BUILD_SECONDS if building else _ANSWER_SECONDS))


def _quota(limits: Limits) -> int:
    return int(limits.cores * _CPU_PERIOD_MICROSECONDS)
