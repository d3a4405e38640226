"""What a source says of itself, read from the files that pip and build tools read."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.project import read_project

PYPROJECT = '[project]\nname = "shop"\nrequires-python = ">=3.11"\ndependencies = ["flask", "x>1"]\n'
SETUP = "[metadata]\nname = shop\n[options]\npython_requires = >=3.9\ninstall_requires =\n    flask\n    x\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_dot_", ".")).write_text(text)
    return folder


def test_requirements_come_first_with_what_they_include(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "web.txt").write_text("flask  # the framework\n-c pins.txt\n")
    (tmp_path / "more" / "pins.txt").write_text("flask==3\n")
    project = read_project(
        written(tmp_path, requirements_dot_txt="# all\n-r more/web.txt\n", pyproject_dot_toml=PYPROJECT)
    )
    assert project.requirements == {
        "requirements.txt": "-r more/web.txt\n",
        "more/web.txt": "flask\n-c pins.txt\n",
        "more/pins.txt": "flask==3\n",
    }
    assert (project.itself, project.python, project.names_flask) == (False, ">=3.11", True)


@pytest.mark.parametrize("line", [".", "-e .", "--editable=.", "-e .[web]"])
def test_requirements_that_ask_for_the_source_itself(tmp_path: Path, line: str) -> None:
    written(tmp_path, requirements_dot_txt=f"flask\n{line}\n", pyproject_dot_toml=PYPROJECT)
    project = read_project(tmp_path)
    assert project.itself
    assert project.requirements == {"requirements.txt": "flask\n"}


@pytest.mark.parametrize(
    ("files", "requirements", "python"),
    [
        ({"pyproject_dot_toml": PYPROJECT}, "flask\nx>1\n", ">=3.11"),
        ({"setup_dot_cfg": SETUP}, "flask\nx\n", ">=3.9"),
        ({"setup_dot_py": "raise SystemExit", "setup_dot_cfg": "[flake8]\nx = 1\n"}, "", ""),
        ({"pyproject_dot_toml": '[build-system]\nrequires = ["poetry-core"]\n'}, "", ""),
    ],
)
def test_what_is_installed_as_a_project(tmp_path: Path, files: dict[str, str], requirements: str, python: str) -> None:
    project = read_project(written(tmp_path, **files))
    assert project.requirements == {"requirements.txt": requirements}
    assert (project.itself, project.python) == (True, python)


def test_nothing_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        read_project(written(tmp_path, pyproject_dot_toml="[tool.ruff]\nline-length = 100\n"))
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, which has no requirements.txt, no pyproject.toml with [project], no "
        "setup.cfg and no setup.py; add a requirements.txt that names Flask and what else the application needs"
    )


@pytest.mark.parametrize("line", ["./package", "-e ./package", "/opt/x", "file:///opt/x", "name @ file:///opt/x"])
def test_local_paths_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_project(written(tmp_path, requirements_dot_txt=line))
    assert str(refused.value) == (
        f"{tmp_path}/requirements.txt asks for {line!r}, a local path, but requirements are installed before the "
        "source is there; name a released package instead, or bring a Dockerfile of your own"
    )


@pytest.mark.parametrize("line", ["-r more.txt", "-c ../outside.txt"])
def test_an_included_file_that_the_source_does_not_have(tmp_path: Path, line: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "outside.txt").write_text("x")
    with pytest.raises(SourceError) as refused:
        read_project(written(source, requirements_dot_txt=line))
    assert str(refused.value) == (
        f"{source}/requirements.txt says {line!r}, a file that the source does not have; add it or remove the line"
    )


@pytest.mark.parametrize(("name", "text"), [("pyproject_dot_toml", "[project"), ("setup_dot_cfg", "no section\n")])
def test_a_file_that_cannot_be_parsed(tmp_path: Path, name: str, text: str) -> None:
    written(tmp_path, **{name: text})
    with pytest.raises(SourceError, match=rf"^{tmp_path}/{name.replace('_dot_', '.')} cannot be read: .*; correct it"):
        read_project(tmp_path)
