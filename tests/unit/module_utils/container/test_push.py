"""Pushes: nothing of the login stays, and every refusal is a sentence. A script stands for the docker command."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from module_utils.container.errors import ContainerError
from module_utils.container.push import metadata_token, push

IMAGE = "us-docker.pkg.dev/p/r/app:source-1"
DIGEST = "sha256:" + "a" * 64


def docker(folder: Path, script: str) -> str:
    """Keeps what it was called with in `calls`, and the folder of the login in `configuration`."""
    command = folder / "docker"
    text = f'#!/bin/sh\necho "$@" >> {folder}/calls\necho $2 > {folder}/configuration\nshift 2\n{script}\n'
    command.write_text(text)
    command.chmod(0o755)
    return str(command)


def test_a_push(tmp_path: Path) -> None:
    script = f'[ $1 = login ] && cat > {tmp_path}/token || echo "source-1: digest: {DIGEST} size: 1"'
    assert push(docker(tmp_path, script), IMAGE, "t0ken") == DIGEST
    assert (tmp_path / "token").read_text() == "t0ken"
    login, pushed = (tmp_path / "calls").read_text().splitlines()
    assert login.endswith("login --username oauth2accesstoken --password-stdin us-docker.pkg.dev")
    assert pushed.endswith(f"push {IMAGE}")
    assert "t0ken" not in login + pushed
    assert not Path((tmp_path / "configuration").read_text().strip()).exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "unauthorized: failed authentication",
            "the registry us-docker.pkg.dev refuses the login; grant the account in use roles/artifactregistry.writer "
            "on the repository and see that the repository exists\n  unauthorized: failed authentication",
        ),
        (
            "dial tcp: lookup us-docker.pkg.dev: no such host",
            "the registry us-docker.pkg.dev does not answer the build host; check app_image_registry and the network\n"
            "  dial tcp: lookup us-docker.pkg.dev: no such host",
        ),
        (
            "write: no space left on device",
            "the build host has no space left for the push; make room (docker image prune --all) or give it a larger "
            "disk\n"
            "  write: no space left on device",
        ),
        (
            "0123456789ab: Retrying in 5 seconds\nunexpected status 500",
            f"{IMAGE} cannot be pushed; run the same command again\n  unexpected status 500",
        ),
    ],
)
def test_a_refusal(tmp_path: Path, said: str, sentence: str) -> None:
    with pytest.raises(ContainerError) as refused:
        push(docker(tmp_path, f"echo '{said}' >&2; exit 1"), IMAGE, "t0ken")
    assert str(refused.value) == sentence


def test_a_push_that_says_no_digest(tmp_path: Path) -> None:
    with pytest.raises(ContainerError, match="cannot be pushed"):
        push(docker(tmp_path, "true"), IMAGE, "t0ken")


class Metadata(http.server.BaseHTTPRequestHandler):
    """Answers as the metadata server does: only with its header."""

    def do_GET(self) -> None:
        known = self.path.endswith("/default/token") and self.headers["Metadata-Flavor"] == "Google"
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(b'{"access_token": "t0ken", "expires_in": 3599}' if known else b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def metadata() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_token_of_the_machine(metadata: str) -> None:
    assert metadata_token(metadata) == "t0ken"


def test_no_metadata_server() -> None:
    with pytest.raises(ContainerError) as refused:
        metadata_token("127.0.0.1:1")
    assert str(refused.value) == (
        "the build host's metadata server gives no token for the registry: <urlopen error [Errno 111] Connection "
        "refused>; see that the host has a service account, or choose app_image_method engine"
    )
