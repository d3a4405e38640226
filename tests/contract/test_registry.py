"""Artifact Registry's Docker hosts, spoken to as Docker does, with a real registry behind."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from localcloud.store.store import Store
from tests.contract.artifact_registry import (
    API,
    HOST,
    OPERATOR,
    PLACE,
    PROJECT,
    READER,
    client,
    make_repository,
    plain_client,
    token,
)
from tests.contract.conftest import Cloud, Running, fresh_settings, ready_session
from tests.registry_client import INDEX, digest_of, manifest_of, refusal

SIZE = 60 * 1024 * 1024
PIECE = bytes(range(256)) * 256


def test_an_image_is_pushed_and_pulled_by_tag_and_digest(cloud: Cloud, repository: str, session: Any) -> None:
    pusher = client(cloud, f"{repository}/team/app")
    digest = pusher.push("v1", b"layer one", b"layer two")
    reader = client(cloud, f"{repository}/team/app", READER)
    for reference in ("v1", digest):
        pulled = reader.manifest(reference)
        assert pulled.status_code == 200, pulled.text
        assert digest_of(pulled.content) == digest == pulled.headers["docker-content-digest"]
    layer = pulled.json()["layers"][1]
    part = reader.request("GET", f"blobs/{layer['digest']}", headers={"Range": "bytes=6-8"})
    assert (part.status_code, part.content) == (206, b"two")
    assert reader.request("HEAD", f"blobs/{layer['digest']}").headers["content-length"] == "9"
    assert reader.request("GET", "tags/list").json() == {"name": f"{PROJECT}/shop/team/app", "tags": ["v1"]}
    (image,) = images(session, "shop", "team/app")
    assert image["uri"] == f"{HOST}/{PROJECT}/shop/team/app@{digest}"
    assert image["name"] == f"{PLACE}/repositories/shop/dockerImages/team%2Fapp@{digest}"
    assert image["tags"] == ["v1"]
    assert int(image["imageSizeBytes"]) == 18 + pulled.json()["config"]["size"]
    assert image["mediaType"] == pulled.headers["content-type"]
    assert session.get(f"{API}/{image['name']}").json() == image


def images(session: Any, repository: str, image: str) -> list[dict[str, Any]]:
    listed = session.get(f"{API}/{PLACE}/repositories/{repository}/dockerImages")
    assert listed.status_code == 200, listed.text
    return [entry for entry in listed.json().get("dockerImages", []) if f"/{image}@" in entry["uri"]]


def test_a_tag_moves_and_tags_come_in_pages(cloud: Cloud, repository: str, session: Any) -> None:
    pusher = client(cloud, f"{repository}/moving")
    first = pusher.push("latest", b"one")
    second = pusher.push("latest", b"two")
    pusher.push("older", b"one")
    assert pusher.manifest("latest").headers["docker-content-digest"] == second
    tags = {entry["uri"].rpartition("@")[2]: entry["tags"] for entry in images(session, "shop", "moving")}
    assert tags == {first: ["older"], second: ["latest"]}
    page = pusher.request("GET", "tags/list?n=1")
    assert page.json()["tags"] == ["latest"]
    assert page.links["next"]["url"] == f"/v2/{PROJECT}/shop/moving/tags/list?n=1&last=latest"
    assert pusher.request("GET", page.links["next"]["url"]).json()["tags"] == ["older"]


def test_an_index_names_its_images(cloud: Cloud, repository: str, session: Any) -> None:
    pusher = client(cloud, f"{repository}/many")
    digest = pusher.push("amd64", b"machine code")
    manifest = pusher.manifest(digest)
    child = {"mediaType": manifest.headers["content-type"], "digest": digest, "size": len(manifest.content)}
    child["platform"] = {"architecture": "amd64", "os": "linux"}
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}).encode()
    assert pusher.push_manifest("all", content, INDEX).status_code == 201
    shown = next(entry for entry in images(session, "shop", "many") if entry["mediaType"] == INDEX)
    assert shown["imageManifests"][0]["architecture"] == "amd64"
    # Whoever asks for something else is still given what there is, as at Google.
    assert pusher.manifest("all").headers["content-type"] == INDEX


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/v2/{PROJECT}/none/app/tags/list", (404, "NAME_UNKNOWN", 'Repository "none" not found')),
        (
            f"/v2/{PROJECT}/app/tags/list",
            (
                400,
                "NAME_INVALID",
                f"Missing image name. Pushes should be of the form docker push {HOST}/PROJECT-ID/REPOSITORY/IMAGE",
            ),
        ),
        ("/v2/_catalog", (404, "NAME_UNKNOWN", "/v2/_catalog is no path of the registry's protocol")),
        (
            f"/v2/{PROJECT}/shop/nothing/tags/list",
            (404, "NAME_UNKNOWN", f'Image "{PROJECT}/shop/nothing" not found: nothing was pushed to it'),
        ),
        (
            f"/v2/{PROJECT}/shop/app/manifests/none",
            (404, "MANIFEST_UNKNOWN", f'Failed to fetch "none" from request "/v2/{PROJECT}/shop/app/manifests/none".'),
        ),
    ],
)
def test_what_is_not_there_is_named(cloud: Cloud, repository: str, path: str, expected: tuple[int, str, str]) -> None:
    assert refusal(client(cloud, f"{repository}/app").request("GET", path)) == expected


def test_locations_share_nothing(cloud: Cloud, repository: str) -> None:
    client(cloud, f"{repository}/local").push("v1", b"only here")
    elsewhere = client(cloud, f"{repository}/local", host="us-east1-docker.pkg.dev")
    assert elsewhere.manifest("v1").status_code == 404
    assert elsewhere.request("HEAD", f"blobs/{digest_of(b'only here')}").status_code == 404


def test_the_plain_port_is_the_same_registry_with_the_location_in_the_name(cloud: Cloud, repository: str) -> None:
    digest = client(cloud, f"{repository}/both").push("v1", b"content")
    plain = plain_client(cloud, f"us-central1/{PROJECT}/shop/both")
    assert plain.manifest("v1").headers["docker-content-digest"] == digest
    assert plain.push("v2", b"more") in client(cloud, f"{repository}/both").manifest("v2").headers.values()
    plain.token = ""
    realm = f"http://127.0.0.1:{cloud.settings.registry_port}/v2/token"
    assert f'realm="{realm}"' in plain.request("GET", "/v2/").headers["www-authenticate"]


def test_a_blob_is_taken_from_another_image_that_may_be_read(cloud: Cloud, repository: str) -> None:
    content = b"shared layer"
    client(cloud, f"{repository}/source").push("v1", content)
    pusher = client(cloud, f"{repository}/sink")
    query = f"blobs/uploads/?mount={digest_of(content)}&from={PROJECT}/shop/source"
    mounted = pusher.request("POST", query)
    assert mounted.status_code == 201, mounted.text
    assert mounted.headers["location"] == f"/v2/{PROJECT}/shop/sink/blobs/{digest_of(content)}"
    refused = pusher.request("POST", query.replace("shop/source", "none/source"))
    assert refused.status_code == 202  # begin an upload instead


def test_a_broken_push_is_refused_under_the_names_the_client_knows(cloud: Cloud, repository: str) -> None:
    pusher = client(cloud, f"{repository}/broken")
    wrong = pusher.push_blob(b"content", digest_of(b"other content"))
    assert refusal(wrong)[:2] == (400, "DIGEST_INVALID")
    missing = pusher.push_manifest("v1", manifest_of(b"no such blob"))
    assert missing.status_code == 400
    assert missing.json()["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN"
    assert "us-central1/" not in missing.text + wrong.text
    assert refusal(pusher.push_manifest("v1", b"[]")) == (
        400,
        "MANIFEST_INVALID",
        "the manifest is no JSON object; push one",
    )
    assert pusher.manifest("v1").status_code == 404


def test_a_manifest_and_a_tag_are_deleted(cloud: Cloud, repository: str) -> None:
    pusher = client(cloud, f"{repository}/deleted")
    digest = pusher.push("v1", b"content")
    assert pusher.request("DELETE", "manifests/v1").status_code == 202
    assert pusher.manifest("v1").status_code == 404
    assert pusher.manifest(digest).status_code == 200
    assert pusher.request("DELETE", f"manifests/{digest}").status_code == 202
    assert pusher.manifest(digest).status_code == 404
    assert refusal(pusher.request("DELETE", f"blobs/{digest}"))[:2] == (405, "UNSUPPORTED")


def test_immutable_tags_do_not_move(cloud: Cloud, repository: str, session: Any) -> None:
    make_repository(session, "fixed", dockerConfig={"immutableTags": True})
    pusher = client(cloud, "fixed/app")
    digest = pusher.push("v1", b"one")
    assert pusher.push("v1", b"one") == digest
    content = b'{"architecture": "amd64"}'
    assert pusher.push_blob(content, digest_of(content)).status_code == 201
    assert refusal(pusher.push_manifest("v1", manifest_of(content))) == (
        400,
        "MANIFEST_INVALID",
        "cannot update or delete tag v1. The repository has enabled tag immutability",
    )
    assert pusher.request("DELETE", f"manifests/{digest}").status_code == 400
    assert pusher.manifest("v1").headers["docker-content-digest"] == digest


def test_a_deleted_repository_is_gone_with_its_content(cloud: Cloud, repository: str, session: Any) -> None:
    make_repository(session, "brief")
    layer = b"content that only this repository has"
    client(cloud, "brief/app").push("v1", layer)
    hexadecimal = digest_of(layer).removeprefix("sha256:")
    assert blobs(cloud, hexadecimal)
    assert session.delete(f"{API}/{PLACE}/repositories/brief").status_code == 200
    assert not blobs(cloud, hexadecimal)
    make_repository(session, "brief")
    again = client(cloud, "brief/app")
    assert again.manifest("v1").status_code == 404
    assert again.request("HEAD", f"blobs/{digest_of(layer)}").status_code == 404
    assert session.get(f"{API}/{PLACE}/repositories/brief/dockerImages").json() == {}


def blobs(cloud: Cloud, hexadecimal: str) -> list[Path]:
    return list((cloud.settings.state / "registry" / "content").rglob(f"blobs/sha256/*/{hexadecimal}"))


def test_a_fault_of_the_admin_port_answers_instead(cloud: Cloud, repository: str) -> None:
    admin = f"http://127.0.0.1:{cloud.settings.admin_port}/faults"
    headers = {"X-Localcloud": "1"}
    fault = {"method": "artifactregistry.docker", "status": 503, "count": 1}
    assert requests.post(admin, json=fault, headers=headers, timeout=10).status_code == 200
    reader = client(cloud, f"{repository}/app", READER)
    sentence = "artifactregistry.docker was made to fail with 503 by a fault on the admin port"
    assert refusal(reader.request("GET", "/v2/")) == (503, "UNAVAILABLE", sentence)
    assert reader.request("GET", "/v2/").status_code == 200


def test_the_access_log_has_a_line_a_request_and_no_secret(cloud: Cloud, repository: str) -> None:
    issued = token(cloud)
    basic = base64.b64encode(f"oauth2accesstoken:{issued}".encode()).decode()
    cloud.anonymous().get(f"https://{HOST}/v2/", headers={"Authorization": f"Basic {basic}"}, timeout=10)
    text = (cloud.settings.state / "log" / "access.log").read_text()
    line = json.loads(text.splitlines()[-1])
    assert (line["method"], line["http"], line["status"]) == ("artifactregistry.docker", "GET /v2/", 200)
    assert line["principal"] == OPERATOR
    assert issued not in text
    assert basic not in text


def test_where_no_registry_is_installed_the_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.registry.registry.PROGRAM", "docker-registry-that-is-not-there")
    settings = fresh_settings(tmp_path)
    store = Store(settings.database)
    with Running(Cloud(settings, store)) as cloud:
        make_repository(ready_session(cloud), "shop")
        pusher = client(cloud, "shop/app")
        assert pusher.request("GET", "/v2/").status_code == 200
        reply = refusal(pusher.request("POST", "blobs/uploads/"))
    store.close()
    assert reply[:2] == (503, "UNAVAILABLE")
    assert "install it (Debian and Ubuntu: apt-get install docker-registry)" in reply[2]


def test_the_door_knows_the_locations_that_there_are(cloud: Cloud) -> None:
    for host in ("mars-north1-docker.pkg.dev", "us-central1-python.pkg.dev", "pkg.dev"):
        with pytest.raises(requests.exceptions.ProxyError, match="403"):
            cloud.anonymous().get(f"https://{host}/v2/", timeout=10)


def pieces() -> Iterator[bytes]:
    for _ in range(SIZE // len(PIECE)):
        yield PIECE


def test_a_large_blob_is_never_held_in_memory(cloud: Cloud, repository: str) -> None:
    pusher = plain_client(cloud, f"us-central1/{PROJECT}/shop/large")
    pusher.push("small", b"so that everything has been used once")
    hashed = hashlib.sha256()
    for piece in pieces():
        hashed.update(piece)
    before = psutil.Process().memory_info().rss
    digest = f"sha256:{hashed.hexdigest()}"
    assert pusher.push_blob(pieces(), digest).status_code == 201
    with pusher.request("GET", f"blobs/{digest}", stream=True) as pulled:
        pulled_hash = hashlib.sha256()
        for piece in pulled.iter_content(1024 * 1024):
            pulled_hash.update(piece)
    assert pulled_hash.hexdigest() == hashed.hexdigest()
    # The local cloud and its client are both this process.
    assert psutil.Process().memory_info().rss - before < 20 * 1024 * 1024
