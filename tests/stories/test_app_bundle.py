"""app_bundle: made once, found again, made anew when the source changes; of a folder, or a repository at a revision."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import REPOSITORY

APPLICATION = "from flask import Flask\n\napplication = Flask(__name__)\n"
RECIPE = REPOSITORY / "roles" / "app_image" / "files" / "recipe"


def pinned(package: str) -> str:
    """The line by which the application itself pins a package."""
    lines = (REPOSITORY / "app" / "requirements.txt").read_text().splitlines(keepends=True)
    return next(line for line in lines if line.startswith(f"{package}=="))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The smallest Flask application."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "requirements.txt").write_text(pinned("flask") + pinned("gunicorn"))
    (folder / "wsgi.py").write_text(APPLICATION)
    return folder


@pytest.fixture
def bundles(tell: Any, tmp_path: Path) -> Any:
    """Makes a Story of this module with a state folder of its own."""

    def story(source: object, **more: object) -> Any:
        common = {"source": str(source), "name": "web", "state_dir": str(tmp_path / "state")}
        told = tell("app_bundle", **common, cache=str(tmp_path / "cache"), **more)
        told.environment = told.cloud.environment  # pip asks the package index, which the door does not serve
        return told

    return story


def gunicorn(state: Path, bundle: Path, *arguments: str) -> str:
    """What the bundle's own gunicorn says, in the folder where it serves."""
    (environment,) = (state / "environments").iterdir()
    command = [environment / "bin" / "python", "-m", "gunicorn", *arguments]
    return subprocess.run(command, cwd=bundle / "source", check=True, capture_output=True, text=True).stdout


def test_the_story(bundles: Any, source: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    story = bundles(source)

    predicted = story.run(check=True)
    assert not predicted.get("failed"), predicted["msg"]
    assert (predicted["changed"], state.exists()) == (True, False)
    made = story.run()
    assert not made.get("failed"), made["msg"]
    assert {key: made[key] for key in ("changed", "digest", "reference", "diff")} == {
        key: predicted[key] for key in ("changed", "digest", "reference", "diff")
    }
    bundle = state / "bundles" / "sha256" / made["digest"]
    environments = list((state / "environments").iterdir())
    gunicorn(state, bundle, "--version")
    assert (bundle / "source" / "wsgi.py").is_file()
    for check in (True, False):
        assert story.run(check=check)["changed"] is False

    (source / "wsgi.py").write_text(APPLICATION.replace("application", "app"))
    assert story.run(check=True)["digest"] != made["digest"]
    newer = story.run()
    assert (newer["changed"], newer["application"]) == (True, "wsgi:app")
    assert list((state / "environments").iterdir()) == environments
    assert (bundle / "source" / "wsgi.py").read_text() == APPLICATION

    (source / "wsgi.py").unlink()
    refused = story.run(check=True)
    assert refused["msg"].startswith(f"app_image_source is {source}, where no WSGI application can be seen; ")


def test_a_repository_at_a_revision_served_as_the_recipe_says(bundles: Any, source: Path, tmp_path: Path) -> None:
    author = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init"], ["add", "."], [*author, "commit", "--message", "one"], ["tag", "first"]):
        subprocess.run(["git", *command], cwd=source, check=True, capture_output=True)
    named = {"application": "wsgi:application", "recipe": str(RECIPE)}
    story = bundles(f"file://{source}", revision="first", **named)
    predicted = story.run(check=True)
    assert not predicted.get("failed"), predicted["msg"]
    assert not (tmp_path / "state").exists()
    made = story.run()
    assert (made["digest"], made["application"]) == (predicted["digest"], "wsgi:application")
    bundle = Path(made["folder"])
    assert not (bundle / "source" / ".git").exists()
    assert bundles(source, **named).run(check=True)["digest"] == made["digest"]
    assert bundles(source.parent, directory="source", **named).run(check=True)["digest"] == made["digest"]
    (source / "requirements.txt").write_text("-r none.txt")
    for command in (["add", "."], [*author, "commit", "--message", "two"]):
        subprocess.run(["git", *command], cwd=source, check=True, capture_output=True)
    assert bundles(f"file://{source}", **named).run(check=True)["msg"] == (
        f"file://{source}/requirements.txt says '-r none.txt', a file that the source does not have; add it or remove "
        "the line"
    )

    target = "flaskscale_serving:serve('wsgi:application', '/health')"
    told = gunicorn(tmp_path / "state", bundle, "--config", str(bundle / "gunicorn.conf.py"), "--print-config", target)
    settings = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in told.splitlines())}
    assert {name: settings[name] for name in ("worker_class", "workers", "threads", "keepalive")} == {
        "worker_class": "gthread",
        "workers": "2",
        "threads": "8",
        "keepalive": "620",
    }


SETUP = """
from setuptools import setup

setup(name="shop", version="7", packages=["shop"], install_requires={flask!r}, extras_require={{"web": {extra!r}}})
"""
SHOP = """
from importlib.metadata import version

from flask import Flask

app = Flask(__name__)
app.config["VERSION"] = version("shop")
"""


def test_a_project_whose_build_knows_what_it_needs(bundles: Any, source: Path, tmp_path: Path) -> None:
    (source / "wsgi.py").unlink()
    (source / "requirements.txt").write_text("-e .[web]\n")
    (source / "setup.py").write_text(SETUP.format(flask=pinned("flask").strip(), extra=pinned("requests").strip()))
    (source / "shop").mkdir()
    (source / "shop" / "__init__.py").write_text(SHOP)
    made = bundles(source, recipe=str(RECIPE)).run()
    assert not made.get("failed"), made["msg"]
    (environment,) = (tmp_path / "state" / "environments").iterdir()
    script = (
        "import flaskscale_serving\n"
        "app = flaskscale_serving.serve('shop:app', '/health', '../installed')\n"
        "import shop; print(app.config['VERSION'], shop.__file__)"
    )
    served = subprocess.run(
        [environment / "bin" / "python", "-c", script],
        cwd=Path(made["folder"]) / "source",
        check=True,
        capture_output=True,
        text=True,
    )
    assert served.stdout == f"7 {made['folder']}/source/shop/__init__.py\n"
    listed = [environment / "bin" / "python", "-m", "pip", "list", "--format=freeze"]
    packages = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
    assert pinned("requests").strip() in packages, "the extra"
    assert "shop" not in packages, "the environment outlives this source"


def test_a_secret_in_the_url_is_not_shown(bundles: Any) -> None:
    refused = bundles("http://someone:s3cret@127.0.0.1:9/shop.git").run()
    assert refused["msg"].startswith(
        "app_image_source is http://127.0.0.1:9/shop.git, but its revision HEAD cannot be fetched: "
    )
    assert "s3cret" not in str(refused)
