"""The fixtures of controller tests: a cloud, its controllers, and one instance that is driven step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud.clock import SystemClock
from localcloud.controllers.serve import Controllers
from localcloud.runtimes.process import ProcessRuntime
from localcloud.settings import Settings, read_settings
from localcloud.store.store import Store
from tests.ports import free_ports
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.controllers.instance_driver import Driver, driven
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle

Begin = Callable[[], Controllers]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    names = ("HTTP", "HTTPS", "DOOR", "ADMIN")
    ports = zip(names, free_ports(len(names)), strict=True)
    environment = {f"LOCALCLOUD_{name}_PORT": str(port) for name, port in ports}
    return read_settings({"LOCALCLOUD_STATE": str(tmp_path / "state"), **environment})


@pytest.fixture
def cloud(settings: Settings) -> Iterator[Cloud]:
    settings.state.mkdir(parents=True)
    store = Store(settings.database)
    yield Cloud(settings, store, SystemClock())
    store.close()


@pytest.fixture
def begin(cloud: Cloud) -> Iterator[Begin]:
    """Starts controllers over the same store, as each start of the local cloud does; the last ones power off."""
    started: list[Controllers] = []

    def start() -> Controllers:
        started.append(Controllers(cloud.store, cloud.clock, cloud.settings, ProcessRuntime(cloud.settings.state)))
        started[-1].start()
        return started[-1]

    yield start
    Controllers(cloud.store, cloud.clock, cloud.settings, ProcessRuntime(cloud.settings.state)).stop(power_off=True)
    started[-1].stop(power_off=True)


@pytest.fixture
def controllers(begin: Begin) -> Controllers:
    return begin()


@pytest.fixture
def driver(cloud: Cloud) -> Iterator[Driver]:
    with driven(cloud, ProcessRuntime(cloud.settings.state)) as driver:
        yield driver


@pytest.fixture
def running(driver: Driver) -> Driver:
    driver.insert(write_bundle(driver.cloud.settings.state))
    driver.until("RUNNING")
    eventually(driver.answers)
    return driver
