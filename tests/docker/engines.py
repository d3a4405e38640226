"""Engines that builds fail on: one that is too old, and one whose disk is small."""

from __future__ import annotations

import http.server
import json
import re
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cloud import wait_until
from tests.docker.bases import docker_command

OLD_VERSION, _OLD_API = "19.03.15", "1.40"


class _OldEngine(http.server.BaseHTTPRequestHandler):
    """The part of Docker's API that `docker version` asks, as 19.03 answers it."""

    def do_HEAD(self) -> None:
        self._answer(200, b"")

    def do_GET(self) -> None:
        if self.path == "/_ping":
            self._answer(200, b"OK")
        elif re.fullmatch(r"(/v[\d.]+)?/version", self.path):
            version = {"Version": OLD_VERSION, "ApiVersion": _OLD_API, "MinAPIVersion": "1.12", "Os": "linux"}
            self._answer(200, json.dumps(version).encode())
        else:
            self._answer(404, b'{"message": "page not found"}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", _OLD_API)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """A client of a Unix socket has no address."""
        return "docker"

    def log_message(self, *_: object) -> None:
        """Nothing: the tests' output is pytest's."""


@contextmanager
def old_engine(folder: Path) -> Iterator[str]:
    """An engine of 2019, as far as the docker command asks for its version; its DOCKER_HOST."""
    socket = folder / "old.sock"
    with socketserver.ThreadingUnixStreamServer(str(socket), _OldEngine) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"unix://{socket}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def small_engine(folder: Path, megabytes: int) -> Iterator[str]:
    """A second engine, whose disk has that size; its DOCKER_HOST.

    Its mounts and its network are its own and end with it: without a bridge, dockerd deletes a `docker0` that it sees,
    and this machine's would be the other engine's.
    """
    disk, address = folder / "disk", f"unix://{folder}/small.sock"
    disk.mkdir()
    (folder / "daemon.json").write_text("{}")
    places = f"--data-root {disk} --exec-root {folder}/exec --pidfile {folder}/dockerd.pid"
    apart = f"--config-file {folder}/daemon.json --bridge none --iptables=false --ip6tables=false"
    script = f"mount -t tmpfs -o size={megabytes}m tmpfs {disk} && exec dockerd --host {address} {places} {apart}"
    with (folder / "dockerd.log").open("wb") as log:
        engine = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", script], stdout=log, stderr=log)
        try:
            wait_until(lambda: _answers(address), 60, f"dockerd to answer; its log is {log.name}")
            yield address
        finally:
            engine.terminate()
            engine.wait(30)


def _answers(address: str) -> bool:
    command = [docker_command(), "--host", address, "version"]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
