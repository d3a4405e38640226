"""One deployed fleet for the end-to-end tests, made the way a person makes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud import REPOSITORY, LocalCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud, ten times as fast, with nothing in it."""
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud") / "state", {"LOCALCLOUD_TIME_SCALE": "10"})
    cloud.up()
    yield cloud
    cloud.down()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the application that a test may edit."""
    return Path(shutil.copytree(REPOSITORY / "app", tmp_path_factory.mktemp("source") / "app"))


@pytest.fixture(scope="session")
def variables(source: Path) -> list[str]:
    """What every deploy of these tests sets."""
    return [
        "-e",
        f"app_image_source={source}",
        "-e",
        "instance_template_stress_enabled=true",
        "-e",
        "instance_group_health_check_interval_sec=5",
        # The default would be 6 s here, and one machine boots no faster for the time scale.
        "-e",
        "instance_group_initial_delay_sec=300",
    ]
