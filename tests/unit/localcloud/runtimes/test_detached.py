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


def test_whoever_asks_the_file_finds_it_from_the_moment_it_is_started(tmp_path: Path) -> None:
    process = _started(tmp_path, "-c", "import time; time.sleep(60)")
    try:
        assert DetachedProcess(tmp_path / "identity").pid() == process.pid()
    finally:
        process.kill()
        eventually(process.poll)


def test_one_that_ends_before_it_is_named_is_told(tmp_path: Path) -> None:
    process = DetachedProcess(tmp_path / "no such folder" / "identity")
    process.start(["true"], folder=tmp_path, environment=dict(os.environ), output=tmp_path / "log")
    ending = eventually(process.poll)
    assert ending.code not in (None, 0)


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


def test_one_that_another_program_started_has_ended_when_its_threads_have(tmp_path: Path) -> None:
    """And what its dead leader left is killed."""
    mark = tmp_path / "mark"
    process = _started(tmp_path, "-c", _LEADER_GONE, str(mark))
    adopted = DetachedProcess(tmp_path / "identity")
    eventually(mark.exists)
    eventually(lambda: process.pid() is None)
    assert eventually(adopted.poll) == Ending()
    assert process.poll() == Ending(signal=signal.SIGKILL)
