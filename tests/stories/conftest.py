"""One local cloud for all stories, and the telling of a story: each step first in check mode, which writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from requests import Session

from tests.cloud import REPOSITORY, LocalCloud, wait_until

PROJECT = "flaskscale-local"
COMPUTE = f"https://compute.googleapis.com/compute/v1/projects/{PROJECT}"
WAIT_SECONDS = 40
RUNNER = Path(__file__).with_name("run_module.py")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud with nothing in it, ten times as fast."""
    cloud = LocalCloud(tmp_path_factory.mktemp("stories") / "state", {"LOCALCLOUD_TIME_SCALE": "10"})
    cloud.up()
    yield cloud
    cloud.down()


@pytest.fixture(scope="session")
def client_environment(cloud: LocalCloud) -> dict[str, str]:
    """What `python -m localcloud env` says, beside what the caller has."""
    exports = cloud.command("env").output
    lines = [line.removeprefix("export ") for line in exports.splitlines() if line.startswith("export ")]
    return {**cloud.environment, **dict(line.split("=", 1) for line in lines)}


@dataclass
class Api:
    """The API itself, for what stories need beside their module and for looking behind its back."""

    session: Session

    def call(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """One request under the project, and the operation's end."""
        reply = self.session.request(verb, f"{COMPUTE}/{path}", json=body, timeout=30)
        assert reply.ok, reply.text
        document: dict[str, Any] = reply.json()
        if document.get("kind") == "compute#operation":
            link = document["selfLink"].replace("www.googleapis.com", "compute.googleapis.com")
            document = wait_until(lambda: self._finished(link), 30, document["name"])
            assert "error" not in document, document
        return document

    def _finished(self, link: str) -> dict[str, Any] | None:
        document: dict[str, Any] = self.session.post(f"{link}/wait", timeout=30).json()
        return document if document["status"] == "DONE" else None

    def exists(self, path: str) -> bool:
        return bool(self.session.get(f"{COMPUTE}/{path}", timeout=30).ok)


@pytest.fixture(scope="session")
def api(cloud: LocalCloud, client_environment: dict[str, str]) -> Api:
    """The operator's session through the door."""
    key = client_environment["GCP_SERVICE_ACCOUNT_FILE"]
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    anonymous = through_the_door(Session(), client_environment)
    credentials = service_account.Credentials.from_service_account_file(key, scopes=scopes)
    session = AuthorizedSession(credentials, auth_request=Request(anonymous))
    api = Api(through_the_door(session, client_environment))
    for service in ("compute", "artifactregistry", "cloudresourcemanager", "iam"):
        url = f"https://serviceusage.googleapis.com/v1/projects/{PROJECT}/services/{service}.googleapis.com:enable"
        assert api.session.post(url, json={}, timeout=30).ok
    return api


def through_the_door(session: Session, environment: dict[str, str]) -> Session:
    session.trust_env = False
    session.proxies = {"https": environment["HTTPS_PROXY"]}
    session.verify = environment["REQUESTS_CA_BUNDLE"]
    return session


@dataclass
class Story:
    """One module, told step by step with the options that every step has in common."""

    module: str
    cloud: LocalCloud
    environment: dict[str, str]
    common: dict[str, Any] = field(default_factory=dict)

    def run(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        """The module's result, failed or not."""
        arguments = {**self.common, **options, "_ansible_check_mode": check, "_ansible_diff": True}
        if self.module.startswith("gcp_"):
            arguments.setdefault("wait_timeout_sec", WAIT_SECONDS)  # so that the module itself says what it waits for
        done = subprocess.run(
            [sys.executable, str(RUNNER), str(REPOSITORY / "library" / f"{self.module}.py")],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=REPOSITORY,
            timeout=100,
            check=False,
        )
        assert done.stdout.strip(), done.stderr
        result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return result

    def step(self, changed: bool, **options: Any) -> dict[str, Any]:
        """Check mode predicts what the same step then does, and writes nothing; an unchanged step writes nothing."""
        before = self.cloud.writes
        predicted = self.run(check=True, **options)
        assert not predicted.get("failed"), predicted["msg"]
        assert self.cloud.writes == before
        done = self.run(**options)
        assert not done.get("failed"), done["msg"]
        for key in ("changed", "diff", "actions"):
            assert predicted[key] == done[key], key
        assert done["changed"] is changed, done["diff"]
        assert (self.cloud.writes > before) is changed
        assert (done["diff"]["before"] != done["diff"]["after"]) is changed
        return done

    def refused(self, sentence: str, **options: Any) -> None:
        """The step fails with exactly this sentence, in check mode and without, and writes nothing."""
        before = self.cloud.writes
        for check in (True, False):
            result = self.run(check=check, **options)
            assert result.get("failed"), result
            assert result["msg"] == sentence
        assert self.cloud.writes == before


@pytest.fixture
def tell(cloud: LocalCloud, client_environment: dict[str, str], api: Api) -> Any:
    """Makes a Story: `tell("gcp_autoscaler", name=..., region=...)`."""

    def story(module: str, **common: Any) -> Story:
        return Story(module, cloud, client_environment, common)

    return story


@pytest.fixture
def unique() -> str:
    """A name that no other story uses."""
    return f"s{uuid.uuid4().hex[:8]}"


@pytest.fixture
def health_check(api: Api, unique: str) -> str:
    """A health check's name."""
    body = {"name": f"{unique}-check", "type": "HTTP", "httpHealthCheck": {"port": 5000, "requestPath": "/health"}}
    api.call("POST", "global/healthChecks", body)
    return f"{unique}-check"


@pytest.fixture
def network(api: Api, unique: str) -> str:
    """A network's name."""
    api.call("POST", "global/networks", {"name": f"{unique}-net", "autoCreateSubnetworks": True})
    return f"{unique}-net"


@pytest.fixture
def templates(api: Api, network: str, unique: str) -> list[str]:
    """The names of two instance templates."""
    names = [f"{unique}-t{number}" for number in (1, 2)]
    for name in names:
        properties = {
            "machineType": "e2-medium",
            "disks": [
                {
                    "boot": True,
                    "initializeParams": {"sourceImage": "projects/cos-cloud/global/images/family/cos-stable"},
                }
            ],
            "networkInterfaces": [{"network": f"projects/{PROJECT}/global/networks/{network}"}],
        }
        api.call("POST", "global/instanceTemplates", {"name": name, "properties": properties})
    return names


@pytest.fixture(params=["region", "zone"])
def place(request: pytest.FixtureRequest) -> dict[str, str]:
    """One module serves a zone and a region: the option that says which."""
    return {"region": "us-central1"} if request.param == "region" else {"zone": "us-central1-a"}


def folder(place: dict[str, str]) -> str:
    """`regions/us-central1` or `zones/us-central1-a`."""
    ((scope, name),) = place.items()
    return f"{scope}s/{name}"
