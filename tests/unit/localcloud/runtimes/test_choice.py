"""The runtime that a state was made with, and what stands in the way of another."""

from __future__ import annotations

import http.server
import json
import os
import re
import threading
from pathlib import Path
from typing import Any, ClassVar

import pytest

from localcloud.errors.program import StartError
from localcloud.runtimes import choice
from localcloud.runtimes.process import ProcessRuntime
from localcloud.settings import Settings, read_settings


class EngineElsewhere(http.server.BaseHTTPRequestHandler):
    """What the engine of a Docker Desktop says of itself."""

    about: ClassVar[dict[str, Any]] = {"KernelVersion": "6.10.14-linuxkit"}

    def do_GET(self) -> None:
        body = json.dumps(self.about if self.path.endswith("/info") else {"ApiVersion": "1.47"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class RootlessEngine(EngineElsewhere):
    """What an engine without root says of itself; the kernel is this machine's."""

    about: ClassVar[dict[str, Any]] = {
        "KernelVersion": re.sub(r"^(\d+\.\d+)(?![\d.])", r"\1.0", os.uname().release),
        "SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"],
    }


def settings(state: Path, runtime: str) -> Settings:
    return read_settings({"LOCALCLOUD_STATE": str(state), "LOCALCLOUD_RUNTIME": runtime})


def test_it_is_remembered_until_the_state_is_emptied(tmp_path: Path) -> None:
    assert choice.remembered_runtime(tmp_path) == ""
    choice.remember_runtime(tmp_path, "vm")
    assert choice.remembered_runtime(tmp_path) == "vm"
    choice.forget_runtime(tmp_path)
    assert choice.remembered_runtime(tmp_path) == ""
    choice.forget_runtime(tmp_path)


def test_the_process_runtime_asks_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    process = settings(tmp_path, "process")
    choice.require_runtime(process)
    choice.remove_machines(process)
    assert isinstance(choice.make_runtime(process), ProcessRuntime)


def test_the_vm_runtime_needs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(StartError, match="^LOCALCLOUD_RUNTIME is 'vm' but no Docker engine answers"):
        choice.require_runtime(settings(tmp_path, "vm"))


@pytest.mark.parametrize(
    ("engine", "sign"),
    [
        (EngineElsewhere, f"its kernel is 6.10.14-linuxkit, this machine's {os.uname().release}"),
        (RootlessEngine, "it is rootless, with a network namespace of its own"),
    ],
)
def test_the_vm_runtime_needs_it_where_this_machine_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: type[EngineElsewhere], sign: str
) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), engine) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"tcp://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("DOCKER_HOST", address)
        try:
            with pytest.raises(StartError) as caught:
                choice.require_runtime(settings(tmp_path, "vm"))
        finally:
            server.shutdown()
    assert str(caught.value) == (
        f"the Docker engine at {address} has its networks elsewhere than on this machine "
        f"({sign}), so machines could not be reached; "
        "point DOCKER_HOST at an engine of this machine itself, or set LOCALCLOUD_RUNTIME=process"
    )


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ("6.1.0-13-amd64", "6.1.0-13-amd64", True),
        ("5.15.90.1-microsoft-standard-WSL2", "5.15.90.1-microsoft-standard-WSL2", True),
        ("6.18.0-rc1", "6.18-rc1", True),
        ("6.10.14-linuxkit", "6.10.14", False),
        ("6.1.10", "6.1.1", False),
        ("6.10.14-linuxkit", "24.6.0", False),
    ],
)
def test_kernels_are_told_apart_by_their_releases(theirs: str, ours: str, same: bool) -> None:
    assert choice.is_same_kernel(theirs, ours) is same
