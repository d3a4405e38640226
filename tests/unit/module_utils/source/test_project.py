"""What a source says of itself, read from the files that pip and build tools read."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.project import read_project

PYPROJECT = '[project]\nname = "shop"\nrequires-python = ">=3.11"\ndependencies = ["flask", "x>1"]\n'
BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
POETRY = '[tool.poetry.dependencies]\npython = "<3.12"\nflask = "^3.0"\n'
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


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (".", "here"),
        ("./", "here"),
        ("-e .", "here"),
        ("--editable=.", "here"),
        ("-e .[web]", "here[web]"),
        (".[web, production]  # both", "here[production,web]"),
    ],
)
def test_requirements_that_ask_for_the_source_itself(tmp_path: Path, line: str, at: str) -> None:
    written(tmp_path, requirements_dot_txt=f"flask\n{line}\n", pyproject_dot_toml=PYPROJECT)
    project = read_project(tmp_path)
    assert project.itself
    assert project.at("here") == at
    assert project.requirements == {"requirements.txt": "flask\n"}


@pytest.mark.parametrize(
    ("files", "requirements", "python"),
    [
        ({"pyproject_dot_toml": PYPROJECT + BUILD}, "flask\nx>1\n", ">=3.11"),
        ({"pyproject_dot_toml": PYPROJECT, "setup_dot_py": ""}, "flask\nx>1\n", ">=3.11"),
        ({"pyproject_dot_toml": PYPROJECT + "[tool.uv]\npackage = true\n"}, "flask\nx>1\n", ">=3.11"),
        ({"pyproject_dot_toml": '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'}, "", ""),
        ({"setup_dot_cfg": SETUP, "setup_dot_py": ""}, "flask\nx\n", ">=3.9"),
        ({"setup_dot_py": "raise SystemExit", "setup_dot_cfg": "[flake8]\nx = 1\n"}, "", ""),
        ({"setup_dot_py": "", "setup_dot_cfg": SETUP.replace("\n    flask\n    x", " file: r.in")}, "", ">=3.9"),
        ({"pyproject_dot_toml": POETRY + BUILD}, "", "<3.12"),
    ],
)
def test_what_is_installed_as_a_project(tmp_path: Path, files: dict[str, str], requirements: str, python: str) -> None:
    project = read_project(written(tmp_path, **files))
    assert project.requirements == {"requirements.txt": requirements}
    assert (project.itself, project.python) == (True, python)


@pytest.mark.parametrize(
    ("files", "requirements"),
    [
        ({"pyproject_dot_toml": PYPROJECT, "uv_dot_lock": "version = 1\n"}, "flask\nx>1\n"),
        ({"pyproject_dot_toml": PYPROJECT + BUILD + "[tool.poetry]\npackage-mode = false\n"}, "flask\nx>1\n"),
        ({"pyproject_dot_toml": PYPROJECT + BUILD + "[tool.uv]\npackage = false\n"}, "flask\nx>1\n"),
        ({"setup_dot_cfg": SETUP}, "flask\nx\n"),
        ({"pyproject_dot_toml": '[project]\nname = "shop"\n'}, ""),
    ],
)
def test_what_is_no_package_has_its_dependencies_installed(
    tmp_path: Path, files: dict[str, str], requirements: str
) -> None:
    project = read_project(written(tmp_path, **files))
    assert (project.itself, project.requirements) == (False, {"requirements.txt": requirements})
    assert project.build_files == {}


def test_what_a_build_may_find_requirements_in(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("flask")
    project = read_project(written(tmp_path, setup_dot_py="1", setup_dot_cfg="", web_dot_in="flask", app_dot_py=""))
    assert project.build_files == {
        "requirements/base.txt": b"flask",
        "setup.cfg": b"",
        "setup.py": b"1",
        "web.in": b"flask",
    }


def test_poetrys_names_are_read_for_flask(tmp_path: Path) -> None:
    assert read_project(written(tmp_path, pyproject_dot_toml=POETRY + BUILD)).names_flask


def test_nothing_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        read_project(written(tmp_path, pyproject_dot_toml="[tool.ruff]\nline-length = 100\n"))
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, which has no requirements.txt, no pyproject.toml with [project], no "
        "setup.cfg and no setup.py; add a requirements.txt that names Flask and what else the application needs"
    )


POETRY_ALONE = (
    "[tool.poetry.dependencies] in pyproject.toml",
    "run poetry export --output requirements.txt there",
)


@pytest.mark.parametrize(
    ("files", "found", "remedy"),
    [
        ({"pyproject.toml": POETRY}, *POETRY_ALONE),
        ({"pyproject.toml": POETRY + BUILD + "[tool.poetry]\npackage-mode = false\n"}, *POETRY_ALONE),
        ({"Pipfile": ""}, "Pipfile", "run pipenv requirements > requirements.txt there"),
        (
            {"uv.lock": "", "pyproject.toml": "[tool.uv]\n"},
            "uv.lock",
            "run uv export --no-emit-project --output-file requirements.txt there",
        ),
        (
            {"requirements/base.txt": "", "requirements/prod.txt": ""},
            "requirements/base.txt and requirements/prod.txt",
            "add a requirements.txt with the line -r requirements/prod.txt, or another of them",
        ),
        (
            {"dev-requirements.txt": ""},
            "dev-requirements.txt",
            "add a requirements.txt with the line -r dev-requirements.txt, or another of them",
        ),
        (
            {"one/requirements.txt": "", "two/pyproject.toml": ""},
            "one/requirements.txt and two/pyproject.toml",
            "set app_image_directory to one or two",
        ),
        (
            {"setup.cfg": SETUP.replace("\n    flask\n    x", " file: r.in")},
            "setup.cfg",
            "add a setup.py that calls setup(), without which pip does not install the source",
        ),
    ],
)
def test_what_pip_does_not_read_is_named_with_a_way_out(
    tmp_path: Path, files: dict[str, str], found: str, remedy: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(SourceError) as refused:
        read_project(tmp_path)
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, which says what to install in {found}; expected a requirements.txt at its "
        f"root, or a project there that pip can install; {remedy}"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('project = "x"\n', "project is 'x' and not a table"),
        ('[project]\ndependencies = "flask"\n', "dependencies is 'flask' and not a list of texts"),
        ("[project]\ndependencies = [1]\n", "dependencies is [1] and not a list of texts"),
        ("[tool]\npoetry = 1\n", "poetry is 1 and not a table"),
    ],
)
def test_a_pyproject_with_another_type_than_it_must_have(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_project(written(tmp_path, pyproject_dot_toml=text))
    assert str(refused.value) == (
        f"{tmp_path}/pyproject.toml cannot be read: {said}; correct it and run the same command again"
    )


@pytest.mark.parametrize(
    "line",
    [
        "./package",
        "-e ./package",
        "-e package",
        "/opt/x",
        "file:///opt/x",
        "name @ file:///opt/x",
        "libs/x-1-py3-none-any.whl",
        "x-1.tar.gz",
        "C:\\x",
        "libs\\x.whl",
        "--find-links wheels",
        "-f file:///opt/wheels",
    ],
)
def test_local_paths_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_project(written(tmp_path, requirements_dot_txt=line))
    assert str(refused.value) == (
        f"{tmp_path}/requirements.txt asks for {line!r}, a local path, but requirements are installed before the "
        "source is there; name a released package instead, or bring a Dockerfile of your own"
    )


@pytest.mark.parametrize(
    "line",
    [
        "-c https://example.com/constraints.txt",
        "-r https://example.com/more.txt",
        "--find-links https://example.com/wheels/",
        "-e git+https://example.com/a/b@x#egg=b",
        "name @ https://example.com/name.zip",
        "https://example.com/name-1-py3-none-any.whl",
        'x[a]; python_version < "3"',
        "flask==3\\",
    ],
)
def test_what_is_elsewhere_is_pips_to_fetch(tmp_path: Path, line: str) -> None:
    assert read_project(written(tmp_path, requirements_dot_txt=line)).requirements == {"requirements.txt": f"{line}\n"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_files_that_windows_writes_are_read_as_pip_reads_them(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "requirements.txt").write_bytes("-r base.txt\r\n-e .[web]\r\n".encode(encoding))
    (tmp_path / "base.txt").write_bytes("flask  # für\r\n".encode(encoding))
    project = read_project(written(tmp_path, setup_dot_py=""))
    assert project.requirements == {"requirements.txt": "-r base.txt\n", "base.txt": "flask\n"}
    assert project.at(".") == ".[web]"


def test_a_file_that_says_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("# coding: cp1252\nflask # für\n".encode("cp1252"))
    assert read_project(tmp_path).requirements == {"requirements.txt": "flask\n"}


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"# f\xfcr\nflask\n", "UTF-8"), (b"# coding: none-such\nflask\n", "NONE-SUCH")]
)
def test_a_file_in_an_encoding_that_pip_cannot_know(tmp_path: Path, content: bytes, encoding: str) -> None:
    (tmp_path / "requirements.txt").write_bytes(content)
    with pytest.raises(SourceError) as refused:
        read_project(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}/requirements.txt is not {encoding}, as pip would read it; save it as UTF-8, or as UTF-16 with a "
        "byte order mark"
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
