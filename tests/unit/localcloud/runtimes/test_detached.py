"""A detached process and how its end is told."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from localcloud.runtimes.detached import DetachedProcess, Ending
from tests.unit.localcloud.runtimes.releases import eventually

# The first thread ends by itself and leaves a zombie of state 0, while another one keeps the process.
_LEADER_GONE = """
import ctypes, os, sys, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
open(sys.argv[1], "w").close()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
"""


def _started(folder: Path, *command: str) -> DetachedProcess:
    process = DetachedProcess(folder / "identity")
    process.start([sys.executable, *command], folder=folder, environment=dict(os.environ), output=folder / "log")
    return process


def test_an_exit_code_is_told(tmp_path: Path) -> None:
    process = _started(tmp_path, "-c", "raise SystemExit(3)")
    assert eventually(process.poll) == Ending(code=3)


def test_a_signal_is_told(tmp_path: Path) -> None:
    process = _started(tmp_path, "-c", "import os; os.kill(os.getpid(), 9)")
    assert eventually(process.poll) == Ending(signal=signal.SIGKILL)


def test_a_process_whose_other_threads_still_end_has_no_ending_yet(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    process = _started(tmp_path, "-c", _LEADER_GONE, str(mark))
    eventually(mark.exists)
    eventually(lambda: process.pid() is None)
    assert eventually(process.poll) == Ending(signal=signal.SIGKILL)
