"""A client of Docker's protocol, as much of it as tests push and pull with."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from localcloud.registry.registry import PROGRAM

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIGURATION = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def needs_registry() -> None:
    """Skip where Debian's registry is not installed; with CI set that is a failure."""
    if shutil.which(PROGRAM) is None:
        pytest.skip("docker-registry is not installed (on Debian: apt-get install docker-registry)")


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class RegistryClient:
    """One user of one image.

    Attributes:
        base: such as `http://127.0.0.1:8892`.
        name: of the image, without host.
        session: how it gets there.
        token: access token; empty for none.
    """

    base: str
    name: str
    session: requests.Session
    token: str = ""

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request below the image's name, or at the path when that begins with a slash."""
        url = urljoin(self.base, path if path.startswith("/") else f"/v2/{self.name}/{path}")
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.session.request(method, url, headers=headers, timeout=60, **options)

    def push_blob(self, content: bytes | Iterator[bytes], digest: str) -> requests.Response:
        """In one stream without a length, as Docker does."""
        begun = self.request("POST", "blobs/uploads/")
        if begun.status_code != 202:
            return begun
        pieces = iter((content,)) if isinstance(content, bytes) else content
        stored = self.request("PATCH", begun.headers["location"], data=pieces)
        assert stored.status_code == 202, stored.text
        place = stored.headers["location"]
        mark = "&" if "?" in place else "?"
        return self.request("PUT", f"{place}{mark}digest={digest}")

    def push(self, tag: str, *layers: bytes) -> str:
        """An image of these layers; its digest."""
        configuration = json.dumps({"architecture": "amd64", "os": "linux", "made of": len(layers)}).encode()
        for content in (configuration, *layers):
            pushed = self.push_blob(content, digest_of(content))
            assert pushed.status_code == 201, pushed.text
        manifest = manifest_of(configuration, *layers)
        pushed = self.push_manifest(tag, manifest)
        assert pushed.status_code == 201, pushed.text
        assert pushed.headers["docker-content-digest"] == digest_of(manifest)
        return digest_of(manifest)

    def push_manifest(self, reference: str, manifest: bytes, media_type: str = MANIFEST) -> requests.Response:
        return self.request("PUT", f"manifests/{reference}", data=manifest, headers={"Content-Type": media_type})

    def manifest(self, reference: str) -> requests.Response:
        return self.request("GET", f"manifests/{reference}", headers={"Accept": MANIFEST})


def manifest_of(configuration: bytes, *layers: bytes) -> bytes:
    """A manifest of these contents."""
    described = [{"mediaType": LAYER, "size": len(layer), "digest": digest_of(layer)} for layer in layers]
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": CONFIGURATION,
                "size": len(configuration),
                "digest": digest_of(configuration),
            },
            "layers": described,
        }
    ).encode()


def refusal(reply: requests.Response) -> tuple[int, str, str]:
    """Status, error word and sentence."""
    (error,) = reply.json()["errors"]
    return reply.status_code, error["code"], error["message"]
