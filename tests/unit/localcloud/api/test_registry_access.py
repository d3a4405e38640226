"""Which permission a request needs, and where its token stands."""

from __future__ import annotations

import base64

import pytest

from localcloud.api.registry_access import DOWNLOAD, UPLOAD, access_token, required
from localcloud.api.registry_names import ImageName, Part, Target
from localcloud.errors.docker_registry import RegistryRefusalError
from localcloud.resources.permissions import holds

NAME = ImageName("us", "project", "shop", "app", "project/shop/app")
DIGEST = f"sha256:{'a' * 64}"


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("http_method", "part", "reference", "permission"),
    [
        ("GET", Part.MANIFEST, "v1", DOWNLOAD),
        ("HEAD", Part.BLOB, DIGEST, DOWNLOAD),
        ("GET", Part.TAGS, "", DOWNLOAD),
        ("PUT", Part.MANIFEST, "v1", UPLOAD),
        ("POST", Part.UPLOAD, "", UPLOAD),
        ("GET", Part.UPLOAD, "id", UPLOAD),
        ("DELETE", Part.MANIFEST, DIGEST, "artifactregistry.versions.delete"),
        ("DELETE", Part.MANIFEST, "v1", "artifactregistry.tags.delete"),
    ],
)
def test_the_permission_of_a_request(http_method: str, part: Part, reference: str, permission: str) -> None:
    assert required(http_method, Target(NAME, part, reference)) == permission


def test_roles_hold_what_their_names_say() -> None:
    roles = [f"roles/artifactregistry.{name}" for name in ("reader", "writer", "repoAdmin")]
    assert [holds(role, DOWNLOAD) for role in roles] == [True, True, True]
    assert [holds(role, UPLOAD) for role in roles] == [False, True, True]
    assert [holds(role, "artifactregistry.versions.delete") for role in roles] == [False, False, True]


@pytest.mark.parametrize(("http_method", "part"), [("DELETE", Part.BLOB), ("PUT", Part.TAGS), ("HEAD", Part.UPLOAD)])
def test_what_the_protocol_has_not(http_method: str, part: Part) -> None:
    with pytest.raises(RegistryRefusalError) as caught:
        required(http_method, Target(NAME, part, ""))
    assert (caught.value.status, caught.value.code) == (405, "UNSUPPORTED")
    assert caught.value.message == f"the registry does not support {http_method} of {part.value}"


def test_a_token_is_sent_in_either_way() -> None:
    assert access_token("Bearer ya29.x") == "ya29.x"
    assert access_token(basic("oauth2accesstoken:ya29.x")) == "ya29.x"
    assert access_token(basic("_dcgcloud_token:ya29.x")) == "ya29.x"


@pytest.mark.parametrize("header", ["", "Bearer ", "Digest x", "Basic !", basic("oauth2accesstoken:"), "Basic /w=="])
def test_no_token_is_no_login(header: str) -> None:
    with pytest.raises(RegistryRefusalError) as caught:
        access_token(header)
    assert (caught.value.status, caught.value.code) == (401, "UNAUTHORIZED")
    assert caught.value.message == (
        "authentication required; log in as oauth2accesstoken with an access token as password"
    )


def test_another_user_is_named() -> None:
    with pytest.raises(RegistryRefusalError) as caught:
        access_token(basic("_json_key:{}"))
    assert caught.value.message == (
        "the user is '_json_key'; expected oauth2accesstoken with an access token as password"
    )
