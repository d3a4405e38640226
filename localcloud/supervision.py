"""The daemon's one place: at most one per state folder, started detached, found again by its lock file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from localcloud.errors.program import (
    not_all_stopped,
    not_stopping,
    port_taken,
    start_failed,
    start_slow,
    state_in_use,
    state_unusable,
)
from localcloud.settings import REPOSITORY, Settings

START_SECONDS = 30.0
STOP_SECONDS = 60.0
_PASSER_BY_SECONDS = 0.5


def lock_file(settings: Settings) -> Path:
    """Held by the daemon with flock for as long as it lives; its text is the daemon's pid."""
    return settings.state / "run" / "localcloud.pid"


def ready_file(settings: Settings) -> Path:
    """Written by the daemon with its pid once every port answers."""
    return settings.state / "run" / "ready"


def failures_file(settings: Settings) -> Path:
    """Written by a daemon that ends: what it could not stop, a sentence a line."""
    return settings.state / "run" / "not-stopped"


def log_file(settings: Settings) -> Path:
    """Everything the daemon prints."""
    return settings.state / "log" / "localcloud.log"


@contextmanager
def only_daemon(settings: Settings) -> Iterator[None]:
    """Hold the state folder for this process.

    Raises:
        StartError: another daemon holds it.
    """
    path = lock_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as held:
        deadline = time.monotonic() + _PASSER_BY_SECONDS
        while not _locked(held):
            # `status` and the like hold the lock for a moment when they look whether a daemon does.
            if time.monotonic() > deadline:
                raise state_in_use(str(settings.state))
            time.sleep(0.02)
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def daemon_pid(settings: Settings) -> int | None:
    """The pid of the daemon that holds the state folder, or None. A killed daemon's lock is gone with it."""
    try:
        with lock_file(settings).open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(held.read())
    except (OSError, ValueError):  # no such folder, or a lock just taken whose pid is not written yet
        return None
    return None


def ready_pid(settings: Settings) -> int | None:
    """The pid of the last daemon whose ports answered, or None.

    The file of a killed daemon stays, and goes away in the very moment in which the next one begins.
    """
    try:
        return int(ready_file(settings).read_text())
    except (FileNotFoundError, ValueError):  # ValueError: it is just being written
        return None


def require_usable_state(settings: Settings) -> None:
    """Make the state folder and write to it, before anything is started.

    Raises:
        SettingError: it cannot be created or written (a file in the way, no permission, a full disk).
    """
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
        probe = settings.state / "probe"
        probe.write_bytes(bytes(4096))
        probe.unlink(missing_ok=True)  # another start that is at the same point may have removed it
    except OSError as error:
        raise state_unusable(str(settings.state), error.strerror or str(error)) from error


def require_free_ports(settings: Settings, ours: frozenset[int]) -> None:
    """Refuse before anything is started when another program has one of our ports.

    Args:
        settings: the ports.
        ours: ports that are taken by what the new daemon will adopt.

    Raises:
        StartError: naming the port and the setting that changes it.
    """
    for setting, port in settings.ports.items():
        if port in ours:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise port_taken(setting, port) from None


def start_daemon(settings: Settings) -> int:
    """Start `python -m localcloud serve` in a session of its own and wait until its ports answer; its pid.

    Raises:
        StartError: it ended or did not answer in time; the sentence ends with its last line of log.
    """
    log = log_file(settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", "serve"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise start_failed(_last_line(log), str(log))
        if ready_pid(settings) == process.pid:
            return process.pid
        time.sleep(0.02)
    process.terminate()
    raise start_slow(START_SECONDS, str(log))


def stop_daemon(settings: Settings, pid: int) -> None:
    """Ask the daemon to end and wait until it has let go of the state folder.

    Raises:
        StartError: it is still there after STOP_SECONDS.
        StopError: it has ended, but could not stop everything.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if daemon_pid(settings) != pid:
            return _refuse_failures(settings)
        time.sleep(0.05)
    raise not_stopping(pid, STOP_SECONDS)


def _refuse_failures(settings: Settings) -> None:
    file = failures_file(settings)
    if file.exists():
        failures = file.read_text().splitlines()
        file.unlink()
        raise not_all_stopped(failures)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
