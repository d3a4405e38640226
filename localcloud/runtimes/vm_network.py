"""The network of machines: a bridge for each subnetwork's range, with this machine as its gateway.

A machine's address is the API's `networkIP` itself, as the bridge has the subnetwork's own range; its gateway is the
range's first address, which Google's subnetworks reserve for the same purpose.
"""

from __future__ import annotations

import ipaddress
import shlex
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from localcloud.runtimes.engine import Engine
from localcloud.runtimes.runtime import RuntimeFaultError

FOLDER_LABEL = "localcloud.folder"
"""The state folder of the local cloud that a network or a machine belongs to."""


@dataclass(frozen=True)
class Bridge:
    """A network of the engine: its name, range (CIDR) and this machine's address in it."""

    name: str
    address_range: str
    gateway: str


class Bridges:
    """Makes and removes the bridges of one local cloud.

    Args:
        engine: where they are.
        scope: tells this local cloud's from another's.
        labels: what they are found by.
    """

    def __init__(self, engine: Engine, scope: str, labels: dict[str, str]) -> None:
        self._engine = engine
        self._scope = scope
        self._labels = labels
        self._making = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def bridge(self, address_range: str) -> Bridge:
        """The bridge that stands for a subnetwork's range, whether it exists or not."""
        network = ipaddress.ip_network(address_range)
        name = f"localcloud-{self._scope}-{network.network_address}-{network.prefixlen}"
        return Bridge(name, address_range, str(network.network_address + 1))

    @contextmanager
    def held(self, bridge: Bridge) -> Iterator[None]:
        """Make it unless it exists, and keep it from being released until the caller has put a machine on it.

        Raises:
            RuntimeFaultError: this machine already has a network with addresses of that range, another local cloud's
                perhaps.
        """
        with self._lock(bridge):
            self._ensure(bridge)
            yield

    def release(self, bridge: Bridge) -> None:
        """Remove it when no machine is on it, not even a stopped one."""
        with self._lock(bridge):
            self._engine.remove_network_if_unused(bridge.name)

    def _lock(self, bridge: Bridge) -> threading.Lock:
        """One for each: a machine that is being made on one bridge holds up no other."""
        return self._locks.setdefault(bridge.name, threading.Lock())

    def _ensure(self, bridge: Bridge) -> None:
        if self._engine.network_exists(bridge.name):
            return
        with self._making:  # so that of two ranges that overlap, the second finds the first one's interface
            if interface := overlapping_interface(bridge.address_range):
                holder = self._holder(bridge.address_range)
                raise RuntimeFaultError(_range_taken(bridge.address_range, interface, holder))
            self._engine.create_network(bridge.name, bridge.address_range, bridge.gateway, self._labels)

    def _holder(self, address_range: str) -> str:
        """The state folder of the local cloud whose network overlaps with a range; empty when it is nobody's."""
        wanted = ipaddress.ip_network(address_range)
        for network in self._engine.networks(FOLDER_LABEL):
            if any(ipaddress.ip_network(each).overlaps(wanted) for each in network.address_ranges):
                return network.labels[FOLDER_LABEL]
        return ""


def overlapping_interface(address_range: str) -> str:
    """A network interface of this machine with addresses in a range, as `NAME (ADDRESS)`; empty when there is none."""
    wanted = ipaddress.ip_network(address_range)
    for name, addresses in psutil.net_if_addrs().items():
        for address in addresses:
            if address.family == socket.AF_INET and address.netmask:
                network = ipaddress.ip_network(f"{address.address}/{address.netmask}", strict=False)
                if network.overlaps(wanted):
                    return f"{name} ({network})"
    return ""


def _range_taken(address_range: str, interface: str, holder: str) -> str:
    """The refusal of a range; `holder` is the state folder of the local cloud that has it, if one does."""
    found = f"the subnetwork's range {address_range} overlaps with {interface} of this machine"
    if not holder:
        return f"{found}; set network_subnetwork_range to another"
    clean = f"LOCALCLOUD_STATE={shlex.quote(holder)} LOCALCLOUD_RUNTIME=vm .venv/bin/python -m localcloud clean"
    return (
        f"{found}, a network of the local cloud in {holder}; set network_subnetwork_range to another, or remove that "
        f"local cloud: {clean}"
    )
