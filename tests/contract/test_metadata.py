"""Metadata servers, spoken to as instances do: raw HTTP, and google-auth's own default credentials."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from localcloud.store.path import ResourcePath
from tests.ports import free_ports

PROJECT = "flaskscale-local"
FLAVOR = {"Metadata-Flavor": "Google"}
ZONE = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/zones/us-central1-a"
EMAIL = "100000000001-compute@developer.gserviceaccount.com"
PATH = ResourcePath("compute", PROJECT, "zones/us-central1-a", "instances", "metadata-instance")
BODY = {
    "id": "4711",
    "name": PATH.name,
    "zone": ZONE,
    "machineType": f"{ZONE}/machineTypes/e2-medium",
    "status": "RUNNING",
    "metadata": {"items": [{"key": "container-port", "value": "5000"}, {"key": "health-path", "value": "/health"}]},
    "networkInterfaces": [{"network": "global/networks/n", "networkIP": "10.10.0.2"}],
    "serviceAccounts": [{"email": EMAIL, "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}],
}


@dataclass
class Server:
    cloud: Any
    port: int

    def get(self, path: str, headers: dict[str, str] | None = None, **parameters: str) -> requests.Response:
        url = f"http://127.0.0.1:{self.port}{path}"
        given = FLAVOR if headers is None else headers
        return requests.get(url, params=parameters, headers=given, timeout=20, allow_redirects=False)

    def store(self, **changes: Any) -> None:
        with self.cloud.store.transaction() as transaction:
            internal = {"runtime": {"metadata_port": self.port}}
            transaction.put(PATH, {**BODY, **changes}, internal)


@pytest.fixture
def server(cloud: Any, session: Any) -> Iterator[Server]:
    """An instance in the store whose runtime handle names a metadata port."""
    opened = Server(cloud, free_ports(1)[0])
    opened.store()
    wait_until(lambda: answers(opened), "the metadata server opens")
    yield opened
    with cloud.store.transaction() as transaction:
        transaction.delete(PATH)
    wait_until(lambda: not answers(opened), "the metadata server closes")


def answers(server: Server) -> bool:
    try:
        return server.get("/").status_code == 200
    except requests.ConnectionError:
        return False


def wait_until(happens: Any, what: str) -> None:
    ends = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < ends, f"not within 10 s: {what}"
        time.sleep(0.02)


def test_leaves_are_text_and_every_reply_carries_the_flavor(server: Server) -> None:
    expected = {
        "project/project-id": PROJECT,
        "project/numeric-project-id": "100000000001",
        "instance/zone": "projects/100000000001/zones/us-central1-a",
        "instance/name": PATH.name,
        "instance/id": "4711",
        "instance/attributes/container-port": "5000",
        "instance/service-accounts/default/email": EMAIL,
        "instance/network-interfaces/0/ip": "10.10.0.2",
        "instance/attributes/": "container-port\nhealth-path\n",
    }
    for path, text in expected.items():
        reply = server.get(f"/computeMetadata/v1/{path}")
        assert (reply.status_code, reply.text) == (200, text)
        assert reply.headers["metadata-flavor"] == "Google"
        assert reply.headers["etag"]
    missing = server.get("/computeMetadata/v1/instance/attributes/none")
    assert missing.status_code == 404
    assert missing.headers["metadata-flavor"] == "Google"


def test_a_name_that_was_made_to_lead_here_is_refused(server: Server) -> None:
    refused = server.get(
        "/computeMetadata/v1/instance/name", headers={"Metadata-Flavor": "Google", "Host": "rebound.example.com"}
    )
    assert (refused.status_code, refused.text) == (403, "The metadata server does not answer as rebound.example.com.\n")
    assert (
        server.get(
            "/computeMetadata/v1/instance/name",
            headers={"Metadata-Flavor": "Google", "Host": "metadata.google.internal"},
        ).status_code
        == 200
    )


def test_project_attributes_are_the_common_metadata(server: Server, session: Any) -> None:
    url = f"https://compute.googleapis.com/compute/v1/projects/{PROJECT}"
    common = session.get(url).json()["commonInstanceMetadata"]
    body = {"items": [{"key": "ssh-keys", "value": "k"}], "fingerprint": common["fingerprint"]}
    assert session.post(f"{url}/setCommonInstanceMetadata", json=body).status_code == 200
    assert server.get("/computeMetadata/v1/project/attributes/ssh-keys").text == "k"


def test_a_request_without_the_header_or_through_a_proxy_is_refused(server: Server) -> None:
    path = "/computeMetadata/v1/instance/name"
    assert server.get(path, headers={}).status_code == 403
    assert server.get(path, headers=FLAVOR | {"X-Forwarded-For": "10.0.0.1"}).status_code == 403
    assert server.get("/", headers={}).headers["metadata-flavor"] == "Google"


def test_recursive_is_json_and_directories_redirect(server: Server) -> None:
    reply = server.get("/computeMetadata/v1/instance/", recursive="true")
    assert reply.headers["content-type"] == "application/json"
    assert reply.json()["attributes"] == {"container-port": "5000", "health-path": "/health"}
    assert reply.json()["serviceAccounts"]["default"]["email"] == EMAIL
    account = server.get("/computeMetadata/v1/instance/service-accounts/default/", recursive="true").json()
    assert account["aliases"] == ["default"]
    moved = server.get("/computeMetadata/v1/instance/attributes")
    assert moved.status_code == 301
    assert moved.headers["location"] == "/computeMetadata/v1/instance/attributes/"


def test_wait_for_change_answers_when_the_value_changes(server: Server) -> None:
    path = "/computeMetadata/v1/instance/attributes/container-port"
    etag = server.get(path).headers["etag"]
    unchanged = server.get(path, wait_for_change="true", last_etag=etag, timeout_sec="0")
    assert unchanged.text == "5000"
    replies: list[requests.Response] = []
    waiter = threading.Thread(
        target=lambda: replies.append(server.get(path, wait_for_change="true", last_etag=etag, timeout_sec="15"))
    )
    waiter.start()
    server.store(metadata={"items": [{"key": "container-port", "value": "6000"}]})
    waiter.join(10)
    assert [reply.text for reply in replies] == ["6000"]
    stale = server.get(path, wait_for_change="true", last_etag=etag)
    assert stale.text == "6000"


def test_an_identity_token_names_the_instance(server: Server) -> None:
    path = "/computeMetadata/v1/instance/service-accounts/default/identity"
    token = server.get(path, audience="https://app.example", format="full").text
    from google.auth import jwt

    claims = jwt.decode(token, verify=False)
    assert (claims["aud"], claims["email"]) == ("https://app.example", EMAIL)
    assert claims["google"]["compute_engine"]["instance_name"] == PATH.name
    assert server.get(path).status_code == 400


def test_google_auth_on_the_instance_reads_the_api_with_the_instances_own_token(server: Server) -> None:
    host = f"127.0.0.1:{server.port}"
    program = (
        "import google.auth, google.auth.transport.requests as t, json\n"
        "credentials, project = google.auth.default()\n"
        "reply = t.AuthorizedSession(credentials).get('https://compute.googleapis.com/compute/v1/projects/'"
        " + project + '/zones/us-central1-a/instances')\n"
        "print(json.dumps([project, reply.status_code, [item['name'] for item in reply.json()['items']]]))\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(server.cloud.settings.state),
        "GCE_METADATA_HOST": host,
        "GCE_METADATA_ROOT": host,
        "GCE_METADATA_IP": host,
        "HTTPS_PROXY": server.cloud.settings.door_url,
        "NO_PROXY": "127.0.0.1",
        "REQUESTS_CA_BUNDLE": str(server.cloud.settings.authority_bundle),
    }
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [PROJECT, 200, [PATH.name]]
