"""What a trial reads and shares; trials themselves are made on an engine."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from module_utils.container.engine import Engine
from module_utils.container.errors import ContainerError
from module_utils.container.smoke import CONFINEMENT, Trial, listening, smoke

REPOSITORY = Path(__file__).resolve().parents[4]
TABLES = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0200A8C0:1388 0300A8C0:9C40 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:1388 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00
   1: 00000000000000000000000001000000:1389 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00
"""


def test_who_listens() -> None:
    assert list(listening(TABLES)) == ["127.0.0.1:5000", "0.0.0.0:8000", "[::]:5000", "[::1]:5001"]


def test_a_trial_is_confined_as_instances_are() -> None:
    user_data = (REPOSITORY / "roles/instance_template/files/user-data.yaml").read_text()
    for flag in CONFINEMENT:
        assert flag in user_data


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "Bind for 127.0.0.1:5000 failed: port is already allocated",
            "port 5000 of the build host is taken, and the image is tried on it; stop what uses it or choose another "
            "app_image_smoke_port",
        ),
        (
            "mkdir /var/lib/docker/overlay2/x: no space left on device",
            "the build host has no space left for the container; make room (docker image prune --all) or give it "
            "a larger disk\n  mkdir /var/lib/docker/overlay2/x: no space left on device",
        ),
        (
            'exec: "gunicorn": executable file not found in $PATH',
            'the engine does not start app:1; correct what it says\n  exec: "gunicorn": executable file not found in '
            "$PATH",
        ),
    ],
)
def test_a_container_that_does_not_start(tmp_path: Path, said: str, sentence: str) -> None:
    command = tmp_path / "docker"
    command.write_text(f"#!/bin/sh\n[ $1 = run ] || exit 0\necho '{said}' >&2\nexit 125\n")
    command.chmod(0o755)
    with pytest.raises(ContainerError) as refused:
        smoke(Engine(str(command)), Trial("app:1"))
    assert str(refused.value) == sentence


class Application(http.server.ThreadingHTTPServer):
    """What a container would have published: answers with the status that it is told."""

    status = http.HTTPStatus.OK

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)

    def handler(self, *connection: Any) -> http.server.BaseHTTPRequestHandler:
        """Answers one connection."""
        return Healthy(self.status, *connection)


class Healthy(http.server.BaseHTTPRequestHandler):
    """Answers the health path."""

    def __init__(self, status: int, *connection: Any) -> None:
        self.status = status
        super().__init__(*connection)

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def application() -> Iterator[Application]:
    with Application() as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def running(tmp_path: Path) -> Engine:
    """An engine that says of every container that it runs."""
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\n[ $1 = inspect ] && echo true 0\nexit 0\n")
    command.chmod(0o755)
    return Engine(str(command))


def test_only_200_is_healthy_as_at_google(tmp_path: Path, application: Application) -> None:
    trial = Trial("app:1", published=application.server_port, seconds=0.5)
    assert 0 <= smoke(running(tmp_path), trial) < 0.5
    application.status = http.HTTPStatus.NO_CONTENT
    with pytest.raises(ContainerError) as refused:
        smoke(running(tmp_path), trial)
    assert str(refused.value) == (
        "instance_group_health_path is /health, which answered 204 for 0.5 s; expected 200; correct the application or "
        "the path"
    )
