"""What a source says about itself as a Python project: its requirements and the Python that it wants.

Follows pip's requirements files, the `[project]` table of pyproject.toml (PEP 621) and setup.cfg's `[options]`.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .errors import RequirementsElsewhereError, RequirementsMissingError, SourceUnreadableError
from .pyproject import PYPROJECT, Pyproject, read_pyproject
from .requirements import REQUIREMENTS, read_requirements

_FLASK = re.compile(r"^flask(?:[-_][\w.-]+)?\s*(?:$|[\[<>=!~;,@ (])", re.IGNORECASE)
_SETUP, _SETUP_CFG = "setup.py", "setup.cfg"
# What a build reads to say what the project needs: its own files, and where many a setup.py has its requirements.
_BUILD_FILES = (PYPROJECT, _SETUP, _SETUP_CFG, "*.txt", "*.in", "requirements/**/*")
_DEPLOYED = ("prod", "deploy", "base")  # of several, the one to take is called so


@dataclass(frozen=True)
class Project:
    """`requirements` are files for pip by their path in the source; REQUIREMENTS is the one that pip is given.

    `itself` is whether the source is installed too, with these `extras`, so that its metadata is there and what only
    its build knows that it needs; `build_files` are what the build may learn that from. `python` is a version specifier
    or empty. `lines` are all the requirements that can be read without running anything.
    """

    requirements: dict[str, str] = field(default_factory=dict)
    itself: bool = False
    extras: tuple[str, ...] = ()
    python: str = ""
    lines: tuple[str, ...] = ()
    build_files: dict[str, bytes] = field(default_factory=dict)

    @property
    def names_flask(self) -> bool:
        """Whether a requirement is Flask or one of its extensions."""
        return any(_FLASK.match(line) for line in self.lines)

    def at(self, folder: str) -> str:
        """How pip is asked for the project in a folder: `.[web]`."""
        return f"{folder}[{','.join(self.extras)}]" if self.extras else folder


def read_project(source: Path) -> Project:
    """Read requirements.txt, else pyproject.toml, else setup.cfg, else trust setup.py.

    Raises:
        RequirementsMissingError: there is none of them, or none that pip can install from.
        SourceUnreadableError, RequirementsEncodingError: one of them cannot be read.
        RequirementLocalError: a requirement is a path.
        IncludedRequirementsMissingError: an included file is not there.
    """
    pyproject = read_pyproject(source)
    options = _setup_cfg(source / _SETUP_CFG)
    python = pyproject.python or options.get("python_requires", "").strip()
    has_setup = (source / _SETUP).is_file()
    if (source / REQUIREMENTS).is_file():
        asked = read_requirements(source)
        itself = asked.itself and (pyproject.is_described or bool(options) or has_setup)
        build_files = _build_files(source) if itself else {}
        return Project(asked.contents, itself, tuple(sorted(asked.extras)), python, asked.lines, build_files)
    lines = [*(pyproject.dependencies or ()), *_listed(options)]
    itself = pyproject.is_built or has_setup
    if not itself:
        _check_listed(source, pyproject, options)
    return Project(
        requirements={REQUIREMENTS: "".join(f"{line}\n" for line in lines)},
        itself=itself,
        python=python,
        lines=(*lines, *pyproject.poetry),
        build_files=_build_files(source) if itself else {},
    )


def _setup_cfg(file: Path) -> dict[str, str]:
    """The options of a setup.cfg that installs something; empty where it only configures tools."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(file, "utf-8")
    except (configparser.Error, UnicodeDecodeError) as wrong:
        raise SourceUnreadableError(file, " ".join(str(wrong).split())) from wrong
    if not parser.has_option("metadata", "name"):
        return {}
    return {"name": parser["metadata"]["name"], **(parser["options"] if parser.has_section("options") else {})}


def _listed(options: dict[str, str]) -> list[str]:
    """The requirements in setup.cfg itself; those that it takes from a file are the build's to find."""
    listed = options.get("install_requires", "")
    return [] if listed.startswith("file:") else [line.strip() for line in listed.splitlines() if line.strip()]


def _build_files(source: Path) -> dict[str, bytes]:
    files = {file for pattern in _BUILD_FILES for file in source.glob(pattern) if file.is_file()}
    try:
        return {file.relative_to(source).as_posix(): file.read_bytes() for file in sorted(files)}
    except OSError as wrong:
        raise SourceUnreadableError(Path(wrong.filename), wrong.strerror or str(wrong)) from wrong


def _check_listed(source: Path, pyproject: Pyproject, options: dict[str, str]) -> None:
    """See that a source that pip cannot install lists what it needs where that can be read."""
    if pyproject.dependencies is not None or _listed(options):
        return
    elsewhere = next(_elsewhere(source, pyproject, options), None)
    if elsewhere:
        raise RequirementsElsewhereError(source, *elsewhere)
    if not pyproject.is_described:
        raise RequirementsMissingError(source)


def _elsewhere(source: Path, pyproject: Pyproject, options: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What else says what to install, and how it becomes a requirements.txt."""
    if pyproject.poetry:
        yield "[tool.poetry.dependencies] in pyproject.toml", "run poetry export --output requirements.txt there"
    if (source / "Pipfile").is_file():
        yield "Pipfile", "run pipenv requirements > requirements.txt there"
    if (source / "uv.lock").is_file():
        yield "uv.lock", "run uv export --no-emit-project --output-file requirements.txt there"
    others = [*sorted(source.glob("requirements/*.txt")), *sorted(source.glob("*requirements*.txt"))]
    if others:
        names = [file.relative_to(source).as_posix() for file in others]
        deployed = next((name for word in _DEPLOYED for name in names if word in name), names[0])
        yield " and ".join(names), f"add a requirements.txt with the line -r {deployed}, or another of them"
    within = [file for name in (REQUIREMENTS, PYPROJECT, _SETUP) for file in sorted(source.glob(f"*/{name}"))]
    if within:
        folders = sorted({file.parent.name for file in within})
        found = " and ".join(file.relative_to(source).as_posix() for file in within)
        yield found, f"set app_image_directory to {' or '.join(folders)}"
    if options:
        yield _SETUP_CFG, "add a setup.py that calls setup(), without which pip does not install the source"
