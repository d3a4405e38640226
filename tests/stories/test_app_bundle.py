"""app_bundle: made once, found again, made anew when the source changes, refused without an application."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.cloud import REPOSITORY


def pinned(package: str) -> str:
    """The line by which the application itself pins a package."""
    lines = (REPOSITORY / "app" / "requirements.txt").read_text().splitlines(keepends=True)
    return next(line for line in lines if line.startswith(f"{package}=="))


def test_the_story(tell: Any, tmp_path: Path) -> None:
    source, state = tmp_path / "source", tmp_path / "state"
    source.mkdir()
    (source / "requirements.txt").write_text(pinned("gunicorn"))
    (source / "wsgi.py").write_text("def application(environ, start_response): ...\n")
    story = tell("app_bundle", source=str(source), name="web", state_dir=str(state))
    story.environment = story.cloud.environment  # pip asks the package index, which the door does not serve

    predicted = story.run(check=True)
    assert not predicted.get("failed"), predicted["msg"]
    assert (predicted["changed"], state.exists()) == (True, False)
    made = story.run()
    assert not made.get("failed"), made["msg"]
    assert {key: made[key] for key in ("changed", "digest", "reference", "diff")} == {
        key: predicted[key] for key in ("changed", "digest", "reference", "diff")
    }
    bundle = state / "bundles" / "sha256" / made["digest"]
    (environment,) = (state / "environments").iterdir()
    subprocess.run([environment / "bin" / "python", "-m", "gunicorn", "--version"], check=True, capture_output=True)
    assert (bundle / "source" / "wsgi.py").is_file()
    for check in (True, False):
        assert story.run(check=check)["changed"] is False

    (source / "wsgi.py").write_text("def app(environ, start_response): ...\n")
    assert story.run(check=True)["digest"] != made["digest"]
    newer = story.run()
    assert (newer["changed"], newer["application"]) == (True, "wsgi:app")
    assert list((state / "environments").iterdir()) == [environment]
    assert (bundle / "source" / "wsgi.py").read_text().startswith("def application")

    (source / "wsgi.py").unlink()
    refused = story.run(check=True)
    assert refused["msg"].startswith(f"app_image_source is {source}, where no WSGI application can be seen; ")
