"""Environments by their requirements, and the sentences when they cannot be made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from module_utils.bundle.environment import interpreter_identity, make, requirements_digest
from module_utils.bundle.errors import BundleError


def digest(source: Path, text: str, identity: str = "cpython-3.13 linux x86_64", **more: str) -> str:
    (source / "requirements.txt").write_text(text)
    for name, content in more.items():
        (source / f"{name}.txt").write_text(content)
    return requirements_digest(source, "requirements.txt", identity)


def test_comments_and_blank_lines_do_not_count(tmp_path: Path) -> None:
    assert digest(tmp_path, "flask==3\n") == digest(tmp_path, "# the framework\n\n  flask==3")


def test_what_counts(tmp_path: Path) -> None:
    found = [
        digest(tmp_path, "flask==3"),
        digest(tmp_path, "flask==4"),
        digest(tmp_path, "flask==3", "cpython-3.12 linux x86_64"),
        digest(tmp_path, "flask==3\n-c pins.txt", pins="jinja2==3"),
        digest(tmp_path, "flask==3\n-c pins.txt", pins="jinja2==4"),
        digest(tmp_path, "flask==3\n--requirement more.txt", more="-r requirements.txt\nx"),
    ]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("line", ["-e .", "./package", "/opt/package", "file:///opt/x", "name @ file:///opt/x"])
def test_local_paths_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(BundleError) as refused:
        digest(tmp_path, line)
    assert str(refused.value) == (
        f"{tmp_path}/requirements.txt asks for {line!r}, a local path, but environments are shared by equal "
        "requirements; name a released package instead, or put the code into the source itself"
    )


@pytest.mark.parametrize("missing", ["-r more.txt", "-c ../outside.txt"])
def test_an_included_file_that_is_not_in_the_source(tmp_path: Path, missing: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "outside.txt").write_text("x")
    with pytest.raises(BundleError, match=rf"^{source} has no {missing[3:]}, so its environment cannot be made"):
        digest(source, missing)


def test_no_requirements(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as refused:
        requirements_digest(tmp_path, "requirements.txt", "")
    assert str(refused.value) == (
        f"{tmp_path} has no requirements.txt, so its environment cannot be made; add one that names Flask and "
        "gunicorn, or set requirements to the file that does"
    )


def test_this_interpreter() -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    assert interpreter_identity(sys.executable).startswith(f"{sys.implementation.name}-{version} {sys.platform} ")


def test_an_interpreter_that_is_not_there() -> None:
    with pytest.raises(
        BundleError, match=r"^python is /none/python, which does not run: .*; set python to a Python 3.11"
    ):
        interpreter_identity("/none/python")


def test_pip_that_fails_shows_its_log(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("not a requirement at all")
    with pytest.raises(BundleError) as refused:
        make(tmp_path / "environment", sys.executable, requirements)
    sentence, _, log = str(refused.value).partition("\n")
    assert sentence == (
        f"pip install failed while making the environment of {requirements}; correct what its log says and run the "
        "same command again"
    )
    assert "Invalid requirement" in log


def test_requirements_without_a_server(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    with pytest.raises(BundleError) as refused:
        make(tmp_path / "environment", sys.executable, requirements)
    assert str(refused.value) == (
        f"{requirements} does not bring gunicorn, which serves the application; add a line gunicorn"
    )
