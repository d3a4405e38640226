"""Ports for what a test starts, which nobody else takes meanwhile."""

from __future__ import annotations

import itertools
import os
import socket

# Below the ports that the system gives to outgoing connections, and below those that the local cloud gives to machines:
# either could take a port of a local cloud that a test has stopped and starts again.
_FIRST = 10000
_BLOCKS = 20
_BLOCK = 500
_next = itertools.count()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on, from this process's own block: sessions run beside each other."""
    begin = _FIRST + os.getpid() % _BLOCKS * _BLOCK
    candidates = (begin + next(_next) % _BLOCK for _ in range(_BLOCK))
    found = list(itertools.islice(filter(_is_free, candidates), count))
    assert len(found) == count, f"of the ports from {begin} to {begin + _BLOCK - 1} fewer than {count} are free"
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
