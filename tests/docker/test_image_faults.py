"""Whatever goes wrong while an image is made stops `site.yml` with a sentence, before the fleet is touched.

The fleet runs a bundle, as processes; every run here asks for an image of the same application instead, built on this
machine's engine. The tag app_image saves the time of the other roles; the last fault of an image has to stop all of
`site.yml`.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cloud import REPOSITORY, LocalCloud, Run, get
from tests.docker.bases import docker_command
from tests.docker.engines import OLD_VERSION, old_engine, small_engine
from tests.ports import free_ports
from tests.registry_client import needs_registry
from tests.sessions import account_session

PROJECT = "flaskscale-local"
MARK = "<!-- the release that serves -->"
IMAGE = f"faults-{uuid.uuid4().hex[:8]}"
"""The folder of a build is named after it, and the machine's engine is everybody's."""

TAG = ("--tags", "app_image")
Edit = Callable[[Path], object]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, original: Path) -> Iterator[LocalCloud]:
    """A local cloud with a fleet that serves, and afterwards nothing of it or of its images."""
    needs_registry()
    cloud = LocalCloud(tmp_path_factory.mktemp("faults") / "state", {"LOCALCLOUD_TIME_SCALE": "10"})
    images = cloud.command("images", timeout=900)
    assert images.code == 0, images.output
    cloud.up()
    try:
        deployed = cloud.playbook("site.yml", "-e", f"app_image_source={original}")
        assert (deployed.code, deployed.failed) == (0, 0), deployed.output
        yield cloud
    finally:
        cloud.command("clean")
        remove_images(cloud)
        shutil.rmtree(Path("~/.cache/flaskscale/build").expanduser() / IMAGE, ignore_errors=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application, with a mark in its page."""
    source = Path(shutil.copytree(REPOSITORY / "app", tmp_path_factory.mktemp("original") / "app"))
    append(source / "flaskscale_app/templates/fleet.html", MARK)
    return source


@pytest.fixture
def source(original: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may break."""
    return Path(shutil.copytree(original, tmp_path / "app"))


@pytest.fixture(scope="module")
def smoke_port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def site(cloud: LocalCloud, source: Path, smoke_port: int) -> Callable[..., Run]:
    """`site.yml` with an image of `source`, built on the engine of this machine."""

    def run(*arguments: str, environment: dict[str, str] | None = None, **variables: object) -> Run:
        wanted = {
            "app_image_method": "engine",
            "app_image_source": str(source),
            "app_image_name": IMAGE,
            "app_image_docker": docker_command(),
            "app_image_smoke_port": smoke_port,
            **variables,
        }
        caller = dataclasses.replace(cloud, settings={**cloud.settings, **(environment or {})})
        return caller.playbook("site.yml", "-e", json.dumps(wanted), *arguments)

    return run


@pytest.fixture
def stopped(cloud: LocalCloud, site: Callable[..., Run]) -> Callable[..., str]:
    """The same, which must fail and leave the fleet as it was; what it said, on one line."""

    def run(*, whole: bool = False, **variables: object) -> str:
        before = cloud.writes
        stopped = site(*(() if whole else TAG), **variables)
        assert stopped.code != 0, stopped.output
        assert stopped.failed == 1, stopped.output
        assert cloud.writes == before, stopped.output
        status, page = get(cloud.url)
        assert (status, MARK in page) == (200, True), page
        return one_line(stopped.output)

    return run


def one_line(text: str) -> str:
    """Without line breaks and indentation, since Ansible folds long messages."""
    return " ".join(text.split())


def append(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text()}\n{text}\n")


def image_name(cloud: LocalCloud) -> str:
    registry = f"127.0.0.1:{cloud.settings['LOCALCLOUD_REGISTRY_PORT']}"
    return f"{registry}/us-central1/{PROJECT}/flaskscale/{IMAGE}"


def remove_images(cloud: LocalCloud) -> None:
    listing = [docker_command(), "images", "--format", "{{.Repository}}:{{.Tag}}", image_name(cloud)]
    found = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    if found:
        subprocess.run([docker_command(), "rmi", "--force", *found], capture_output=True, check=True)


def test_an_image_is_built_tried_and_pushed_and_a_second_run_changes_nothing(
    cloud: LocalCloud, site: Callable[..., Run]
) -> None:
    before = cloud.writes
    first = site(*TAG)
    assert (first.code, first.failed) == (0, 0), first.output
    assert first.changed > 0, first.output
    tag = tags(cloud)
    assert len(tag) == 1
    second = site(*TAG)
    assert (second.code, second.changed) == (0, 0), second.output
    assert tags(cloud) == tag
    assert cloud.writes == before + 1, "the image's manifest, once"


def tags(cloud: LocalCloud) -> list[str]:
    """The image's tags in the registry, as Artifact Registry's API lists them."""
    images = f"v1/projects/{PROJECT}/locations/us-central1/repositories/flaskscale/dockerImages"
    listed = account_session(cloud).get(f"https://artifactregistry.googleapis.com/{images}")
    assert listed.status_code == 200, listed.text
    return [
        tag for image in listed.json().get("dockerImages", []) if f"/{IMAGE}@" in image["uri"] for tag in image["tags"]
    ]


def test_a_docker_command_that_is_not_there(stopped: Callable[..., str], source: Path) -> None:
    append(source / "wsgi.py", "# no command")
    said = stopped(app_image_docker="docker-that-is-not-there")
    assert (
        "engine has no command docker-that-is-not-there; install Docker 20.10 or newer there, or set "
        "app_image_method to builder for a machine with one"
    ) in said


def test_an_engine_that_does_not_answer(stopped: Callable[..., str], source: Path, tmp_path: Path) -> None:
    append(source / "wsgi.py", "# no engine")
    said = stopped(environment={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert (
        f"No Docker engine answers on engine: Cannot connect to the Docker daemon at unix://{tmp_path}/none.s" in said
    )
    assert "start one that this user may use, or set app_image_method to builder for a machine with one" in said


def test_an_engine_that_is_too_old(stopped: Callable[..., str], source: Path, tmp_path: Path) -> None:
    append(source / "wsgi.py", "# an old engine")
    with old_engine(tmp_path) as host:
        said = stopped(environment={"DOCKER_HOST": host})
    assert (
        f"The Docker engine of engine is version {OLD_VERSION} but building needs 20.10 or newer; upgrade it, or set "
        "app_image_method to builder for a machine with one"
    ) in said


def test_a_source_without_flask(stopped: Callable[..., str], tmp_path: Path) -> None:
    source = tmp_path / "script"
    source.mkdir()
    (source / "app.py").write_text("print('no web')\n")
    said = stopped(app_image_source=str(source))
    assert (
        f"app_image_source is {source}, where no file imports flask and no requirement names it; expected a Flask "
        "application; set app_image_source to its folder, or name its WSGI application in app_image_application"
    ) in said


BROKEN: dict[str, tuple[Edit, str, str]] = {
    "a Dockerfile that does not build": (
        lambda source: append(source / "Dockerfile", "RUN echo 'the disk is upside down' >&2 && exit 7"),
        "Dockerfile does not build; correct what the end of its log says and run the same command again ",
        "the disk is upside down",
    ),
    "an application that listens on a wrong port": (
        lambda source: append(source / "gunicorn.conf.py", "bind = '0.0.0.0:8000'"),
        "the application listens on 0.0.0.0:8000 but it is reached on 0.0.0.0:5000; let it listen on all addresses on "
        "the port in the environment variable PORT ",
        "Listening at: http://0.0.0.0:8000",
    ),
    "an application that dies at import": (
        lambda source: append(source / "wsgi.py", "raise RuntimeError('the second release is broken')"),
        "the application ended with code 3 while it was tried, before anything of the fleet was changed; correct what "
        "its log says ",
        "RuntimeError: the second release is broken",
    ),
}


@pytest.mark.parametrize(("edit", "sentence", "log"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_become_an_image_that_serves(
    cloud: LocalCloud, stopped: Callable[..., str], source: Path, edit: Edit, sentence: str, log: str
) -> None:
    pushed = tags(cloud)
    edit(source)
    said = stopped(app_image_smoke_seconds=10, whole="RuntimeError" in log)
    assert sentence in said
    assert log in said.partition(sentence)[2]
    assert tags(cloud) == pushed


def test_a_registry_that_refuses_to_be_read(cloud: LocalCloud, stopped: Callable[..., str]) -> None:
    cloud.admin("POST", "/faults", {"method": "artifactregistry.docker", "status": 403})
    try:
        said = stopped()
    finally:
        cloud.admin("DELETE", "/faults")
    assert (
        f"the registry us-central1-docker.pkg.dev answered 403 when asked for {PROJECT}/flaskscale/{IMAGE}: "
    ) in said
    assert (
        "; grant the account in use roles/artifactregistry.reader on the repository, and see that auth_kind names that "
        "account"
    ) in said


def test_a_registry_that_refuses_the_push(
    cloud: LocalCloud, stopped: Callable[..., str], source: Path, tmp_path: Path
) -> None:
    key = reader(cloud, tmp_path / "reader.json")
    append(source / "wsgi.py", "# not to be pushed")
    said = stopped(flaskscale_service_account_file=str(key))
    registry = image_name(cloud).partition("/")[0]
    sentence = (
        f"the registry {registry} refuses the push; grant the account in use roles/artifactregistry.writer on the "
        "repository and see that the repository exists "
    )
    assert sentence in said
    assert (
        'denied: Permission "artifactregistry.repositories.uploadArtifacts" denied on resource '
        f'"projects/{PROJECT}/locations/us-central1/repositories/flaskscale" (or it may not exist)'
    ) in said.partition(sentence)[2]


def test_no_disk_for_a_layer(stopped: Callable[..., str], source: Path, tmp_path: Path) -> None:
    (source / "content").write_bytes(bytes(24 << 20))
    (source / "Dockerfile").write_text("FROM scratch\n" + "".join(f"COPY content /{copy}\n" for copy in range(4)))
    with small_engine(tmp_path, megabytes=64) as host:
        said = stopped(environment={"DOCKER_HOST": host})
    sentence = (
        "the build host has no space left for the image; make room (docker image prune --all) or give it a larger disk "
    )
    assert sentence in said
    assert "no space left on device" in said.partition(sentence)[2]


def reader(cloud: LocalCloud, key: Path) -> Path:
    """The key file of an account that may read everything in the project and write nothing."""
    operator = account_session(cloud)
    email = f"reader@{PROJECT}.iam.gserviceaccount.com"
    accounts = f"https://iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts"
    project = f"https://cloudresourcemanager.googleapis.com/v1/projects/{PROJECT}"
    accepted(operator.post(accounts, json={"accountId": "reader"}))
    policy = accepted(operator.post(f"{project}:getIamPolicy", json={}))
    for role in ("roles/viewer", "roles/artifactregistry.reader"):
        policy["bindings"].append({"role": role, "members": [f"serviceAccount:{email}"]})
    accepted(operator.post(f"{project}:setIamPolicy", json={"policy": policy}))
    made = accepted(operator.post(f"{accounts}/{email}/keys", json={}))
    key.touch(mode=0o600)
    key.write_bytes(base64.b64decode(made["privateKeyData"]))
    return key


def accepted(answer: requests.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()
