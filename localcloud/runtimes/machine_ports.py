"""The ports of this machine that are kept for machines: each machine's folder remembers its own."""

from __future__ import annotations

import errno
import json
import random
import socket
import threading
from pathlib import Path

from localcloud.runtimes.runtime import RuntimeFaultError

_PORTS = range(20000, 30000)  # below the range from which systems take ports for outgoing connections
_FILE = "ports.json"
_choosing = threading.Lock()
"""Held until what was chosen is remembered: nobody listens there yet that would show it as taken."""


class AddressMissingError(Exception):
    """This machine has no such address; the text is the address."""


def reserve_ports(folder: Path, host: str, count: int) -> list[int]:
    """Ports that are free on an address and that no machine has, kept in a machine's folder, which is made for them.

    Args:
        folder: the machine's, `ZONE/NAME` below the folder of all machines.
        host: address of this machine.
        count: how many.

    Raises:
        RuntimeFaultError: there are not so many.
        AddressMissingError: this machine does not have the address.
    """
    with _choosing:
        chosen = _free_ports(host, count, _ports_of_others(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps(chosen))
    return chosen


def _free_ports(host: str, count: int, taken: set[int]) -> list[int]:
    # From a random one on: two local clouds that choose at once should not choose the same.
    first = random.randrange(len(_PORTS))  # noqa: S311 - no secret
    found: list[int] = []
    for step in range(len(_PORTS)):
        port = _PORTS[(first + step) % len(_PORTS)]
        if port not in taken and _is_free(host, port):
            found.append(port)
            if len(found) == count:
                return found
    raise RuntimeFaultError(f"no port of {host} from {_PORTS.start} to {_PORTS.stop - 1} is free; stop what uses them")


def _ports_of_others(folder: Path) -> set[int]:
    """Ports that the other machines' folders remember; a machine from before zones were told apart is one level up."""
    machines = folder.parents[1]
    files = {*machines.glob(f"*/{_FILE}"), *machines.glob(f"*/*/{_FILE}")} - {folder / _FILE}
    return {port for file in files for port in json.loads(_text(file) or "[]")}


def _text(file: Path) -> str:
    """What is in it; nothing when its machine has been removed meanwhile."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise AddressMissingError(host) from error
            return False
    return True
