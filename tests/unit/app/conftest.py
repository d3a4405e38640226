"""The application's folder on the import path, and a stand-in for the cloud around an instance."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.unit.app.cloud_stand_in import Cloud

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "app"))


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A running stand-in with a regional group of three instances, one of them still being created."""
    state = Cloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # one connection a request: nothing is left open between tests

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            flavored = self.headers.get("Metadata-Flavor") == "Google"
            status, content_type, body = state.answer(self.command, self.path.split("?")[0], flavored)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Metadata-Flavor", "Google")
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield state
        server.shutdown()
        thread.join()
