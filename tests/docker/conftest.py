"""Tests on a real Docker engine: `make test-docker` runs them, and there a missing engine is a failure.

They boot machines at addresses of their own choice, so one session at a time has them on an engine.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine, connect
from localcloud.runtimes.machine_images import build_machine_images
from localcloud.runtimes.vm import VmRuntime
from localcloud.runtimes.vm_network import FOLDER_LABEL
from tests.cloud import LocalCloud
from tests.docker.metadata import Metadata, metadata_server

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here the time that machines take, and skip all of them where Docker is not asked for."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))
            if os.environ.get("FLASKSCALE_TEST_DOCKER") != "1":
                item.add_marker(pytest.mark.skip(reason="needs a Docker engine; make test-docker runs it"))


@pytest.fixture(scope="session", autouse=True)
def only_session() -> Iterator[None]:
    """Keep other sessions out, and take away what one that was killed has left on the engine."""
    temporary = Path(tempfile.gettempdir())
    with (temporary / "flaskscale-test-docker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit(f"the tests on machines run already: {lock.name} is held; wait for them", returncode=2)
        folders = {network.labels[FOLDER_LABEL] for network in connect().networks(FOLDER_LABEL)}
        for folder in folders:
            if folder.startswith(f"{temporary}/pytest-of-"):
                LocalCloud(Path(folder), {"LOCALCLOUD_RUNTIME": "vm"}).command("clean")
        yield


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this machine, with the machine images built."""
    building = connect(building=True)
    build_machine_images(building, print)
    return connect()


@pytest.fixture
def runtime(engine: Engine, tmp_path: Path) -> Iterator[VmRuntime]:
    """A runtime of which nothing is left afterwards."""
    made = VmRuntime(tmp_path, 0.5, engine)
    yield made
    made.remove_everything()


@pytest.fixture
def metadata(tmp_path: Path) -> Iterator[Metadata]:
    with metadata_server(tmp_path / "metadata") as server:
        yield server
