"""What a repository holds: manifests, and tags that move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.errors.api import ApiError
from localcloud.resources.artifact_registry import content_name, repository_path
from localcloud.resources.docker_images import find_image, image_tags, record_image, remove_image
from localcloud.settings import read_settings
from localcloud.store.store import Store

from .calls import NOW, Services

PREFIX = "artifactregistry.projects.locations.repositories"
PARENT = "projects/flaskscale-local/locations/us-central1"
NAME = f"{PARENT}/repositories/shop"
FIRST, SECOND = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
MANIFEST = {"config": {"size": 10}, "layers": [{"size": 200}, {"size": 3000}]}
KIND = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path)})
    store = Store(settings.database)
    made = Services(store, settings)
    made.call(f"{PREFIX}.create", {"format": "DOCKER"}, parent=PARENT, repositoryId="shop")
    yield made
    store.close()


def repository(services: Services) -> Any:
    found = services.store.get(repository_path("flaskscale-local", "us-central1", "shop"))
    assert found is not None
    return found


def push(services: Services, image: str, digest: str, tag: str = "", *, now: float = NOW, **manifest: Any) -> None:
    with services.store.transaction() as transaction:
        document = manifest or MANIFEST
        record_image(transaction, repository(services), image, digest, document, now, media_type=KIND, tag=tag)


def listed(services: Services) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = services.call(f"{PREFIX}.dockerImages.list", parent=NAME).get("dockerImages", [])
    return found


def test_an_entry_says_what_was_pushed(services: Services) -> None:
    push(services, "team/app", FIRST, "v1")
    entry = {
        "name": f"{NAME}/dockerImages/team%2Fapp@{FIRST}",
        "uri": f"us-central1-docker.pkg.dev/flaskscale-local/shop/team/app@{FIRST}",
        "tags": ["v1"],
        "imageSizeBytes": "3210",
        "uploadTime": "2023-11-14T22:13:20.000+00:00",
        "updateTime": "2023-11-14T22:13:20.000+00:00",
        "mediaType": KIND,
    }
    assert listed(services) == [entry]
    assert services.call(f"{PREFIX}.dockerImages.get", name=entry["name"]) == entry


def test_a_second_push_keeps_the_time_of_the_first(services: Services) -> None:
    push(services, "app", FIRST, "v1")
    push(services, "app", FIRST, "v2", now=NOW + 60)
    (entry,) = listed(services)
    assert entry["tags"] == ["v1", "v2"]
    assert entry["uploadTime"].startswith("2023-11-14T22:13:20")
    assert entry["updateTime"].startswith("2023-11-14T22:14:20")


def test_a_tag_is_of_one_manifest_of_its_image(services: Services) -> None:
    push(services, "app", FIRST, "latest")
    push(services, "other", FIRST, "latest")
    push(services, "app", SECOND, "latest")
    assert {entry["uri"].rpartition("/")[2]: entry.get("tags") for entry in listed(services)} == {
        f"app@{FIRST}": None,
        f"app@{SECOND}": ["latest"],
        f"other@{FIRST}": ["latest"],
    }


def test_an_index_weighs_what_its_images_weigh(services: Services) -> None:
    push(services, "app", FIRST)
    child = {"digest": FIRST, "mediaType": KIND, "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}}
    push(services, "app", SECOND, "v1", manifests=[child])
    index = next(entry for entry in listed(services) if entry.get("tags"))
    assert index["imageSizeBytes"] == "3210"
    assert index["imageManifests"] == [
        {"digest": FIRST, "mediaType": KIND, "architecture": "arm64", "os": "linux", "variant": "v8"}
    ]


def test_a_tag_and_then_the_manifest_are_removed(services: Services) -> None:
    push(services, "app", FIRST, "v1")
    with services.store.transaction() as transaction:
        remove_image(transaction, repository(services), "app", "v1")
        assert find_image(transaction, repository(services), "app", "v1") is None
        assert image_tags(transaction, repository(services), "app") == []
        remove_image(transaction, repository(services), "app", FIRST)
        assert image_tags(transaction, repository(services), "app") is None


def test_immutable_tags_stay_where_they_are(services: Services) -> None:
    services.call(f"{PREFIX}.patch", {"dockerConfig": {"immutableTags": True}}, name=NAME)
    push(services, "app", FIRST, "v1")
    push(services, "app", FIRST, "v1")
    sentence = "cannot update or delete tag v1. The repository has enabled tag immutability"
    with pytest.raises(ApiError, match=sentence):
        push(services, "app", SECOND, "v1")
    for reference in ("v1", FIRST):
        with pytest.raises(ApiError, match=sentence), services.store.transaction() as transaction:
            remove_image(transaction, repository(services), "app", reference)
    assert [entry["tags"] for entry in listed(services)] == [["v1"]]


def test_a_repository_takes_its_images_with_it_and_begins_empty_again(services: Services) -> None:
    push(services, "app", FIRST, "v1")
    before = content_name(repository(services))
    services.call(f"{PREFIX}.delete", name=NAME)
    services.call(f"{PREFIX}.create", {"format": "DOCKER"}, parent=PARENT, repositoryId="shop")
    assert listed(services) == []
    assert content_name(repository(services)) != before


def test_what_is_not_there(services: Services) -> None:
    name = f"{NAME}/dockerImages/app@{FIRST}"
    assert services.refused(f"{PREFIX}.dockerImages.get", name=name) == (404, f"Resource '{name}' was not found")
    parent = f"{PARENT}/repositories/none"
    assert services.refused(f"{PREFIX}.dockerImages.list", parent=parent)[0] == 404
    assert services.refused(f"{PREFIX}.dockerImages.list", parent=NAME, orderBy="uploadTime") == (
        400,
        "orderBy is 'uploadTime'; the local cloud lists images by name only",
    )
