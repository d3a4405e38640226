"""A local cloud of the tests' own: a state folder, free ports, and the commands a person would type."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_ports

REPOSITORY = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """What a command printed and how it ended."""

    code: int
    output: str

    @property
    def changed(self) -> int:
        """Ansible's `changed` over all hosts of the recap."""
        return self._recap("changed")

    @property
    def failed(self) -> int:
        return self._recap("failed")

    def _recap(self, word: str) -> int:
        recap = self.output.rpartition("PLAY RECAP")[2]
        counts = re.findall(rf"{word}=(\d+)", recap)
        assert counts, f"no recap in:\n{self.output[-3000:]}"
        return sum(map(int, counts))


@dataclass
class LocalCloud:
    """One local cloud, started and stopped as its users do it."""

    state: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("HTTP", "HTTPS", "DOOR", "ADMIN", "REGISTRY")
        for name, port in zip(names, free_ports(len(names)), strict=True):
            self.settings.setdefault(f"LOCALCLOUD_{name}_PORT", str(port))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['LOCALCLOUD_HTTP_PORT']}"

    @property
    def environment(self) -> dict[str, str]:
        """The caller's environment without its own LOCALCLOUD_ and GCP settings, plus this cloud's."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("LOCALCLOUD_", "GCP_"))}
        path = f"{BIN}{os.pathsep}{ours['PATH']}"
        return {
            **ours,
            "PATH": path,
            "LOCALCLOUD_STATE": str(self.state),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORCE_COLOR": "0",
            **self.settings,
        }

    def command(self, *arguments: str, timeout: float = 120) -> Run:
        """`python -m localcloud …`"""
        return self._run([sys.executable, "-m", "localcloud", *arguments], timeout)

    def playbook(self, *arguments: str, timeout: float = 400) -> Run:
        """`ansible-playbook …` in the repository."""
        return self._run([str(BIN / "ansible-playbook"), *arguments], timeout)

    def start_playbook(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, in the background."""
        return subprocess.Popen(
            [str(BIN / "ansible-playbook"), *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def up(self) -> None:
        run = self.command("up")
        assert run.code == 0, run.output

    def down(self) -> None:
        run = self.command("down")
        assert run.code == 0, run.output

    def kill(self) -> None:
        """kill -9 of the daemon, as a power cut would."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        lock = self.state / "run" / "localcloud.pid"
        wait_until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in _state(pid), 10, f"{lock} to be let go")

    @property
    def pid(self) -> int:
        return int((self.state / "run" / "localcloud.pid").read_text())

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """One request to the admin port; the JSON reply."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.settings['LOCALCLOUD_ADMIN_PORT']}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Localcloud": "1"},
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"null")

    @property
    def writes(self) -> int:
        """API mutations accepted since the store was made."""
        return int(self.admin("GET", "/writes")["api"])

    def _run(self, command: list[str], timeout: float) -> Run:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout)


def get(url: str, *, timeout: float = 10, method: str = "GET") -> tuple[int, str]:
    """Status and body; an HTTP error is an answer too, a refused connection is status 0."""
    request = urllib.request.Request(url, method=method, headers={"Connection": "close"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until the condition is true; its value.

    Raises:
        AssertionError: it was not true in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s in vain for {what}")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
