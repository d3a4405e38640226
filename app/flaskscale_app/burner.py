"""A process that does nothing but use one CPU, run as `python -I burner.py SECONDS PARENT_PID`.

Its own process, because a thread that spins would hold the interpreter lock and stop the worker from answering; at the
lowest priority, because the worker's requests must still win. It ends at its deadline, and at once when the worker
that started it is gone.
"""

from __future__ import annotations

import os
import sys
import time

_NICENESS = 19
_ROUNDS_BETWEEN_CHECKS = 20_000


def burn(seconds: float, parent: int) -> None:
    """Use one CPU until `seconds` have passed or the parent process is no longer `parent`."""
    os.nice(_NICENESS)
    deadline = time.monotonic() + seconds
    number = 1
    while time.monotonic() < deadline and os.getppid() == parent:
        for _ in range(_ROUNDS_BETWEEN_CHECKS):
            number = number * 1_103_515_245 % 2_147_483_647


if __name__ == "__main__":
    burn(float(sys.argv[1]), int(sys.argv[2]))
