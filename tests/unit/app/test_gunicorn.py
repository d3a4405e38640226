"""The application as it really runs: gunicorn with its own configuration, signals and all."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import psutil
import pytest

from tests.unit.app.cloud_stand_in import Cloud

APP_FOLDER = Path(__file__).resolve().parents[3] / "app"


@dataclass(frozen=True)
class Answer:
    """A response, read in full."""

    status: int
    text: str
    headers: Message


class Server:
    """One gunicorn on a port of its own choice."""

    def __init__(self, home: Path, cloud: Cloud, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"],
            cwd=APP_FOLDER,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "TMPDIR": str(home),
                "PYTHONDONTWRITEBYTECODE": "1",
                "GCE_METADATA_HOST": cloud.host,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        assert self.process.stdout is not None
        self._errors: queue.Queue[str] = queue.Queue()
        self._output: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=lambda: [self._errors.put(line) for line in self.process.stderr or ()]),
            threading.Thread(target=lambda: [self._output.put(line) for line in self.process.stdout or ()]),
        ]
        for reader in self._readers:
            reader.start()
        self.port = int(self._line_with(self._errors, r"Listening at: http://127\.0\.0\.1:(\d+)")[1])

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, timeout: float = 10) -> Answer:
        """One request on a new connection, answered in full."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.headers)
        finally:
            connection.close()

    def access_line(self, path: str) -> str:
        """The next line of the access log that has this path."""
        return self._line_with(self._output, f'"path": "{re.escape(path)}"').string

    def leave(self) -> int:
        """Send SIGTERM to the master, if it still runs, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            for reader in self._readers:
                reader.join(10)
            for stream in (self.process.stdout, self.process.stderr):
                if stream is not None:
                    stream.close()

    def _line_with(self, lines: queue.Queue[str], pattern: str) -> re.Match[str]:
        while True:
            found = re.search(pattern, lines.get(timeout=20))
            if found:
                return found


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path, cloud: Cloud) -> Iterator[Start]:
    """Starts servers, given environment variables; they are stopped with the test."""
    servers: list[Server] = []

    def start_server(**environment: str) -> Server:
        servers.append(Server(tmp_path, cloud, {"FLASKSCALE_DRAIN_SECONDS": "0", **environment}))
        return servers[-1]

    yield start_server
    cloud.gate.set()
    for server in servers:
        server.leave()


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers_nobody_new(server: Server) -> bool:
    """Refused, or left waiting: gunicorn closes its socket only once the requests in flight have ended."""
    try:
        server.ask("/health", timeout=0.3)
    except OSError:
        return True
    return False


def test_sigterm_turns_health_to_503_while_requests_are_accepted_and_loses_none(start: Start, cloud: Cloud) -> None:
    server = start(FLASKSCALE_DRAIN_SECONDS="0.4", FLASKSCALE_GRACEFUL_SECONDS="10")
    before = server.ask("/health")
    assert (before.status, before.text) == (200, "status: healthy")
    assert before.headers["Connection"] == "keep-alive"
    cloud.gate.clear()
    cloud.asked.clear()
    slow: list[Answer] = []
    request = threading.Thread(target=lambda: slow.append(server.ask("/internal-ip")))
    request.start()
    assert cloud.asked.wait(10)

    signalled_at = time.monotonic()
    server.process.send_signal(signal.SIGTERM)

    wait_until(lambda: server.ask("/health").status == 503)
    draining = server.ask("/health")
    assert (draining.status, draining.text) == (503, "status: draining")
    assert draining.headers["Connection"] == "close"
    wait_until(lambda: answers_nobody_new(server))
    assert time.monotonic() - signalled_at >= 0.4
    assert slow == []
    cloud.gate.set()
    request.join(10)
    assert (slow[0].status, slow[0].text) == (200, "10.10.0.2")
    assert server.process.wait(10) == 0


def test_without_a_drain_it_leaves_at_once(start: Start) -> None:
    server = start()
    server.ask("/health")
    signalled_at = time.monotonic()
    assert server.leave() == 0
    assert time.monotonic() - signalled_at < 5


def test_a_second_sigterm_changes_nothing(start: Start) -> None:
    server = start(FLASKSCALE_DRAIN_SECONDS="1")
    server.ask("/health")
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.ask("/health").status == 503)
    for worker in psutil.Process(server.process.pid).children():
        worker.send_signal(signal.SIGTERM)
    assert server.ask("/health").status == 503
    assert server.process.wait(10) == 0


def test_the_access_log_is_json_with_the_trace(start: Start) -> None:
    server = start()
    trace = "105445aa7843bc8bf206b12000100000/1;o=1"
    response = server.ask("/health?from=here", headers={"X-Cloud-Trace-Context": trace})
    assert response.headers["Server"] == "flaskscale"
    record = json.loads(server.access_line("/health"))
    assert record["duration_ms"] >= 0
    assert {key: record[key] for key in ("client", "method", "status", "bytes", "query", "trace")} == {
        "client": "127.0.0.1",
        "method": "GET",
        "status": 200,
        "bytes": 15,
        "query": "from=here",
        "trace": trace,
    }


class RefusingProxy(socketserver.ThreadingTCPServer):
    """Refuses every CONNECT and notes its first line.

    It must serve them all: google-auth asks another of Google's hosts beside the Compute API, in a thread of its own.
    """

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _RefusingHandler)


class _RefusingHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, RefusingProxy)
        self.server.asked.append(self.rfile.readline().strip())
        while self.rfile.readline().strip():
            pass  # the rest of the request's head
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def proxy() -> Iterator[RefusingProxy]:
    with RefusingProxy() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_api_is_asked_through_the_proxy_with_the_instances_own_token(
    start: Start, cloud: Cloud, proxy: RefusingProxy
) -> None:
    server = start(
        HTTPS_PROXY=f"http://127.0.0.1:{proxy.server_address[1]}",
        GCE_METADATA_ROOT=cloud.host,
        GCE_METADATA_IP=cloud.host,
    )
    answer = server.ask("/test-access")
    assert answer.status == 503
    assert answer.text == ("access: failed\nThe Compute API did not answer instances.list (ProxyError)")
    assert "/computeMetadata/v1/instance/service-accounts/default/token" in cloud.asked_for
    assert any(line.startswith(b"CONNECT compute.googleapis.com:443 ") for line in proxy.asked)


def test_nothing_is_left_on_the_disk(start: Start, tmp_path: Path) -> None:
    before = sorted(APP_FOLDER.rglob("*"))
    server = start(WEB_CONCURRENCY="2")
    assert server.ask("/").status == 200
    wait_until(lambda: len(psutil.Process(server.process.pid).children()) == 2)
    assert list(tmp_path.iterdir()) == []
    assert server.leave() == 0
    assert list(tmp_path.iterdir()) == []
    assert sorted(APP_FOLDER.rglob("*")) == before


def test_a_refused_setting_stops_it_with_one_sentence(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=APP_FOLDER,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PORT": "http", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr == "flaskscale: PORT is 'http'; expected a whole number from 1 to 65535\n"


def burners_of(server: Server) -> list[psutil.Process]:
    family = psutil.Process(server.process.pid).children(recursive=True)
    return [process for process in family if any("burner.py" in word for word in process.cmdline())]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_burn_leaves_the_worker_answering_and_ends_with_it(start: Start, end: signal.Signals) -> None:
    server = start(FLASKSCALE_STRESS_ENABLED="true", FLASKSCALE_STRESS_PROCESSES="1")
    assert server.ask("/stress?seconds=60", method="POST").status == 202
    (burner,) = burners_of(server)
    assert server.ask("/health").status == 200
    (worker,) = psutil.Process(server.process.pid).children()
    worker.send_signal(end)
    wait_until(lambda: not burner.is_running())
