"""The registry's process: started when it is needed, adopted, restarted, stopped; and what it keeps."""

from __future__ import annotations

import gc
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import docker
import pytest
import requests

from localcloud.errors.program import RegistryUnavailableError
from localcloud.registry import registry as module
from localcloud.registry.registry import Registry
from localcloud.registry.upstream import connect
from localcloud.resources.artifact_registry import repository_path
from localcloud.runtimes import engine
from localcloud.settings import read_settings
from localcloud.store.store import Store
from tests.cloud import wait_until
from tests.registry_client import needs_registry
from tests.unit.localcloud.engine_gone import engine_gone
from tests.unit.localcloud.runtimes.docker_client import ScriptedClient

REPOSITORY = repository_path("flaskscale-local", "us-central1", "shop")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    # Longer than the path of a Unix socket may be.
    folder = tmp_path / "a folder with a long name" / ("x" * 80)
    folder.mkdir(parents=True)
    opened = Store(folder / "cloud.sqlite3")
    yield opened
    opened.close()


def make_registry(store: Store, tmp_path: Path) -> Registry:
    state = next((tmp_path / "a folder with a long name").iterdir())
    return Registry(read_settings({"LOCALCLOUD_STATE": str(state)}), store)


@pytest.fixture
def registry(store: Store, tmp_path: Path) -> Iterator[Registry]:
    made = make_registry(store, tmp_path)
    yield made
    made.stop()


def use(registry: Registry) -> None:
    registry.acquire()
    connect(registry.socket).close()
    registry.release()


def pid(registry: Registry) -> int:
    return int((registry.socket.parent / "process").read_text())


def test_it_starts_when_it_is_needed_and_is_stopped(registry: Registry) -> None:
    needs_registry()
    assert not registry.running()
    use(registry)
    assert registry.running()
    registry.stop()
    assert not registry.running()


def test_only_its_user_gets_at_it(registry: Registry) -> None:
    needs_registry()
    use(registry)
    folder = registry.socket.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "config.json").stat().st_mode) == 0o600


def test_a_restarted_daemon_adopts_it(registry: Registry, store: Store, tmp_path: Path) -> None:
    needs_registry()
    use(registry)
    before = pid(registry)
    again = make_registry(store, tmp_path)
    use(again)
    assert pid(again) == before


def test_one_that_was_killed_starts_again_with_the_same_secret(registry: Registry) -> None:
    needs_registry()
    use(registry)
    secret = json.loads((registry.socket.parent / "config.json").read_text())["http"]["secret"]
    os.kill(pid(registry), signal.SIGKILL)
    wait_until(lambda: not registry.running(), 5, "the registry to end")
    use(registry)
    assert json.loads((registry.socket.parent / "config.json").read_text())["http"]["secret"] == secret


def test_without_the_program_a_sentence_says_what_to_install(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRAM", "docker-registry-that-is-not-there")
    with pytest.raises(RegistryUnavailableError) as caught:
        registry.acquire()
    assert str(caught.value) == (
        "the local cloud found no docker-registry to keep images in; install it (Debian and Ubuntu: apt-get install "
        "docker-registry), or start the local cloud with LOCALCLOUD_RUNTIME=vm, which runs registry:2 on the Docker "
        "engine"
    )


def test_one_that_ends_at_once_is_named_with_its_log(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROGRAM", "false")
    with pytest.raises(RegistryUnavailableError) as caught:
        registry.acquire()
    assert str(caught.value) == ("the container registry did not start: it ended at once; its log ends with: nothing")


def pushed(registry: Registry, content: str) -> Path:
    """A folder as a push leaves it."""
    folder = registry.content / "docker" / "registry" / "v2" / "repositories" / content / "app"
    folder.mkdir(parents=True)
    return folder


def test_content_goes_with_its_repository(registry: Registry, store: Store) -> None:
    needs_registry()
    with store.transaction() as transaction:
        transaction.put(REPOSITORY, {}, {"content": "us-central1/flaskscale-local/shop/1"})
    folder = pushed(registry, "us-central1/flaskscale-local/shop/1")
    use(registry)
    assert folder.exists()
    with store.transaction() as transaction:
        transaction.delete(REPOSITORY)
    assert not folder.exists()
    use(registry)


def test_content_stays_while_somebody_uses_the_registry_and_goes_at_the_next_start(
    registry: Registry, store: Store
) -> None:
    needs_registry()
    folder = pushed(registry, "us-central1/flaskscale-local/shop/1")
    with store.transaction() as transaction:
        transaction.put(REPOSITORY, {}, {"content": "us-central1/flaskscale-local/shop/1"})
    registry.acquire()
    with store.transaction() as transaction:
        transaction.delete(REPOSITORY)
    assert folder.exists()
    assert registry.running()
    registry.release()
    registry.stop()
    use(registry)
    assert not folder.exists()


def test_a_discarded_upload_closes_the_registrys_files_unless_somebody_else_uses_it(
    registry: Registry, store: Store
) -> None:
    needs_registry()
    with store.transaction() as transaction:
        transaction.put(REPOSITORY, {}, {"content": "us-central1/flaskscale-local/shop/1"})
    upload = pushed(registry, "us-central1/flaskscale-local/shop/1") / "_uploads" / "3f0c"
    upload.mkdir(parents=True)
    registry.acquire()
    assert upload.exists()
    registry.discard_upload("us-central1/flaskscale-local/shop/1/app", "3f0c")
    assert not upload.exists()
    assert registry.running()
    registry.release()
    registry.discard_upload("us-central1/flaskscale-local/shop/1/app", "3f0c")
    assert not registry.running()


ENGINE_GONE = (
    "the registry runs as a container and no Docker engine answers at tcp://127.0.0.1:1 (Connection refused); start "
    "it, or install docker-registry (Debian and Ubuntu: apt-get install docker-registry), which needs no engine"
)


@pytest.fixture
def left_container(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry that was a container of an engine that is gone."""
    made = make_registry(store, tmp_path)
    made.socket.parent.mkdir(parents=True, exist_ok=True)
    (made.socket.parent / "container").write_text("localcloud-registry")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    yield made
    gc.collect()


@engine_gone
def test_a_container_whose_engine_is_gone_is_a_sentence(
    left_container: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRAM", "docker-registry-that-is-not-there")
    for use_it in (left_container.acquire, left_container.stop):
        with pytest.raises(RegistryUnavailableError) as caught:
            use_it()
        assert str(caught.value) == ENGINE_GONE


def test_a_container_whose_engine_falls_silent_is_the_same_sentence(
    left_container: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object, **__: object) -> None:
        raise requests.ConnectionError from ConnectionRefusedError(111, "Connection refused")

    client = ScriptedClient()
    monkeypatch.setattr(client, "inspect_container", silent)
    monkeypatch.setattr(module, "PROGRAM", "docker-registry-that-is-not-there")
    monkeypatch.setattr(engine, "connect", lambda: engine.Engine(cast(docker.APIClient, client)))
    with pytest.raises(RegistryUnavailableError) as caught:
        left_container.acquire()
    assert str(caught.value) == ENGINE_GONE


@engine_gone
def test_a_container_whose_engine_is_gone_is_in_nobodys_way_where_the_program_is_installed(
    left_container: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRAM", "false")
    with pytest.raises(RegistryUnavailableError) as caught:
        left_container.acquire()
    assert str(caught.value) == "the container registry did not start: it ended at once; its log ends with: nothing"
    left_container.stop()
    assert (left_container.socket.parent / "container").exists(), "the engine may come back"


@engine_gone
def test_the_program_runs_beside_a_container_whose_engine_is_gone(left_container: Registry) -> None:
    needs_registry()
    use(left_container)
    assert left_container.running()
    left_container.stop()
    assert not left_container.running()
