"""Burning CPU on this instance on purpose, so that an autoscaler has something to react to.

One burn at a time per worker process: a second request while one runs is refused with the seconds that remain.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from . import errors

_BURNER = Path(__file__).with_name("burner.py")
DEFAULT_SECONDS = 60


class Stress:
    """The burn of one worker process."""

    def __init__(
        self, *, enabled: bool, max_seconds: int, processes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.enabled = enabled
        self.max_seconds = max_seconds
        self.processes = processes
        self._clock = clock
        self._lock = threading.Lock()
        self._ends_at = 0.0
        self._burners: list[subprocess.Popen[bytes]] = []

    @property
    def default_seconds(self) -> int:
        """How long a request that names no seconds burns."""
        return min(DEFAULT_SECONDS, self.max_seconds)

    def remaining_seconds(self) -> int:
        """Whole seconds until the running burn ends, rounded up; 0 when none runs."""
        with self._lock:
            return self._remaining()

    def start(self, seconds_text: str | None) -> int:
        """Start a burn and return its seconds.

        seconds_text: the request's argument; None burns for default_seconds.
        Raises errors.StressRefusedError: not enabled (403), not a whole number in range (400), one is running (409).
        """
        if not self.enabled:
            raise errors.stress_disabled()
        seconds = self._seconds(seconds_text)
        with self._lock:
            remaining = self._remaining()
            if remaining > 0:
                raise errors.stress_already_running(remaining)
            self._stop()
            command = [sys.executable, "-I", "-S", str(_BURNER), str(seconds), str(os.getpid())]
            self._burners = [subprocess.Popen(command) for _ in range(self.processes)]
            self._ends_at = self._clock() + seconds
        return seconds

    def stop(self) -> None:
        """End a running burn now."""
        with self._lock:
            self._stop()

    def _seconds(self, text: str | None) -> int:
        if text is None:
            return self.default_seconds
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= self.max_seconds:
            raise errors.stress_seconds_invalid(text, self.max_seconds)
        return int(text)

    def _remaining(self) -> int:
        self._burners = [burner for burner in self._burners if burner.poll() is None]
        return max(0, math.ceil(self._ends_at - self._clock())) if self._burners else 0

    def _stop(self) -> None:
        for burner in self._burners:
            burner.kill()
        for burner in self._burners:
            burner.wait()
        self._burners = []
