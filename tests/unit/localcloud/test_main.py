"""The command line where something cannot be stopped; tests/e2e has it otherwise."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud import __main__ as program
from localcloud import supervision
from localcloud.controllers.serve import adoptable_ports
from localcloud.dataplane.envoy import Envoy
from localcloud.errors.program import StopError, machines_not_stopped
from localcloud.runtimes.choice import remember_runtime
from localcloud.settings import PROJECT, Settings, read_settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Store
from tests.unit.localcloud.engine_gone import engine_gone

MACHINE = ResourcePath("compute", PROJECT, "zones/us-central1-a", "instances", "web-1")
MACHINES = "the machines of us-central1-a/web-1 could not be stopped: "
ENGINE_GONE = "no Docker engine answers at tcp://127.0.0.1:1 (Connection refused)"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a local cloud with the vm runtime and one machine, whose daemon was killed and whose engine is gone."""
    monkeypatch.setenv("LOCALCLOUD_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("LOCALCLOUD_RUNTIME", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    made = read_settings(os.environ)
    made.state.mkdir()
    remember_runtime(made.state, "vm")
    store = Store(made.database)
    with store.transaction() as transaction:
        transaction.put(MACHINE, {"status": "RUNNING"}, {"desired": "RUNNING", "runtime": {"name": "web-1"}})
    store.close()
    return made


@engine_gone
def test_down_without_an_engine_stops_the_rest_and_says_what_it_could_not(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    envoy = Envoy(settings.state / "envoy", settings.state / "log" / "envoy.log")
    envoy.start()
    envoy.wait_ready()
    assert adoptable_ports(settings)
    assert program.main(["down"]) == 1
    gc.collect()
    assert not envoy.running()
    printed = capsys.readouterr()
    assert printed.err == (
        f"error: the local cloud has stopped, but not all of it: {MACHINES}{ENGINE_GONE}; mend that and run 'make "
        "down' again\n"
    )
    assert "not running" not in printed.out


class StuckControllers:
    """Controllers that cannot stop a machine."""

    def __init__(self, *_: Any) -> None:
        self.cpu_utilization = dict

    def start(self) -> None:
        """Nothing to start."""

    def stop(self, *, power_off: bool) -> None:
        assert power_off
        raise machines_not_stopped(["us-central1-a/web-1"], "it is so")


def test_a_daemon_that_cannot_stop_a_machine_stops_the_rest_and_leaves_word(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []

    async def interrupted(*_: object, stop: asyncio.Event, **__: object) -> None:
        stop.set()

    monkeypatch.setattr(program, "Controllers", StuckControllers)
    monkeypatch.setattr(program, "make_runtime", lambda _settings: None)
    monkeypatch.setattr(program, "serve_api", interrupted)
    monkeypatch.setattr(program.Registry, "stop", lambda _registry: stopped.append("registry"))
    with supervision.only_daemon(settings), pytest.raises(StopError) as caught:
        asyncio.run(program._serve(settings, lambda: None))
    assert stopped == ["registry"]
    sentence = (
        f"the local cloud has stopped, but not all of it: {MACHINES}it is so; mend that and run 'make down' again"
    )
    assert str(caught.value) == sentence
    assert supervision.failures_file(settings).read_text() == f"{MACHINES}it is so"
    with subprocess.Popen(["sleep", "60"]) as daemon:
        with pytest.raises(StopError) as caught:
            supervision.stop_daemon(settings, daemon.pid)
        assert daemon.wait(timeout=10) == -signal.SIGTERM
    assert str(caught.value) == sentence
    assert not supervision.failures_file(settings).exists()
