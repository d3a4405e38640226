"""The prober against real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from localcloud.clock import SystemClock
from localcloud.controllers.prober import Prober, Target
from localcloud.controllers.probes import Probe
from localcloud.store.path import ResourcePath
from tests.unit.localcloud.runtimes.releases import eventually

HEALTHY_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


class Peer:
    """Accepts connections and answers what it is told to; None never answers."""

    def __init__(self) -> None:
        self.reply: bytes | None = HEALTHY_REPLY
        self.times: list[float] = []
        self.requests: list[bytes] = []
        self._held: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            if self.reply is None:
                self._held.append(connection)
                continue
            with connection:
                connection.settimeout(0.2)
                try:
                    self.requests.append(connection.recv(4096))
                    connection.sendall(self.reply)
                except OSError:
                    continue

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._held:
            connection.close()


@pytest.fixture
def peer() -> Iterator[Callable[[], Peer]]:
    made: list[Peer] = []

    def make() -> Peer:
        made.append(Peer())
        return made[-1]

    yield make
    for one in made:
        one.close()


@contextmanager
def probing(*targets: Target) -> Iterator[tuple[Prober, list[tuple[str, str, str]]]]:
    told: list[tuple[str, str, str]] = []
    prober = Prober(SystemClock(), lambda target, state, detail: told.append((target.instance.name, state, detail)))
    prober.start()
    prober.watch(list(targets))
    try:
        yield prober, told
    finally:
        prober.stop()


def target(name: str, port: int, *, kind: str = "HTTP", interval: float = 0.1, **probe: str) -> Target:
    return Target(
        check="check",
        instance=ResourcePath("compute", "project", "zones/us-central1-a", "instances", name),
        boot="1/0",
        probe=Probe(kind, "127.0.0.1", port, timeout_seconds=0.2, path="/health", **probe),
        initial="UNKNOWN",
        interval_seconds=interval,
        healthy_threshold=2,
        unhealthy_threshold=2,
    )


def test_what_answers_200_becomes_healthy_and_a_failure_is_explained(peer: Callable[[], Peer]) -> None:
    one = peer()
    with probing(target("a", one.port)) as (_, told):
        eventually(lambda: told == [("a", "HEALTHY", "")])
        assert one.requests[0].startswith(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: GoogleHC/1.0\r\n")
        one.reply = b"HTTP/1.1 503 Draining\r\n\r\n"
        eventually(lambda: told[1:] == [("a", "UNHEALTHY", "it answered 503")])
        one.reply = HEALTHY_REPLY
        eventually(lambda: told[2:] == [("a", "HEALTHY", "")])


def test_one_that_hangs_times_out_and_holds_up_nobody(peer: Callable[[], Peer]) -> None:
    hung, fine = peer(), peer()
    hung.reply = None
    with probing(target("hung", hung.port), target("fine", fine.port)) as (_, told):
        eventually(lambda: ("hung", "TIMEOUT", "no answer within 0.2 s") in told and ("fine", "HEALTHY", "") in told)
        assert told.index(("fine", "HEALTHY", "")) < told.index(("hung", "TIMEOUT", "no answer within 0.2 s"))


def test_nobody_listening_is_unhealthy(peer: Callable[[], Peer]) -> None:
    gone = peer()
    gone.close()
    with probing(target("a", gone.port)) as (_, told):
        eventually(lambda: told == [("a", "UNHEALTHY", f"nothing listens on port {gone.port}")])


def test_a_new_instance_is_probed_at_short_gaps_and_then_at_the_interval(peer: Callable[[], Peer]) -> None:
    one = peer()
    with probing(target("a", one.port, interval=60)) as (_, told):
        begun = time.monotonic()
        eventually(lambda: told == [("a", "HEALTHY", "")])
        assert time.monotonic() - begun < 2
        count = len(one.times)
        time.sleep(0.5)
        assert len(one.times) == count


def test_failures_at_short_gaps_count_once_an_interval(peer: Callable[[], Peer]) -> None:
    one = peer()
    one.reply = b"HTTP/1.1 500 Broken\r\n\r\n"
    with probing(target("a", one.port, interval=60)) as (_, told):
        eventually(lambda: len(one.times) >= 4)
        assert told == []


def test_an_expected_response_must_be_in_the_answer(peer: Callable[[], Peer]) -> None:
    one, other = peer(), peer()
    with probing(target("a", one.port, response="fine"), target("b", other.port, response="better")) as (_, told):
        eventually(lambda: len(told) == 2)
        assert ("a", "HEALTHY", "") in told
        assert ("b", "UNHEALTHY", "its answer does not contain the expected response") in told


def test_a_tcp_check_needs_a_connection_only(peer: Callable[[], Peer]) -> None:
    with probing(target("a", peer().port, kind="TCP")) as (_, told):
        eventually(lambda: told == [("a", "HEALTHY", "")])


def test_one_that_fails_in_another_way_is_explained_anew(peer: Callable[[], Peer]) -> None:
    one = peer()
    one.reply = b"HTTP/1.1 503 Draining\r\n\r\n"
    with probing(target("a", one.port)) as (_, told):
        eventually(lambda: told == [("a", "UNHEALTHY", "it answered 503")])
        one.reply = b"HTTP/1.1 404 Not Found\r\n\r\n"
        eventually(lambda: told[1:] == [("a", "UNHEALTHY", "it answered 404")])


def test_probes_that_are_dropped_and_a_target_that_is_gone(peer: Callable[[], Peer]) -> None:
    one = peer()
    first = target("a", one.port)
    with probing(first) as (prober, told):
        eventually(lambda: told == [("a", "HEALTHY", "")])
        prober.watch([replace(first, dropped="told to hang", initial="HEALTHY")])
        eventually(lambda: told[1:] == [("a", "TIMEOUT", "told to hang")])
        prober.watch([])
        count = len(one.times)
        time.sleep(0.4)
        assert len(one.times) <= count + 1


def test_a_stored_state_alone_does_not_start_over(peer: Callable[[], Peer]) -> None:
    one = peer()
    first = target("a", one.port)
    assert not first.restarts(replace(first, initial="HEALTHY"))
    assert first.restarts(replace(first, boot="1/1"))
    assert first.restarts(replace(first, boot="1/1", initial="HEALTHY"))
