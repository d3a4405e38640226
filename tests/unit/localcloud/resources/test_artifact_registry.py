"""Artifact Registry repositories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.settings import read_settings
from localcloud.store.store import Store

from .calls import Services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path)})
    store = Store(settings.database)
    yield Services(store, settings)
    store.close()


PREFIX = "artifactregistry.projects.locations.repositories"
PARENT = "projects/flaskscale-local/locations/us-central1"
NAME = f"{PARENT}/repositories/flaskscale"


def make(services: Services) -> None:
    services.call(f"{PREFIX}.create", {"format": "DOCKER"}, parent=PARENT, repositoryId="flaskscale")


def test_a_repository_is_made_by_an_operation_that_takes_its_time(services: Services) -> None:
    services.settings = read_settings({"LOCALCLOUD_OPERATION_LATENCY_SECONDS": "5"})
    operation = services.call(f"{PREFIX}.create", {"format": "DOCKER"}, parent=PARENT, repositoryId="flaskscale")
    assert "done" not in operation
    services.now += 5
    done = services.call("artifactregistry.projects.locations.operations.get", name=operation["name"])
    assert done["done"] is True
    made = done["response"]
    assert (made["name"], made["mode"]) == (NAME, "STANDARD_REPOSITORY")
    assert made["registryUri"] == "us-central1-docker.pkg.dev/flaskscale-local/flaskscale"


def test_lists_are_of_one_location_or_all(services: Services) -> None:
    make(services)
    assert services.call(f"{PREFIX}.list", parent="projects/flaskscale-local/locations/us-east1") == {}
    every = services.call(f"{PREFIX}.list", parent="projects/flaskscale-local/locations/-")
    assert [item["name"] for item in every["repositories"]] == [NAME]


@pytest.mark.parametrize(
    ("body", "parent", "name", "sentence"),
    [
        (
            {"format": "DOCKER"},
            PARENT,
            "Upper",
            "Invalid repository id 'Upper': it must begin with a lower-case letter",
        ),
        ({}, PARENT, "good", "format is ''; expected one of APT, DOCKER"),
        (
            {"format": "DOCKER", "mode": "REMOTE_REPOSITORY"},
            PARENT,
            "good",
            "the local cloud knows repositories of mode",
        ),
        ({"format": "DOCKER", "labels": {"A": "b"}}, PARENT, "good", "the label 'A=b' is not valid"),
        ({"format": "DOCKER"}, "projects/flaskscale-local/locations/mars", "good", "Location 'mars' is not found"),
    ],
)
def test_a_bad_repository_is_refused(
    services: Services, body: dict[str, object], parent: str, name: str, sentence: str
) -> None:
    code, message = services.refused(f"{PREFIX}.create", body, parent=parent, repositoryId=name)
    assert code == 400
    assert message.startswith(sentence)


def test_a_patch_changes_what_its_mask_names(services: Services) -> None:
    make(services)
    body = {"description": "new", "labels": {"a": "b"}}
    changed = services.call(f"{PREFIX}.patch", body, name=NAME, updateMask="description")
    assert changed["description"] == "new"
    assert "labels" not in changed
    cleared = services.call(f"{PREFIX}.patch", {}, name=NAME, updateMask="description")
    assert "description" not in cleared
    assert services.refused(f"{PREFIX}.patch", {"format": "NPM"}, name=NAME) == (
        400,
        "the field 'format' of a repository cannot be changed; it is 'DOCKER'",
    )
    services.call(f"{PREFIX}.patch", {"format": "DOCKER"}, name=NAME)


def test_a_missing_repository_is_named(services: Services) -> None:
    assert services.refused(f"{PREFIX}.get", name=NAME) == (404, f"Resource '{NAME}' was not found")
    assert services.refused(f"{PREFIX}.delete", name=NAME) == (404, f"Resource '{NAME}' was not found")
