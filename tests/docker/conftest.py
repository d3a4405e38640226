"""Tests on a real Docker engine: `make test-docker` runs them, and there a missing engine is a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine, connect
from localcloud.runtimes.machine_images import build_machine_images

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here the time that machines take, and skip all of them where Docker is not asked for."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))
            if os.environ.get("FLASKSCALE_TEST_DOCKER") != "1":
                item.add_marker(pytest.mark.skip(reason="needs a Docker engine; make test-docker runs it"))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this machine, with the machine images built."""
    building = connect(building=True)
    build_machine_images(building, print)
    return connect()
