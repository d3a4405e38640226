"""Environments by their requirements, and the sentences when they cannot be made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from module_utils.bundle.environment import interpreter_identity, make, requirements_digest
from module_utils.bundle.errors import BundleError
from module_utils.source.project import Project

IDENTITY = "cpython-3.13 linux x86_64"


def test_what_counts() -> None:
    found = [
        requirements_digest(Project({"requirements.txt": "flask==3\n"}), IDENTITY, b""),
        requirements_digest(Project({"requirements.txt": "flask==4\n"}), IDENTITY, b""),
        requirements_digest(Project({"requirements.txt": "flask==3\n"}), "cpython-3.12 linux x86_64", b""),
        requirements_digest(Project({"requirements.txt": "flask==3\n"}), IDENTITY, b"served"),
        requirements_digest(Project({"requirements.txt": "flask==3\n", "pins.txt": "x"}), IDENTITY, b""),
        requirements_digest(Project({"requirements.txt": "flask==3\n"}, itself=True), IDENTITY, b""),
        requirements_digest(Project({"requirements.txt": "flask==3\n"}, itself=True, extras=("x",)), IDENTITY, b""),
        requirements_digest(
            Project({"requirements.txt": "flask==3\n"}, itself=True, build_files={"setup.py": b"1"}), IDENTITY, b""
        ),
    ]
    assert len(set(found)) == len(found)


def test_this_interpreter() -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    assert interpreter_identity(sys.executable).startswith(f"{sys.implementation.name}-{version} {sys.platform} ")


def test_an_interpreter_that_is_not_there() -> None:
    with pytest.raises(
        BundleError, match=r"^python is /none/python, which does not run: .*; set python to a Python 3.11"
    ):
        interpreter_identity("/none/python")


def test_pip_that_fails_shows_its_log(tmp_path: Path) -> None:
    project = Project({"requirements.txt": "not a requirement at all\n"})
    with pytest.raises(BundleError) as refused:
        make(tmp_path / "environment", sys.executable, tmp_path, project, None)
    sentence, _, log = str(refused.value).partition("\n")
    assert sentence == (
        f"pip install failed while making the environment of {tmp_path}; correct what its log says and run the same "
        "command again"
    )
    assert "Invalid requirement" in log
