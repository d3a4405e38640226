"""The registry and the engine of this machine: login, push and pull over the plain port, and registry:2's own way."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from google.auth.transport.requests import AuthorizedSession

from localcloud.api.tokens import Tokens
from localcloud.registry import registry as registry_module
from localcloud.registry.registry import PROGRAM, Registry
from localcloud.registry.upstream import connect as connect_socket
from localcloud.settings import read_settings
from localcloud.store.store import Store
from tests.cloud import LocalCloud
from tests.registry_client import needs_registry
from tests.sessions import account_session

PROJECT = "flaskscale-local"
API = f"https://artifactregistry.googleapis.com/v1/projects/{PROJECT}/locations/us-central1/repositories"
SERVICES = f"https://serviceusage.googleapis.com/v1/projects/{PROJECT}/services:batchEnable"
READER = f"reader@{PROJECT}.iam.gserviceaccount.com"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass
class Shop:
    """A local cloud with a Docker repository, and the command line of the engine with a configuration of its own."""

    cloud: LocalCloud
    session: AuthorizedSession
    folder: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.cloud.settings['LOCALCLOUD_REGISTRY_PORT']}"

    @property
    def image(self) -> str:
        return f"{self.address}/us-central1/{PROJECT}/shop/app"

    def docker(self, *arguments: str, text: str = "") -> tuple[int, str]:
        """Exit code and output of `docker …`."""
        environment = {**os.environ, "DOCKER_CONFIG": str(self.folder), "DOCKER_BUILDKIT": "0"}
        done = subprocess.run(
            ["/usr/bin/docker", *arguments],
            env=environment,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout

    def log_in(self, token: str) -> tuple[int, str]:
        return self.docker("login", "--username", "oauth2accesstoken", "--password-stdin", self.address, text=token)

    @property
    def operators_token(self) -> str:
        return str(self.session.credentials.token)

    def token_of(self, account: str) -> str:
        """As the metadata server of a machine with that account would issue it."""
        store = Store(self.cloud.state / "cloud.sqlite3")
        try:
            with store.transaction() as transaction:
                return str(Tokens(PROJECT, time.time).issue(transaction, account, [CLOUD_PLATFORM])["access_token"])
        finally:
            store.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    needs_registry()
    cloud = LocalCloud(tmp_path_factory.mktemp("shop") / "state")
    cloud.up()
    try:
        session = account_session(cloud)
        enabled = session.post(SERVICES, json={"serviceIds": ["artifactregistry.googleapis.com"]})
        assert enabled.status_code == 200, enabled.text
        made = session.post(API, params={"repositoryId": "shop"}, json={"format": "DOCKER"})
        assert made.status_code == 200, made.text
        yield Shop(cloud, session, tmp_path_factory.mktemp("docker"))
    finally:
        cloud.command("clean")


@pytest.fixture(scope="module")
def built(shop: Shop) -> Iterator[str]:
    """An image that is made here of nothing, tagged for the registry."""
    context = shop.folder / "context"
    context.mkdir()
    (context / "content").write_text(secrets.token_hex(32))
    (context / "Dockerfile").write_text('FROM scratch\nCOPY content /content\nCMD ["/content"]\n')
    tag = f"{shop.image}:v1"
    code, output = shop.docker("build", "--quiet", "--tag", tag, str(context))
    assert code == 0, output
    yield tag
    shop.docker("rmi", "--force", tag)


@pytest.mark.usefixtures("built")
def test_without_a_login_nothing_is_pushed(shop: Shop) -> None:
    shop.docker("logout", shop.address)
    code, output = shop.docker("push", f"{shop.image}:v1")
    assert code != 0
    assert "authentication required" in output or "no basic auth credentials" in output, output


def test_a_wrong_token_does_not_log_in(shop: Shop) -> None:
    code, output = shop.log_in("ya29.guess")
    assert code != 0
    assert "unauthorized" in output.lower(), output


def test_who_may_not_push_is_told_which_permission_is_missing(shop: Shop, built: str) -> None:
    with_account(shop, READER, "roles/artifactregistry.reader")
    assert shop.log_in(shop.token_of(READER))[0] == 0
    code, output = shop.docker("push", built)
    assert code != 0
    resource = f"projects/{PROJECT}/locations/us-central1/repositories/shop"
    assert (
        f'denied: Permission "artifactregistry.repositories.uploadArtifacts" denied on resource "{resource}" (or it '
        "may not exist)" in output
    )


def test_an_image_is_pushed_and_pulled_by_digest(shop: Shop, built: str) -> None:
    assert shop.log_in(shop.operators_token)[0] == 0
    code, output = shop.docker("push", built)
    assert code == 0, output
    digest = output.partition("digest: ")[2].split()[0]
    (image,) = shop.session.get(f"{API}/shop/dockerImages").json()["dockerImages"]
    assert image["uri"] == f"us-central1-docker.pkg.dev/{PROJECT}/shop/app@{digest}"
    assert image["tags"] == ["v1"]
    identity = shop.docker("image", "inspect", "--format", "{{.Id}}", built)[1]
    shop.docker("rmi", "--force", built)
    with_account(shop, READER, "roles/artifactregistry.reader")
    assert shop.log_in(shop.token_of(READER))[0] == 0
    pinned = f"{shop.image}@{digest}"
    code, output = shop.docker("pull", pinned)
    assert code == 0, output
    assert shop.docker("image", "inspect", "--format", "{{.Id}}", pinned)[1] == identity
    shop.docker("tag", pinned, built)


def test_who_has_no_role_may_not_pull(shop: Shop, built: str) -> None:
    nobody = f"nobody@{PROJECT}.iam.gserviceaccount.com"
    with_account(shop, nobody)
    assert shop.log_in(shop.token_of(nobody))[0] == 0
    code, output = shop.docker("pull", built)
    assert code != 0
    assert "artifactregistry.repositories.downloadArtifacts" in output


def test_a_registry_that_refuses_is_quoted_and_comes_back(shop: Shop, built: str) -> None:
    assert shop.log_in(shop.operators_token)[0] == 0
    shop.cloud.admin("POST", "/faults", {"method": "artifactregistry.docker", "status": 503})
    try:
        code, output = shop.docker("pull", built)
        assert code != 0
        assert "was made to fail with 503" in output or "503 Service Unavailable" in output, output
    finally:
        shop.cloud.admin("DELETE", "/faults")
    assert shop.docker("push", built)[0] == 0


def test_a_killed_daemon_leaves_the_registry_and_the_next_one_adopts_it(shop: Shop, built: str) -> None:
    assert shop.log_in(shop.operators_token)[0] == 0
    assert shop.docker("push", built)[0] == 0
    identity = shop.cloud.state / "registry" / "process"
    before = identity.read_text()
    shop.cloud.kill()
    shop.cloud.up()
    assert shop.docker("pull", built)[0] == 0
    assert identity.read_text() == before
    shop.cloud.down()
    assert not identity.exists()
    shop.cloud.up()
    assert shop.docker("pull", built)[0] == 0


def with_account(shop: Shop, account: str, *roles: str) -> None:
    """A service account, and its roles on the repository."""
    name, _, _ = account.partition("@")
    path = f"https://iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts"
    shop.session.post(SERVICES, json={"serviceIds": ["iam.googleapis.com"]})
    made = shop.session.post(path, json={"accountId": name})
    assert made.status_code in (200, 409), made.text
    bindings = [{"role": role, "members": [f"serviceAccount:{account}"]} for role in roles]
    if bindings:
        granted = shop.session.post(f"{API}/shop:setIamPolicy", json={"policy": {"bindings": bindings}})
        assert granted.status_code == 200, granted.text


ENTRY_POINT = """
if [ "$1" = serve ]; then exec {program} "$@"; fi
exec "$@"
"""


@pytest.fixture
def registry_image() -> Iterator[str]:
    """An image with registry:2's contract, made of this machine's own registry: an entry point that runs the program
    for arguments that begin with `serve`, and anything else as it is.
    """
    needs_registry()
    client = docker.APIClient()
    tag = "localcloud/registry-under-test:2"
    program = Path(str(shutil.which(PROGRAM)))
    shell = Path("/bin/sh")
    words = f"{linked(program)} {linked(shell)}".split()
    libraries = {Path(word) for word in words if word.startswith("/")}
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for file in (program, shell, *sorted(libraries)):
            archive.add(file.resolve(), arcname=str(file).lstrip("/"))
        dockerfile = 'FROM scratch\nCOPY . /\nENTRYPOINT ["/bin/sh", "/entrypoint.sh"]\n'
        for name, text in {"Dockerfile": dockerfile, "entrypoint.sh": ENTRY_POINT.format(program=program)}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    context.seek(0)
    for line in client.build(fileobj=context, custom_context=True, tag=tag, rm=True, decode=True):
        assert "error" not in line, line
    yield tag
    client.remove_image(tag, force=True)
    client.close()


def linked(program: Path) -> str:
    return subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout


def test_without_the_program_the_engine_runs_it(
    registry_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, tag = registry_image.rpartition(":")
    monkeypatch.setattr("localcloud.registry.container.REPOSITORY", name)
    monkeypatch.setattr("localcloud.registry.container.TAG", tag)
    monkeypatch.setattr(registry_module, "PROGRAM", "docker-registry-that-is-not-there")
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path), "LOCALCLOUD_RUNTIME": "vm"})
    store = Store(settings.database)
    registry = Registry(settings, store)
    try:
        registry.acquire()
        connect_socket(registry.socket).close()
        again = Registry(settings, store)
        assert again.running()
        registry.release()
    finally:
        registry.stop()
        store.close()
    assert not registry.running()
    client = docker.APIClient()
    assert client.containers(all=True, filters={"ancestor": registry_image}) == []
    client.close()
