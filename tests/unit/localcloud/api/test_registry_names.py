"""Paths of Docker's protocol."""

from __future__ import annotations

import pytest

from localcloud.api.registry_names import ImageName, Part, location_of, read_path
from localcloud.errors.docker_registry import RegistryRefusalError

DIGEST = f"sha256:{'a' * 64}"
NAME = ImageName("us-central1", "project", "shop", "team/app", "project/shop/team/app")


@pytest.mark.parametrize(
    ("rest", "part", "reference"),
    [
        ("manifests/v1", Part.MANIFEST, "v1"),
        (f"manifests/{DIGEST}", Part.MANIFEST, DIGEST),
        (f"blobs/{DIGEST}", Part.BLOB, DIGEST),
        ("blobs/uploads/", Part.UPLOAD, ""),
        ("blobs/uploads", Part.UPLOAD, ""),
        ("blobs/uploads/3f0c-11", Part.UPLOAD, "3f0c-11"),
        ("tags/list", Part.TAGS, ""),
    ],
)
def test_a_path_names_an_image_and_what_of_it(rest: str, part: Part, reference: str) -> None:
    target = read_path(f"/v2/project/shop/team/app/{rest}", "us-central1", "host")
    assert (target.name, target.part, target.reference) == (NAME, part, reference)


def test_without_a_location_of_the_host_the_name_begins_with_it() -> None:
    name = read_path("/v2/us-central1/project/shop/team/app/tags/list", "", "host").name
    assert (name.location, name.image) == ("us-central1", "team/app")
    assert name.shown == "us-central1/project/shop/team/app"


@pytest.mark.parametrize(
    ("path", "location", "sentence"),
    [
        ("/v2/p/r/i/blobs/uploads/..", "us", "/v2/p/r/i/blobs/uploads/.. is no path of the registry's protocol"),
        ("/v2/_catalog", "us", "/v2/_catalog is no path of the registry's protocol"),
        ("/v2/p/r/i/../../x/tags/list", "us", "/v2/p/r/i/../../x/tags/list is no path of the registry's protocol"),
        ("/v2/p/r/i/manifests/sha256:12", "us", "/v2/p/r/i/manifests/sha256:12 is no path of the registry's protocol"),
        (
            "/v2/p/r/tags/list",
            "us",
            "Missing image name. Pushes should be of the form docker push host/PROJECT-ID/REPOSITORY/IMAGE",
        ),
        (
            "/v2/mars-north1/p/r/i/tags/list",
            "",
            "Missing image name. Pushes should be of the form docker push host/LOCATION/PROJECT-ID/REPOSITORY/IMAGE",
        ),
    ],
)
def test_a_path_that_names_no_image_is_refused(path: str, location: str, sentence: str) -> None:
    with pytest.raises(RegistryRefusalError) as caught:
        read_path(path, location, "host")
    assert caught.value.message == sentence


def test_the_location_of_a_host() -> None:
    assert location_of("europe-west1-docker.pkg.dev") == "europe-west1"
    assert location_of("europe-docker.pkg.dev") == "europe"
    assert location_of("127.0.0.1:8892") == ""
