"""How busy this instance is, from the CPU time of its own processes.

The process group is the instance: gunicorn's master, its workers and whatever they start share one, in a container as
well as where several instances run on one machine. Its members' times are in /proc/<pid>/stat (proc_pid_stat(5));
without /proc only this process and its ended children are counted.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
# Positions in the text after the command's closing parenthesis: state is 0.
_PROCESS_GROUP = 2
_TIMES = slice(11, 15)  # utime, stime, and cutime, cstime of children already waited for


def process_group_seconds(proc: Path = _PROC) -> float:
    """CPU seconds used so far by the live processes of this process group and their ended children."""
    group = os.getpgrp()
    ticks = 0
    found = False
    for directory in proc.glob("[0-9]*"):
        try:
            fields = (directory / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue  # ended while we looked
        if int(fields[_PROCESS_GROUP]) == group:
            ticks += sum(int(field) for field in fields[_TIMES])
            found = True
    if not found:
        return sum(os.times()[:4])
    return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CpuUse:
    """Mean number of busy CPUs over the window, in seconds, that it was measured in."""

    busy: float
    window_seconds: float

    def share_of(self, cores: float) -> float:
        """Utilisation from 0 to 1 of an instance with that many cores."""
        return min(1.0, self.busy / cores)


class CpuMeter:
    """Samples when asked, at most once a second, and answers the mean over about `window_seconds`.

    Between visits far apart the mean is over the whole time between them.
    """

    def __init__(
        self,
        read: Callable[[], float] = process_group_seconds,
        clock: Callable[[], float] = time.monotonic,
        window_seconds: float = 10.0,
        spacing_seconds: float = 1.0,
    ) -> None:
        self._read = read
        self._clock = clock
        self._window_seconds = window_seconds
        self._spacing_seconds = spacing_seconds
        self._lock = threading.Lock()
        self._samples: deque[tuple[float, float]] = deque([(clock(), read())])

    def use(self) -> CpuUse | None:
        """The mean since the oldest sample kept; None within the first second of the process."""
        with self._lock:
            now = self._clock()
            if now - self._samples[-1][0] >= self._spacing_seconds:
                self._samples.append((now, self._read()))
                # Keep the youngest sample that is older than the window as its far edge.
                while len(self._samples) > 2 and now - self._samples[1][0] >= self._window_seconds:
                    self._samples.popleft()
            (first_at, first), (last_at, last) = self._samples[0], self._samples[-1]
        if last_at <= first_at:
            return None
        # A process that ended unseen takes its time with it: never show less than nothing.
        return CpuUse(max(0.0, last - first) / (last_at - first_at), last_at - first_at)
