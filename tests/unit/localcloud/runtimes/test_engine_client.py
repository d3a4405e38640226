"""An engine that is not there, or too old, is named in one sentence. No engine is needed for that."""

from __future__ import annotations

import gc
import http.server
import json
import threading
from pathlib import Path

import pytest

from localcloud.errors.program import StartError
from localcloud.runtimes.engine import connect
from localcloud.runtimes.engine_client import parsed_version
from tests.unit.localcloud.engine_gone import engine_gone


class OldEngine(http.server.BaseHTTPRequestHandler):
    """What Docker 19.03 says of itself."""

    def do_GET(self) -> None:
        body = json.dumps({"Version": "19.03.15", "ApiVersion": "1.40", "MinAPIVersion": "1.12"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@engine_gone
def test_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(StartError) as caught:
        connect()
    text = str(caught.value)
    del caught
    gc.collect()  # the client leaves the socket it could not connect to the collector, which would warn later
    assert text == (
        f"LOCALCLOUD_RUNTIME is 'vm' but no Docker engine answers at unix://{tmp_path}/docker.sock (No such file or "
        "directory); install and start Docker 20.10 or newer, be a member of its group, or set "
        "LOCALCLOUD_RUNTIME=process"
    )


def test_an_engine_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OldEngine) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        with pytest.raises(StartError) as caught:
            connect()
        server.shutdown()
    assert str(caught.value) == (
        "the Docker engine is 19.03.15 but the vm runtime needs 20.10 or newer; upgrade or set "
        "LOCALCLOUD_RUNTIME=process"
    )


def test_versions_compare_as_numbers() -> None:
    assert parsed_version("1.9") < parsed_version("1.41") < parsed_version("1.100")
