"""Google's clients as they are: googleapiclient, the google.cloud collection, google-auth with narrower rights."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httplib2
import pytest
from google.auth import jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from googleapiclient import discovery
from googleapiclient.errors import HttpError

PROJECT = "flaskscale-local"
COMPUTE = f"https://compute.googleapis.com/compute/v1/projects/{PROJECT}"
IAM = f"https://iam.googleapis.com/v1/projects/{PROJECT}"
MANAGER = f"https://cloudresourcemanager.googleapis.com/v1/projects/{PROJECT}"
REGISTRY = f"https://artifactregistry.googleapis.com/v1/projects/{PROJECT}/locations/us-central1"
USAGE = f"https://serviceusage.googleapis.com/v1/projects/{PROJECT}"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


class RequestsTransport:
    """The transport google-api-python-client asks for, over requests: httplib2 knows proxies only with PySocks."""

    def __init__(self, session: AuthorizedSession) -> None:
        self._session = session

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any
    ) -> tuple[httplib2.Response, bytes]:
        reply = self._session.request(method, uri, data=body, headers=headers)
        return httplib2.Response({**reply.headers, "status": str(reply.status_code)}), reply.content


@pytest.fixture
def compute(session: Any) -> Any:
    """google-api-python-client's compute service, built from the document it carries."""
    return discovery.build("compute", "v1", http=RequestsTransport(session), static_discovery=True)


def test_googleapiclient_makes_reads_lists_changes_and_deletes(compute: Any) -> None:
    networks, operations = compute.networks(), compute.globalOperations()
    body = {"name": "client-network", "autoCreateSubnetworks": False, "routingConfig": {"routingMode": "REGIONAL"}}
    operation = networks.insert(project=PROJECT, body=body).execute()
    done = operations.wait(project=PROJECT, operation=operation["name"]).execute()
    assert done["status"] == "DONE"
    assert "error" not in done
    made = networks.get(project=PROJECT, network="client-network").execute()
    assert made["selfLink"].startswith("https://www.googleapis.com/compute/v1/projects/")
    change = {"routingConfig": {"routingMode": "GLOBAL"}}
    networks.patch(project=PROJECT, network="client-network", body=change).execute()
    listed = networks.list(project=PROJECT, filter="name = client-network").execute()["items"]
    assert [item["routingConfig"]["routingMode"] for item in listed] == ["GLOBAL"]
    networks.delete(project=PROJECT, network="client-network").execute()
    with pytest.raises(HttpError) as caught:
        networks.get(project=PROJECT, network="client-network").execute()
    assert caught.value.status_code == 404
    assert caught.value.reason == f"The resource 'projects/{PROJECT}/global/networks/client-network' was not found"


def test_googleapiclient_sends_batches(compute: Any) -> None:
    replies: dict[str, Any] = {}
    batch = compute.new_batch_http_request(callback=lambda key, reply, error: replies.update({key: reply or error}))
    batch.add(compute.zones().get(project=PROJECT, zone="us-central1-a"), request_id="good")
    batch.add(compute.zones().get(project=PROJECT, zone="no-such-zone"), request_id="bad")
    batch.execute()
    assert replies["good"]["name"] == "us-central1-a"
    assert replies["bad"].status_code == 404


def test_an_unmodified_google_cloud_module_makes_a_network_once(cloud: Any, session: Any, tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "HTTPS_PROXY": cloud.settings.door_url,
        "REQUESTS_CA_BUNDLE": str(cloud.settings.authority_bundle),
        "GCP_AUTH_KIND": "serviceaccount",
        "GCP_SERVICE_ACCOUNT_FILE": str(cloud.settings.operator_key),
        "GCP_PROJECT": PROJECT,
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_HOME": str(tmp_path),
        "ANSIBLE_STDOUT_CALLBACK": "minimal",
    }
    command = [
        str(Path(sys.executable).with_name("ansible")),
        "localhost",
        "-c",
        "local",
        "-e",
        f"ansible_python_interpreter={sys.executable}",
        "-m",
        "google.cloud.gcp_compute_network",
        "-a",
        "name=ansible-network auto_create_subnetworks=false state=present",
    ]
    outcomes = []
    for _ in range(2):
        run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stdout + run.stderr
        outcomes.append('"changed": true' in run.stdout)
    assert outcomes == [True, False]
    assert session.delete(f"{COMPUTE}/global/networks/ansible-network").status_code == 200


def make_account(session: Any, account_id: str) -> tuple[str, dict[str, Any]]:
    """A new service account: its e-mail address and a key file."""
    made = session.post(f"{IAM}/serviceAccounts", json={"accountId": account_id})
    assert made.status_code == 200, made.text
    email = made.json()["email"]
    key = session.post(f"{IAM}/serviceAccounts/{email}/keys", json={})
    return email, json.loads(base64.b64decode(key.json()["privateKeyData"]))


def speaking_as(cloud: Any, key: dict[str, Any], scopes: list[str]) -> AuthorizedSession:
    credentials = service_account.Credentials.from_service_account_info(key, scopes=scopes)
    return cloud.through_the_door(AuthorizedSession(credentials, auth_request=Request(cloud.anonymous())))


def test_roles_and_scopes_bound_what_an_account_may_do(cloud: Any, session: Any) -> None:
    email, key = make_account(session, "viewer-account")
    viewer = speaking_as(cloud, key, [CLOUD_PLATFORM])
    denied = viewer.get(f"{COMPUTE}/zones/us-central1-a/instances")
    assert denied.status_code == 403
    assert denied.json()["error"]["message"] == (
        f"Required 'compute.instances.list' permission for 'projects/{PROJECT}/zones/us-central1-a/instances'"
    )
    policy = session.post(f"{MANAGER}:getIamPolicy", json={}).json()
    stale = dict(policy)
    policy["bindings"].append({"role": "roles/compute.viewer", "members": [f"serviceAccount:{email}"]})
    assert session.post(f"{MANAGER}:setIamPolicy", json={"policy": policy}).status_code == 200
    conflict = session.post(f"{MANAGER}:setIamPolicy", json={"policy": stale})
    assert (conflict.status_code, conflict.json()["error"]["status"]) == (409, "ABORTED")
    assert viewer.get(f"{COMPUTE}/zones/us-central1-a/instances").status_code == 200
    refused = viewer.post(f"{COMPUTE}/global/networks", json={"name": "viewer-network"})
    assert refused.status_code == 403
    narrow = speaking_as(cloud, key, ["https://www.googleapis.com/auth/logging.write"])
    reply = narrow.get(f"{COMPUTE}/zones/us-central1-a/instances")
    assert reply.json()["error"]["errors"][0]["reason"] == "insufficientPermissions"


def test_a_self_signed_token_is_taken_for_its_audience_only(cloud: Any) -> None:
    key = str(cloud.settings.operator_key)
    for audience, status in (("https://compute.googleapis.com/", 200), ("https://storage.googleapis.com/", 401)):
        credentials = jwt.Credentials.from_service_account_file(key, audience=audience)
        client = cloud.through_the_door(AuthorizedSession(credentials, auth_request=Request(cloud.anonymous())))
        client._refresh_status_codes = ()
        assert client.get(f"{COMPUTE}/zones").status_code == status


def test_a_key_that_was_deleted_or_forged_gets_no_token(cloud: Any, session: Any) -> None:
    email, key = make_account(session, "short-lived")
    other = json.loads(cloud.settings.operator_key.read_text())
    forged = speaking_as(cloud, key | {"private_key": other["private_key"]}, [CLOUD_PLATFORM])
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        forged.get(f"{COMPUTE}/zones")
    stolen = speaking_as(cloud, other | {"client_email": email}, [CLOUD_PLATFORM])
    with pytest.raises(RefreshError, match="the key is of operator@"):
        stolen.get(f"{COMPUTE}/zones")
    deleted = session.delete(f"{IAM}/serviceAccounts/{email}/keys/{key['private_key_id']}")
    assert deleted.status_code == 200
    with pytest.raises(RefreshError, match="its kid is no key"):
        speaking_as(cloud, key, [CLOUD_PLATFORM]).get(f"{COMPUTE}/zones")


def test_a_token_dies_with_its_account(cloud: Any, session: Any) -> None:
    email, key = make_account(session, "soon-deleted")
    client = speaking_as(cloud, key, [CLOUD_PLATFORM])
    assert client.get(f"{COMPUTE}/zones").status_code == 403
    assert session.delete(f"{IAM}/serviceAccounts/{email}").status_code == 200
    token = client.credentials.token
    reply = cloud.anonymous().get(f"{COMPUTE}/zones", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 401


def test_no_token_is_stored_or_logged(cloud: Any, session: Any) -> None:
    session.get(f"{COMPUTE}/zones")
    token = session.credentials.token.encode()
    files = [path for path in cloud.settings.state.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token in path.read_bytes()]


def test_keys_are_for_their_owner_only(cloud: Any) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in cloud.settings.operator_key.parent.iterdir()}
    assert {"operator.json", "authority-key.pem", "server.pem"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_repository_is_made_changed_and_deleted(session: Any) -> None:
    made = session.post(f"{REGISTRY}/repositories?repositoryId=flaskscale", json={"format": "DOCKER"}).json()
    assert made["done"] is True
    assert session.get(f"https://artifactregistry.googleapis.com/v1/{made['name']}").json() == made
    again = session.post(f"{REGISTRY}/repositories?repositoryId=flaskscale", json={"format": "DOCKER"})
    assert (again.status_code, again.json()["error"]["status"]) == (409, "ALREADY_EXISTS")
    url = f"{REGISTRY}/repositories/flaskscale"
    assert session.patch(f"{url}?updateMask=description", json={"description": "new"}).json()["description"] == "new"
    refused = session.patch(f"{url}?updateMask=format", json={"format": "NPM"})
    assert refused.json()["error"]["message"] == (
        "the field 'format' of a repository cannot be changed; it is 'DOCKER'"
    )
    assert [
        item["name"].rpartition("/")[2] for item in session.get(f"{REGISTRY}/repositories").json()["repositories"]
    ] == ["flaskscale"]
    policy = session.get(f"{url}:getIamPolicy").json()
    assert "bindings" not in policy
    assert session.delete(url).json()["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    assert session.get(url).status_code == 404


def test_a_service_that_is_not_enabled_is_refused_in_googles_words(cloud: Any, session: Any) -> None:
    disabled = session.post(f"{USAGE}/services/artifactregistry.googleapis.com:disable", json={})
    assert disabled.json()["done"] is True
    reply = session.get(f"{REGISTRY}/repositories")
    assert reply.status_code == 403
    assert (
        "Enable it by visiting https://console.cloud.google.com/apis/api/artifactregistry.googleapis.com" in reply.text
    )
    number = f"https://serviceusage.googleapis.com/v1/projects/{cloud.settings.project_number}"
    assert session.post(f"{number}/services/artifactregistry.googleapis.com:enable", json={}).status_code == 200
    assert session.get(f"{REGISTRY}/repositories").status_code == 200


@pytest.mark.parametrize(
    ("body", "query", "message"),
    [
        (
            {"name": "a-network", "colour": "red"},
            "",
            "Invalid JSON payload received. Unknown name \"colour\" at 'resource': Cannot find field.",
        ),
        (
            {"name": "a-network", "routingConfig": {"routingMode": "LOCAL"}},
            "",
            "Invalid value for field 'resource.routingConfig.routingMode': 'LOCAL'. Must be one of GLOBAL, REGIONAL.",
        ),
        (
            {"name": "a-network", "mtu": "wide"},
            "",
            "Invalid value at 'resource.mtu': expected an integer, not \"wide\"",
        ),
        (
            {"name": "a-network"},
            "?colour=red",
            'Invalid JSON payload received. Unknown name "colour": Cannot bind query parameter. '
            "Field 'colour' could not be found in request message.",
        ),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(
    cloud: Any, session: Any, body: dict[str, Any], query: str, message: str
) -> None:
    before = writes(cloud)
    reply = session.post(f"{COMPUTE}/global/networks{query}", json=body)
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, message)
    assert writes(cloud) == before


def writes(cloud: Any) -> int:
    with cloud.store.transaction() as transaction:
        return int(transaction.fact("api_writes", "0"))


def test_a_repeated_request_is_one_write_of_the_resource(session: Any) -> None:
    request = {"requestId": str(uuid.uuid4())}
    network = {"name": "repeated-network", "autoCreateSubnetworks": False}
    first = session.post(f"{COMPUTE}/global/networks", params=request, json=network).json()
    second = session.post(f"{COMPUTE}/global/networks", params=request, json=network).json()
    assert second["name"] == first["name"]
    assert session.delete(f"{COMPUTE}/global/networks/repeated-network").status_code == 200


def test_a_method_without_rules_says_so(session: Any) -> None:
    reply = session.get(f"{COMPUTE}/global/snapshots")
    assert reply.status_code == 501
    assert reply.json()["error"]["message"] == (
        "the local cloud does not implement compute.snapshots.list; docs/fidelity.md lists what it does"
    )
    unknown = session.get(f"{COMPUTE}/global/nothings")
    assert unknown.status_code == 404


def test_fields_trim_the_reply(session: Any) -> None:
    reply = session.get(f"{COMPUTE}/zones", params={"fields": "items(name,status)", "maxResults": 2}).json()
    assert set(reply) == {"items"}
    assert [set(item) for item in reply["items"]] == [{"name", "status"}] * 2
    assert session.get(f"{COMPUTE}/zones", params={"fields": "items(name"}).status_code == 400
