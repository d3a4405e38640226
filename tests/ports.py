"""Ports for what a test starts, which nobody else takes meanwhile."""

from __future__ import annotations

import functools
import itertools
import socket

# Below the ports that the system gives to outgoing connections, and below those that the local cloud gives to machines:
# either could take a port of a local cloud that a test has stopped and starts again.
_FIRST = 10000
_BLOCKS = 20
_BLOCK = 500
_next = itertools.count()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on, from this process's own block: sessions run beside each other."""
    begin = _claim().getsockname()[1] + 1
    candidates = (begin + next(_next) % (_BLOCK - 1) for _ in range(_BLOCK - 1))
    found = list(itertools.islice(filter(_is_free, candidates), count))
    assert len(found) == count, f"of the ports from {begin} to {begin + _BLOCK - 2} fewer than {count} are free"
    return found


@functools.cache
def _claim() -> socket.socket:
    """The first port of a block, held as long as this process lives: whoever holds it owns the block."""
    for begin in range(_FIRST, _FIRST + _BLOCKS * _BLOCK, _BLOCK):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", begin))
        except OSError:
            claim.close()
        else:
            return claim
    raise AssertionError(f"all {_BLOCKS} blocks of ports from {_FIRST} are taken")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
