"""A process in a session of its own, which outlives this program and is found again by the next one.

Who it is stands in a file: the child writes its process id there itself, before it becomes the wanted program, so a
`kill -9` of this program at any moment leaves no process that nobody knows. The file's time is the process's creation
time, which tells it from a later process with the same id.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_LAUNCH = 'umask 077; echo $$ > "$1" && cd "$2" && shift 2 && exec nice -n "$@"'
_CLOCK_TOLERANCE_SECONDS = 10.0


@dataclass(frozen=True)
class Ending:
    """How a process ended: by exit code, by signal, or (both None) unseen."""

    code: int | None = None
    signal: int | None = None


@dataclass(frozen=True)
class _Leader:
    """What the process is at one moment; a zombie may still have threads, which keep it from being reaped."""

    process: psutil.Process
    zombie: bool
    threads: int


class DetachedProcess:
    """One process named by a file; made anew for the same file, it is the same process."""

    def __init__(self, identity_file: Path) -> None:
        self._file = identity_file
        self._child = 0
        self._ending = Ending()

    def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        niceness: int = 0,
    ) -> None:
        """Run `command` in `folder` with exactly this environment; standard output and error are appended to `output`.

        Returns when the file names it, so that whoever asks the file from then on finds it.

        Raises:
            OSError: the process could not be made.
        """
        self._file.unlink(missing_ok=True)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._child = os.posix_spawn(
            "/bin/sh",
            ["sh", "-c", _LAUNCH, "sh", str(self._file), str(folder), str(niceness), *command],
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(output), append, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD],
        )
        self._ending = Ending()
        while self._named() is None and self.process() is not None:
            time.sleep(0.001)

    def pid(self) -> int | None:
        """Process id while it runs, else None."""
        process = self.process()
        return None if process is None else process.pid

    def process(self) -> psutil.Process | None:
        """The running process, else None."""
        leader = self._leader()
        return None if leader is None or leader.zombie else leader.process

    def poll(self) -> Ending | None:
        """None while it runs; else how it ended, with whatever was left of its session killed and reaped."""
        leader = self._leader()
        if leader is not None and not leader.zombie:
            return None
        identity = self._identity()
        if identity is not None:
            self._kill_orphans(identity[0])
            if not self._has_ended(leader):
                return None
        return self._ending

    def terminate(self) -> None:
        """Ask it to end (SIGTERM); its children are its own business."""
        if pid := self.pid():
            _signal_process(pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it and everything it started that stayed in its session."""
        if pid := self.pid():
            _signal_group(pid, signal.SIGKILL)

    def forget(self) -> None:
        """Remove the file that names it; the process must have ended."""
        self._file.unlink(missing_ok=True)

    def _leader(self) -> _Leader | None:
        """The process as it is now, also one that is a zombie already; None for one that is gone."""
        identity = self._identity()
        if identity is None:
            return None
        pid, created = identity
        try:
            process = psutil.Process(pid)
            same = pid == self._child or abs(process.create_time() - created) < _CLOCK_TOLERANCE_SECONDS
            zombie = process.status() == psutil.STATUS_ZOMBIE
            return _Leader(process, zombie, process.num_threads()) if same else None
        except psutil.Error:
            return None

    def _identity(self) -> tuple[int, float] | None:
        """Process id and creation time; a child of this program needs no file, and no time to be told from others."""
        return (self._child, 0.0) if self._child else self._named()

    def _named(self) -> tuple[int, float] | None:
        """Process id and creation time by the file."""
        try:
            return int(self._file.read_text()), self._file.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return None

    def _kill_orphans(self, pid: int) -> None:
        """Kill what a dead leader left; its id cannot be anyone else's while its zombie or its group exists."""
        if pid == self._child or self._leader() is not None or not psutil.pid_exists(pid):
            _signal_group(pid, signal.SIGKILL)

    def _has_ended(self, leader: _Leader | None) -> bool:
        """Whether the last thread of a dead leader is gone, and its ending is known if it was this program's child."""
        if not self._child:
            return leader is None or leader.threads == 1
        try:
            reaped, status = os.waitpid(self._child, os.WNOHANG)
        except ChildProcessError:
            self._ending = Ending()
        else:
            if not reaped:
                return False
            code = os.waitstatus_to_exitcode(status)
            self._ending = Ending(code=code) if code >= 0 else Ending(signal=-code)
        self._child = 0
        return True


def _signal_process(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
