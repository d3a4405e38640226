"""Real Envoy in front of small servers: health, draining, retries, headers, adoption."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from localcloud.dataplane.envoy import Envoy
from localcloud.dataplane.snapshot import (
    BackendService,
    Destination,
    Endpoint,
    EndpointHealth,
    FrontEnd,
    HostRoute,
    Locality,
    Snapshot,
)
from tests.unit.localcloud.runtimes.releases import eventually

HEALTHY, UNHEALTHY, DRAINING = EndpointHealth


class Backend(ThreadingHTTPServer):
    """Answers its name; `status` makes it fail, `release` holds back answers to `/slow`."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.status = 200
        self.requests = 0
        self.release = threading.Event()
        self.headers: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def close(self) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        self.server.requests += 1
        self.server.headers = {key.lower(): value for key, value in self.headers.items()}
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/slow":
            self.server.release.wait(10)
        body = self.server.name.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is the base class's protocol

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name its base gives
        """Quiet."""


class Front:
    """The front end as a client sees it, and what changes behind it."""

    def __init__(self, envoy: Envoy, port: int, backends: list[Backend]) -> None:
        self.envoy = envoy
        self.port = port
        self.backends = backends
        self.patience = 10.0

    def apply(self, *health: EndpointHealth, timeout: float = 30) -> None:
        localities = tuple(
            Locality(f"zone-{index}", "group", 100, (Endpoint(backend.name, "127.0.0.1", backend.port, state),))
            for index, (backend, state) in enumerate(zip(self.backends, health, strict=False))
        )
        route = HostRoute("default", ("*",), (), Destination((("web", 1),)))
        front_end = FrontEnd("rule", "203.0.113.7", self.port, (route,))
        self.envoy.apply(Snapshot((front_end,), (BackendService("web", timeout, localities),)))

    def request(self, path: str = "/", method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        try:
            connection.request(method, path, headers=headers, body="x" if method == "POST" else None)
            reply = connection.getresponse()
            found = {key.lower(): value for key, value in reply.getheaders()}
            return reply.status, reply.read().decode(), found
        except (OSError, http.client.HTTPException):
            return 0, "", {}
        finally:
            connection.close()

    def names(self, count: int = 8) -> set[str]:
        return {self.request()[1] for _ in range(count)}


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    envoy = Envoy(tmp_path / "envoy", tmp_path / "log" / "envoy.log")
    backends = [Backend("one"), Backend("two")]
    envoy.start()
    try:
        envoy.wait_ready()
        front = Front(envoy, port, backends)
        front.apply(HEALTHY, HEALTHY)
        eventually(lambda: front.request()[0] == 200)
        yield front
    finally:
        envoy.stop()
        for backend in backends:
            backend.close()


def test_both_answer_in_turn_and_an_unhealthy_one_gets_nothing(front: Front) -> None:
    assert front.names() == {"one", "two"}
    front.apply(UNHEALTHY, HEALTHY)
    eventually(lambda: front.names() == {"two"})


def test_without_a_healthy_backend_the_answer_is_503_in_googles_words(front: Front) -> None:
    front.apply(UNHEALTHY, UNHEALTHY)
    eventually(lambda: front.request()[0] == 503)
    status, page, headers = front.request()
    assert (status, headers["content-type"]) == (503, "text/html; charset=UTF-8")
    assert "The server encountered a temporary error and could not complete your request." in page


def test_draining_lets_the_request_in_flight_finish_and_sends_no_new_one(front: Front) -> None:
    front.apply(HEALTHY, UNHEALTHY)
    eventually(lambda: front.names() == {"one"})
    answers: list[tuple[int, str, dict[str, str]]] = []
    slow = threading.Thread(target=lambda: answers.append(front.request("/slow")))
    before = front.backends[0].requests
    slow.start()
    eventually(lambda: front.backends[0].requests > before)
    front.apply(DRAINING, HEALTHY)
    eventually(lambda: front.names() == {"two"})
    loads = front.envoy.loads()
    assert loads[("127.0.0.1", front.backends[0].port)].active == 1
    front.backends[0].release.set()
    slow.join()
    assert answers[0][:2] == (200, "one")
    eventually(lambda: front.envoy.loads()[("127.0.0.1", front.backends[0].port)].active == 0)


def test_no_request_is_lost_while_one_drains_and_leaves(front: Front) -> None:
    statuses: list[int] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            statuses.append(front.request()[0])

    client = threading.Thread(target=load)
    client.start()
    for state in (DRAINING, UNHEALTHY, HEALTHY, DRAINING):
        front.apply(state, HEALTHY)
        before = len(statuses)
        eventually(lambda before=before: len(statuses) > before + 20)  # type: ignore[misc]  # a default binds it
    stop.set()
    client.join()
    assert set(statuses) == {200}


def test_a_get_answered_503_or_refused_is_tried_at_another_backend(front: Front) -> None:
    front.backends[0].status = 503
    assert {front.request()[0] for _ in range(8)} == {200}
    front.backends[0].close()
    assert {front.request()[0] for _ in range(8)} == {200}


def test_a_post_is_never_retried(front: Front) -> None:
    front.backends[0].status = 503
    statuses = [front.request(method="POST")[0] for _ in range(8)]
    assert sorted(set(statuses)) == [200, 503]
    assert front.backends[0].requests + front.backends[1].requests >= 8


def test_a_backend_that_takes_too_long_is_given_up(front: Front) -> None:
    front.apply(HEALTHY, HEALTHY, timeout=0.3)
    front.patience = 2.0  # a request that still meets the old timeout is not waited for
    begun = time.monotonic()
    eventually(lambda: front.request("/slow")[0] == 504)
    assert "Please try again in 30 seconds." in front.request("/slow")[1]
    assert time.monotonic() - begun < 8


def test_headers_are_googles(front: Front) -> None:
    _, name, shown = front.request(**{"X-Forwarded-For": "198.51.100.9"})
    seen = next(backend for backend in front.backends if backend.name == name).headers
    forwarded = seen["x-forwarded-for"].replace(" ", "").split(",")
    assert (forwarded[0], forwarded[-1], len(forwarded)) == ("198.51.100.9", "203.0.113.7", 3)
    assert seen["x-forwarded-proto"] == "http"
    assert seen["via"] == shown["via"] == "1.1 google"
    trace, _, span = seen["x-cloud-trace-context"].partition("/")
    assert len(trace) == 32
    assert span.isdigit()
    assert not [header for header in seen if header.startswith("x-envoy") or header == "x-request-id"]


def test_a_trace_context_that_a_client_sends_is_kept(front: Front) -> None:
    context = "0123456789abcdef0123456789abcdef/1;o=1"
    _, name, _ = front.request(**{"X-Cloud-Trace-Context": context})
    seen = next(backend for backend in front.backends if backend.name == name).headers
    assert seen["x-cloud-trace-context"] == context


def test_it_is_adopted_and_goes_on_with_what_it_was_told(front: Front, tmp_path: Path) -> None:
    successor = Envoy(tmp_path / "envoy", tmp_path / "log" / "envoy.log")
    assert successor.running()
    successor.start()
    successor.wait_ready()
    assert front.names() == {"one", "two"}
    front.envoy = successor
    front.apply(UNHEALTHY, HEALTHY)
    eventually(lambda: front.names() == {"two"})


def test_one_that_died_starts_again_with_what_it_was_told(front: Front) -> None:
    front.envoy._process.kill()
    eventually(lambda: not front.envoy.running())
    front.envoy.start()
    front.envoy.wait_ready()
    eventually(lambda: front.names() == {"one", "two"})


def test_nothing_is_written_when_nothing_changes(front: Front) -> None:
    front.apply(HEALTHY, UNHEALTHY)
    listener = (front.envoy._folder / "lds.json").stat().st_ino
    route = HostRoute("default", ("*",), (), Destination((("web", 1),)))
    snapshot = Snapshot((FrontEnd("rule", "203.0.113.7", front.port, (route,)),), (BackendService("web", 30, ()),))
    assert front.envoy.apply(snapshot)
    assert not front.envoy.apply(snapshot)
    assert (front.envoy._folder / "lds.json").stat().st_ino == listener
