"""Tries an image as an instance would run it: confined as in the boot contract, asked for its health path."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from .engine import Engine
from .errors import (
    ContainerEndedError,
    ContainerRefusedError,
    ListensElsewhereError,
    NobodyListensError,
    NoSpaceError,
    PortTakenError,
    UnhealthyError,
)

# roles/instance_template/files/user-data.yaml runs containers with the same; a test compares the two.
CONFINEMENT = (
    "--read-only",
    "--tmpfs=/tmp:rw,nosuid,nodev,size=64m",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=512",
)
_POLL_SECONDS = 0.25
_ANSWER_SECONDS = 5.0
_HEALTHY = "200"
_LISTENING = "0A"
_STOP_SECONDS = 1


@dataclass(frozen=True)
class Trial:
    """What is tried and how it is asked; `port` is inside the container, `published` on the build host's loopback."""

    image: str
    port: int = 5000
    published: int = 5000
    path: str = "/health"
    seconds: float = 30.0
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the container; one port of the build host is one trial."""
        return f"flaskscale-smoke-{self.published}"


def smoke(
    engine: Engine,
    trial: Trial,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> float:
    """Run it until its health path answers 200, as Google wants it, and take it away; answers how many seconds it took.

    Raises:
        ContainerError: it did not; the sentence says why, the end of the container's log below it.
    """
    engine.run(["rm", "--force", trial.name])
    try:
        started = now()
        _start(engine, trial)
        answered = ""
        while now() - started < trial.seconds:
            answered = ask(trial)
            if answered == _HEALTHY:
                return now() - started
            _check_alive(engine, trial)
            sleep(_POLL_SECONDS)
        raise _explanation(engine, trial, answered)
    finally:
        engine.run(["rm", "--force", "--volumes", trial.name])


def _start(engine: Engine, trial: Trial) -> None:
    command = ["run", "--detach", "--name", trial.name, "--publish", f"127.0.0.1:{trial.published}:{trial.port}"]
    command += [*CONFINEMENT]
    for name, value in {**trial.environment, "PORT": str(trial.port)}.items():
        command += ["--env", f"{name}={value}"]
    said = engine.run([*command, trial.image])
    if said.no_space:
        raise NoSpaceError("the container", said.log)
    if said.code and ("port is already allocated" in said.log or "address already in use" in said.log):
        raise PortTakenError(trial.published)
    if said.code:
        raise ContainerRefusedError(trial.image, said.log)


def ask(trial: Trial) -> str:
    """The status that the health path answers, as text; empty where nobody answers. Redirects are not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", trial.published, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", trial.path)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def _check_alive(engine: Engine, trial: Trial) -> None:
    said = engine.run(["inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", trial.name])
    running, _, code = said.output.strip().partition(" ")
    if running != "true":
        raise ContainerEndedError(code, _log(engine, trial))


def _explanation(engine: Engine, trial: Trial, answered: str) -> Exception:
    log = _log(engine, trial)
    if answered:
        return UnhealthyError(trial.path, f"answered {answered}", trial.seconds, log)
    tables = engine.run(["exec", trial.name, "cat", "/proc/net/tcp", "/proc/net/tcp6"]).output
    places = sorted(set(listening(tables)))
    everywhere = {f"{address}:{trial.port}" for address in ("0.0.0.0", "[::]")}  # noqa: S104 - read, not bound
    if everywhere & set(places):
        return UnhealthyError(trial.path, "gave no answer", trial.seconds, log)
    if places:
        return ListensElsewhereError(trial.port, " and ".join(places), log)
    return NobodyListensError(trial.port, trial.seconds, log)


def _log(engine: Engine, trial: Trial) -> str:
    return engine.run(["logs", "--tail", "400", trial.name]).log


def listening(tables: str) -> Iterator[str]:
    """Addresses that somebody listens on, as `address:port`. Follows proc(5), /proc/net/tcp and tcp6."""
    for line in tables.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTENING:
            continue
        address, _, port = fields[1].partition(":")
        yield f"{_address(address)}:{int(port, 16)}"


def _address(text: str) -> str:
    if len(text) == 8:  # IPv4, the bytes in the order of a little-endian machine
        return ".".join(str(byte) for byte in reversed(bytes.fromhex(text)))
    return "[::]" if not int(text, 16) else "[::1]"
