"""Applications that nobody here wrote become images that serve: Flask's own tutorial, and httpbin, from PyPI."""

from __future__ import annotations

import http.client
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine as DockerEngine
from localcloud.settings import REPOSITORY
from module_utils.container.build import Build, build
from module_utils.container.engine import Engine
from module_utils.container.errors import ContainerError
from module_utils.container.smoke import CONFINEMENT, Trial, smoke
from module_utils.source.image import Wishes, plan_image
from tests.docker.bases import application_base, certificate_authority, docker_command

RECIPE = REPOSITORY / "roles/app_image/files/recipe"
PORT = 5097
NAME = "flaskscale-test-application"


@pytest.fixture(scope="module")
def base(engine: DockerEngine) -> str:
    """An image with Python: the public one, or its stand-in where none can be pulled."""
    return application_base(engine)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of Flask and httpbin, as PyPI has them."""
    folder = tmp_path_factory.mktemp("packages")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), "flask==3.1.*", "httpbin==0.10.*"], check=True)
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    return folder


@pytest.fixture
def docker() -> Iterator[Engine]:
    yield Engine(docker_command())
    subprocess.run(["docker", "rm", "--force", NAME], capture_output=True, check=False)


def image_of(docker: Engine, source: Path, base: str, folder: Path, **wishes: str) -> str:
    """Build what the role would build, and answer with its tag."""
    plan = plan_image(source, Wishes(base=base, **wishes), RECIPE)
    plan.write_context(folder / "context.tar")
    with tarfile.open(folder / "context.tar") as archive:
        archive.extractall(folder / "context", filter="data")
    authority = certificate_authority()
    wanted = Build(
        context=folder / "context",
        dockerfile=plan.dockerfile,
        tag=f"localcloud/test-{plan.tag}",
        arguments={"BASE": base} if plan.takes_base else {},
        secrets={"ca": authority} if authority else {},
    )
    build(docker, wanted)
    return wanted.tag


def serve(docker: Engine, image: str) -> None:
    """Run it as an instance would, until it answers."""
    command = ["run", "--detach", "--name", NAME, *CONFINEMENT, "--env", "PORT=5000"]
    started = docker.run([*command, "--publish", f"127.0.0.1:{PORT}:5000", image])
    assert started.code == 0, started.log
    for _ in range(200):
        try:
            return assert_healthy()
        except (OSError, http.client.HTTPException):
            subprocess.run(["sleep", "0.1"], check=True)
    raise AssertionError(docker.run(["logs", NAME]).log)


def assert_healthy() -> None:
    assert page("/health")[0] == 200


def page(path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_flasks_tutorial_serves_with_nothing_set(docker: Engine, packages: Path, base: str, tmp_path: Path) -> None:
    (source,) = packages.glob("flask-*/examples/tutorial")
    image = image_of(docker, source, base, tmp_path)
    assert smoke(docker, Trial(image, published=PORT)) < 30
    serve(docker, image)
    assert page("/hello") == (200, "Hello, World!")
    assert page("/auth/login")[0] == 200
    assert page("/health") == (200, "healthy\n")
    assert docker.run(["exec", NAME, "id", "--user"]).output.strip() == "10001"


def test_flasks_tutorial_has_its_database_with_a_start_command(
    docker: Engine, packages: Path, base: str, tmp_path: Path
) -> None:
    (source,) = packages.glob("flask-*/examples/tutorial")
    serve(docker, image_of(docker, source, base, tmp_path, start_command="flask --app flaskr init-db"))
    status, text = page("/")
    assert status == 200
    assert "Posts" in text


def test_httpbin_serves_with_nothing_set(docker: Engine, packages: Path, base: str, tmp_path: Path) -> None:
    (source,) = packages.glob("httpbin-*/")
    serve(docker, image_of(docker, source, base, tmp_path))
    assert '"args": {' in page("/get?a=1")[1]
    assert page("/status/418")[0] == 418
    assert page("/health") == (200, "healthy\n")


def test_a_stop_drains(docker: Engine, packages: Path, base: str, tmp_path: Path) -> None:
    (source,) = packages.glob("httpbin-*/")
    serve(docker, image_of(docker, source, base, tmp_path))
    stopping = subprocess.Popen(["docker", "stop", "--time", "30", NAME], stdout=subprocess.DEVNULL)
    try:
        statuses = [page("/health")[0]]
        while statuses[-1] == 200:
            statuses.append(page("/health")[0])
        assert statuses[-1] == 503
        assert page("/get")[0] == 200, "requests are answered while the load balancer looks away"
    finally:
        assert stopping.wait(60) == 0
    assert docker.run(["inspect", "--format", "{{.State.ExitCode}}", NAME]).output.strip() == "0"


def test_a_change_that_leaves_the_size_alone_is_built_too(docker: Engine, base: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPY text /text\n")
    (source / "app.py").write_text("import flask\n")
    for text in ("one", "two"):
        (source / "text").write_text(text)
        image = image_of(docker, source, base, tmp_path)
        assert docker.run(["run", "--rm", image, "cat", "/text"]).output == text


def test_our_application_is_built_by_its_own_dockerfile_and_no_layer_has_the_authority(
    docker: Engine, base: str, tmp_path: Path
) -> None:
    authority = tmp_path / "authority.pem"
    trusted = certificate_authority()
    marker = "# a line that only the secret has\n"
    authority.write_text(marker + (trusted.read_text() if trusted else ""))
    plan = plan_image(REPOSITORY / "app", Wishes(base=base), RECIPE)
    assert (plan.dockerfile, plan.recipe) == ("Dockerfile", None)
    plan.write_context(tmp_path / "context.tar")
    with tarfile.open(tmp_path / "context.tar") as archive:
        archive.extractall(tmp_path / "context", filter="data")
    secrets = {"ca": authority} if trusted else {}
    tag = f"localcloud/test-{plan.tag}"
    build(docker, Build(tmp_path / "context", plan.dockerfile, tag, {"BASE": base}, secrets))
    assert smoke(docker, Trial(tag, published=PORT)) < 30
    saved = subprocess.run(["docker", "save", tag], capture_output=True, check=True).stdout
    assert marker.strip().encode() not in saved
    assert b"/run/secrets/ca" in saved, "the history says that it was mounted"


BROKEN = {
    "does not build": (
        {"Dockerfile": "ARG BASE\nFROM ${BASE}\nRUN echo it is broken here >&2 && false\n"},
        "Dockerfile does not build; correct what the end of its log says and run the same command again",
        "it is broken here",
    ),
    "dies at import": (
        {"app.py": "from flask import Flask\napp = Flask(__name__)\nraise RuntimeError('no database')\n"},
        "the application ended with code ",
        "RuntimeError: no database",
    ),
    "listens on a wrong port": (
        {"gunicorn.conf.py": "", "Dockerfile": "ARG BASE\nFROM ${BASE}\nCMD python -m http.server 8000\n"},
        "the application listens on 0.0.0.0:8000 but it is reached on 0.0.0.0:5000; let it listen on all addresses on "
        "the port in the environment variable PORT",
        "",
    ),
    "listens on loopback": (
        {"Dockerfile": 'ARG BASE\nFROM ${BASE}\nCMD ["python", "-m", "http.server", "-b", "127.0.0.1", "5000"]\n'},
        "the application listens on 127.0.0.1:5000 but it is reached on 0.0.0.0:5000; let it listen on all addresses "
        "on the port in the environment variable PORT",
        "",
    ),
    "has no health path": (
        {"Dockerfile": 'ARG BASE\nFROM ${BASE}\nCMD ["python", "-m", "http.server", "5000"]\n'},
        "instance_group_health_path is /health, which answered 404 for 8 s; expected 200; correct the application "
        "or the path",
        "",
    ),
    "listens nowhere": (
        {"Dockerfile": 'ARG BASE\nFROM ${BASE}\nCMD ["sleep", "60"]\n'},
        "the application runs but listened on no port within 8 s, expected 5000; see what its log waits for, or raise "
        "app_image_smoke_seconds",
        "",
    ),
}


@pytest.mark.parametrize(("files", "sentence", "log"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_said_with_its_log(
    docker: Engine, base: str, tmp_path: Path, files: dict[str, str], sentence: str, log: str
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, text in {"requirements.txt": "flask\n", **files}.items():
        (source / name).write_text(text)
    with pytest.raises(ContainerError) as refused:
        # One that dies is seen when it does; the others are asked for as long as the bound.
        seconds = 60 if "ended" in sentence else 8
        smoke(docker, Trial(image_of(docker, source, base, tmp_path), published=PORT, seconds=seconds))
    said, _, rest = str(refused.value).partition("\n")
    assert said.startswith(sentence)
    assert log in rest
