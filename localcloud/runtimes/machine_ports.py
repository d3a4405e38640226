"""The ports of this machine that are kept for machines: each machine's folder remembers its own."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from localcloud.runtimes.runtime import RuntimeFaultError

_PORTS = range(20000, 30000)  # below the range from which systems take ports for outgoing connections
_FILE = "ports.json"


def reserve_ports(folder: Path, host: str, count: int) -> list[int]:
    """Ports that are free on an address and that no machine has, kept in a machine's folder, which is made.

    Args:
        folder: the machine's; those beside it are the other machines'.
        host: address of this machine.
        count: how many.

    Raises:
        RuntimeFaultError: there are not so many.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    others = (file for file in folder.parent.glob(f"*/{_FILE}") if file.parent != folder)
    taken = {port for file in others for port in json.loads(file.read_text() or "[]")}
    # From a random one on: two local clouds that choose at once should not choose the same.
    first = random.randrange(len(_PORTS))  # noqa: S311 - no secret
    found: list[int] = []
    for step in range(len(_PORTS)):
        port = _PORTS[(first + step) % len(_PORTS)]
        if port not in taken and _is_free(host, port):
            found.append(port)
            if len(found) == count:
                (folder / _FILE).write_text(json.dumps(found))
                return found
    raise RuntimeFaultError(f"no port of {host} from {_PORTS.start} to {_PORTS.stop - 1} is free; stop what uses them")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
