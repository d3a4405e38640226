"""What a source says about itself as a Python project: its requirements and the Python that it wants.

Follows the `[project]` table of pyproject.toml (PEP 621), setup.cfg's `[options]`, and pip's requirements files.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import (
    IncludedRequirementsMissingError,
    RequirementLocalError,
    RequirementsMissingError,
    SourceUnreadableError,
)

REQUIREMENTS = "requirements.txt"
_INCLUDE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[ =]*(?P<file>\S+)")
_ITSELF = re.compile(r"^(?:(?:-e|--editable)[ =]*)?\.(?:/)?(?:\[[^]]*\])?$")
_LOCAL = re.compile(r"^(?:(?:-e|--editable)[ =]*)?(?:\.|/|~|file:)|^[^#]*@\s*file:")
_FLASK = re.compile(r"^flask(?:[-_][\w.-]+)?\s*(?:$|[\[<>=!~;,@ (])", re.IGNORECASE)


@dataclass(frozen=True)
class Project:
    """`requirements` are files for pip by their path in the source; the first is the one that pip is given.

    `itself` is whether the source is installed too, so that its metadata is there. `python` is a version specifier or
    empty. `lines` are all the requirements that can be read without running anything.
    """

    requirements: dict[str, str] = field(default_factory=dict)
    itself: bool = False
    python: str = ""
    lines: tuple[str, ...] = ()

    @property
    def names_flask(self) -> bool:
        """Whether a requirement is Flask or one of its extensions."""
        return any(_FLASK.match(line) for line in self.lines)


def read_project(source: Path) -> Project:
    """Read requirements.txt, else pyproject.toml, else setup.cfg, else trust setup.py.

    Raises:
        RequirementsMissingError: there is none of them.
        SourceUnreadableError: one of them cannot be parsed.
        RequirementLocalError: a requirement is a path.
        IncludedRequirementsMissingError: an included file is not there.
    """
    pyproject = _table(source / "pyproject.toml")
    table = pyproject.get("project", {})
    options = _setup_cfg(source / "setup.cfg")
    python = str(table.get("requires-python") or options.get("python_requires", "")).strip()
    installable = bool(table or options) or "build-system" in pyproject or (source / "setup.py").is_file()
    if (source / REQUIREMENTS).is_file():
        contents: dict[str, str] = {}
        itself = _gather(source, Path(REQUIREMENTS), contents) and installable
        lines = [line for text in contents.values() for line in text.splitlines()]
        return Project(contents, itself, python, tuple(lines))
    if not installable:
        raise RequirementsMissingError(source)
    lines = [str(line) for line in table.get("dependencies", [])]
    lines += [line.strip() for line in options.get("install_requires", "").splitlines() if line.strip()]
    return Project({REQUIREMENTS: "".join(f"{line}\n" for line in lines)}, True, python, tuple(lines))


def _table(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise SourceUnreadableError(file, str(wrong)) from wrong


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


def _gather(source: Path, file: Path, contents: dict[str, str]) -> bool:
    """Collect a requirements file and those that it includes; true when one of them asks for the source itself."""
    try:
        lines = [line.split(" #")[0].strip() for line in (source / file).read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as wrong:
        raise SourceUnreadableError(source / file, str(wrong)) from wrong
    kept = [line for line in lines if line and not line.startswith("#")]
    itself = any(_ITSELF.match(line) for line in kept)
    kept = [line for line in kept if not _ITSELF.match(line)]
    contents[file.as_posix()] = "".join(f"{line}\n" for line in kept)
    for line in kept:
        included = _INCLUDE.match(line)
        if included:
            target = (source / file.parent / included["file"]).resolve()
            if not target.is_file() or not target.is_relative_to(source.resolve()):
                raise IncludedRequirementsMissingError(source / file, line)
            relative = target.relative_to(source.resolve())
            if relative.as_posix() not in contents:
                itself = _gather(source, relative, contents) or itself
        elif _LOCAL.match(line):
            raise RequirementLocalError(source / file, line)
    return itself
