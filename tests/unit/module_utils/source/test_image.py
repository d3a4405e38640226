"""The image of a source before it is built: what is in its context, and what its key depends on."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.image import ImagePlan, Wishes, plan_image

RECIPE = Path(__file__).resolve().parents[4] / "roles/app_image/files/recipe"
WISHES = Wishes(base="python:3.13-slim")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (folder / "requirements.txt").write_text("flask\n")
    return folder


def plan(source: Path, **changes: object) -> ImagePlan:
    return plan_image(source, replace(WISHES, **changes), RECIPE)


def names(planned: ImagePlan, file: Path) -> list[str]:
    planned.write_context(file)
    with tarfile.open(file) as archive:
        return archive.getnames()


def test_the_context_of_a_source_without_a_dockerfile(source: Path, tmp_path: Path) -> None:
    planned = plan(source, start_command="flask init-db")
    assert names(planned, tmp_path / "context.tar") == [
        "Dockerfile",
        "requirements/requirements.txt",
        "serving/start.py",
        "serving/gunicorn.conf.py",
        "serving/flaskscale_serving.py",
        "serving/settings.json",
        "source/app.py",
        "source/requirements.txt",
    ]
    assert json.loads(planned.settings) == {
        "application": "flaskscale_serving:serve('app:app', '/health')",
        "root": "",
        "start_command": "flask init-db",
    }
    assert planned.tag == f"source-{planned.key}"
    assert len(planned.key) == 16


def test_a_project_is_installed_too(source: Path, tmp_path: Path) -> None:
    (source / "requirements.txt").unlink()
    (source / "setup.py").touch()
    names(plan(source), tmp_path / "context.tar")
    with tarfile.open(tmp_path / "context.tar") as archive:
        asked = archive.extractfile("serving/install")
        assert asked
        assert asked.read() == b"."
    before = plan(source).key
    (source / "requirements.txt").write_text(".[web]\n")
    assert (plan(source).project.at("."), plan(source).key != before) == (".[web]", True)


def test_the_context_of_a_source_with_a_dockerfile_is_the_source(source: Path, tmp_path: Path) -> None:
    (source / "Dockerfile").write_text("FROM scratch\n")
    (source / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    planned = plan(source)
    assert names(planned, tmp_path / "context.tar") == ["Dockerfile", "app.py", "requirements.txt"]
    assert (planned.recipe, planned.application, planned.takes_base) == (None, None, False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("requirements.txt", b"flask\n-e ./libs/common\n"),
        ("requirements.txt", b"-r ../base.txt\n"),
        ("requirements.txt", b"# f\xfcr\nflask\n"),
        ("pyproject.toml", b"project = 1\n"),
        ("app.py", b"from apiflask import APIFlask\napp = APIFlask(__name__)\n"),
    ],
)
def test_with_a_dockerfile_of_its_own_what_it_requires_is_its_business(source: Path, name: str, content: bytes) -> None:
    (source / "requirements.txt").write_text("apiflask\n")
    (source / name).write_bytes(content)
    with pytest.raises(SourceError):
        plan(source)
    (source / "Dockerfile").write_text("FROM scratch\n")
    assert plan(source).recipe is None


def test_the_context_is_for_its_owner_alone(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "contexts" / "web.tar"
    plan(source).write_context(file)
    file.chmod(0o644)
    (file.parent / ".web.tar.part").touch(0o644)
    plan(source).write_context(file)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)] == [0o600, 0o700]


@pytest.mark.parametrize("dockerfile", [False, True])
def test_secrets_and_the_instance_folder_are_in_no_context(source: Path, tmp_path: Path, dockerfile: bool) -> None:
    if dockerfile:
        (source / "Dockerfile").write_text("FROM scratch\n")
    before = plan(source).key
    (source / "instance").mkdir()
    (source / "instance" / "app.sqlite").write_text("rows")
    (source / ".env").write_text("SECRET_KEY=secret")
    assert plan(source).key == before
    (source / ".dockerignore").write_text("!.env\n!instance\n")
    taken_back = names(plan(source), tmp_path / "context.tar")
    assert [name.removeprefix("source/") for name in taken_back if "env" in name or "instance" in name] == [
        ".env",
        "instance/app.sqlite",
    ]


def test_a_dockerfile_by_its_path(source: Path) -> None:
    (source / "deploy").mkdir()
    (source / "deploy" / "web.Dockerfile").write_text("arg base=x\nFROM ${BASE}\n")
    planned = plan(source, dockerfile="deploy/web.Dockerfile")
    assert (planned.dockerfile, planned.takes_base) == ("deploy/web.Dockerfile", True)


def test_the_context_is_the_same_bytes_each_time(source: Path, tmp_path: Path) -> None:
    plan(source).write_context(tmp_path / "one.tar")
    (source / "app.py").touch()
    plan(source).write_context(tmp_path / "more" / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "more" / "two.tar").read_bytes()
    (source / "requirements.txt").write_text("flasc\n")
    plan(source).write_context(tmp_path / "three.tar")
    before, after = times(tmp_path / "one.tar"), times(tmp_path / "three.tar")
    assert min(before.values()) > 315619200, "a zip file can tell no time before 1980"
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"requirements/requirements.txt", "source/requirements.txt"}, "BuildKit compares size and time"


def times(file: Path) -> dict[str, float]:
    with tarfile.open(file) as archive:
        return {member.name: member.mtime for member in archive}


@pytest.mark.parametrize(
    "change",
    [
        {"base": "python:3.12-slim"},
        {"application": "app:app.wsgi_app"},
        {"health_path": "/ready"},
        {"start_command": "true"},
        {"platform": "linux/arm64"},
    ],
)
def test_settings_that_make_another_image(source: Path, change: dict[str, str]) -> None:
    assert plan(source, **change).key != plan(source).key


@pytest.mark.parametrize(
    "change",
    [
        lambda source: (source / "app.py").write_text("from flask import Flask\napp = Flask('x')\n"),
        lambda source: (source / "app.py").chmod(0o755),
        lambda source: (source / "requirements.txt").write_text("flask==3\n"),
        lambda source: (source / "new.txt").touch(),
        lambda source: (source / "Dockerfile").write_text("FROM scratch\n"),
    ],
)
def test_changes_that_make_another_image(source: Path, change: Callable[[Path], object]) -> None:
    before = plan(source).key
    change(source)
    assert plan(source).key != before


def test_a_base_that_the_dockerfile_does_not_take_makes_no_difference(source: Path) -> None:
    (source / "Dockerfile").write_text("FROM scratch\n")
    assert plan(source).key == plan(source, base="python:3.12-slim").key


def saved(file: Path, manifest: object) -> Path:
    content = json.dumps(manifest).encode()
    with tarfile.open(file, "w") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file


def test_the_image_in_the_archive_of_the_base_counts(source: Path, tmp_path: Path) -> None:
    one = saved(tmp_path / "one.tar", [{"Config": "1.json"}])
    two = saved(tmp_path / "two.tar", [{"Config": "2.json"}])
    assert len({plan(source).key, plan(source, base_archive=one).key, plan(source, base_archive=two).key}) == 3


@pytest.mark.parametrize("manifest", [[], {}, [{}], "text"])
def test_an_archive_that_is_none(source: Path, tmp_path: Path, manifest: object) -> None:
    archive = saved(tmp_path / "base.tar", manifest)
    with pytest.raises(SourceError) as refused:
        plan(source, base_archive=archive)
    assert str(refused.value) == (
        f"app_image_base_archive is {archive}, which cannot be used: it has no manifest.json that names an image; make "
        "it with docker save, or leave it empty to have the base pulled"
    )


def test_an_archive_that_is_not_there(source: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="which cannot be used: No such file or directory; make it"):
        plan(source, base_archive=tmp_path / "none.tar")


def test_a_dockerfile_that_is_not_there(source: Path) -> None:
    with pytest.raises(SourceError) as refused:
        plan(source, dockerfile="../Dockerfile")
    assert str(refused.value) == (
        f"app_image_dockerfile is ../Dockerfile but {source} has no such file; name one by its path in the source, or "
        "leave it empty"
    )


def test_a_base_with_another_python(source: Path) -> None:
    (source / "pyproject.toml").write_text('[project]\nname = "shop"\nrequires-python = "<3.12"\n')
    with pytest.raises(SourceError) as refused:
        plan(source)
    assert str(refused.value) == (
        "the source requires Python <3.12 but app_image_base is python:3.13-slim, which has 3.13; set app_image_base "
        "to an image with such a Python, as in python:3.12-slim"
    )
    assert plan(source, base="python:3.11-slim").key
    assert plan(source, base="registry.example/python@sha256:0").key


def test_no_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"^app_image_source is {tmp_path}/none but there is no such folder; set"):
        plan(tmp_path / "none")


def test_what_is_no_flask_application_is_told_so_before_it_is_asked_for_requirements(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('no web')\n")
    with pytest.raises(SourceError, match="where no file imports flask and no requirement names it"):
        plan(tmp_path)
    with pytest.raises(SourceError, match="which has no requirements.txt"):
        plan(tmp_path, application="script:app")
    (tmp_path / "script.py").write_text("import flask\napp = flask.Flask(__name__)\n")
    with pytest.raises(SourceError, match="which has no requirements.txt"):
        plan(tmp_path)


def test_a_context_that_cannot_be_written(source: Path) -> None:
    with pytest.raises(SourceError) as refused:
        plan(source).write_context(source / "app.py" / "context.tar")
    assert str(refused.value).startswith(f"the build context {source}/app.py/context.tar cannot be written: ")
    assert str(refused.value).endswith("; make room or choose another folder")


def test_where_flask_is_seen_when_nothing_says_what_to_install(source: Path) -> None:
    (source / "requirements.txt").unlink()
    (source / "backend").mkdir()
    (source / "app.py").rename(source / "backend" / "app.py")
    with pytest.raises(
        SourceError, match="backend/app.py makes a Flask.*, or set app_image_source to its folder backend"
    ):
        plan(source)
