"""What a pyproject.toml says: PEP 621's `[project]`, and what Poetry and uv say of whether the source is a package."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SourceUnreadableError

PYPROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Pyproject:
    """`dependencies` is None where `[project]` does not list them. `is_built` is whether pip can build the source.

    `poetry` are the names in [tool.poetry.dependencies], which only Poetry's own build reads.
    """

    dependencies: tuple[str, ...] | None = None
    python: str = ""
    is_built: bool = False
    is_described: bool = False
    poetry: tuple[str, ...] = ()


def read_pyproject(source: Path) -> Pyproject:
    """Read the source's; an empty one where there is none.

    Raises:
        SourceUnreadableError: it is not TOML, or what it says is of another type than it must be.
    """
    file = source / PYPROJECT
    if not file.is_file():
        return Pyproject()
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise SourceUnreadableError(file, str(wrong)) from wrong
    project, tool = _table(file, content, "project"), _table(file, content, "tool")
    poetry, uv = _table(file, tool, "poetry"), _table(file, tool, "uv")
    asked_of_poetry = _table(file, poetry, "dependencies")
    python = project.get("requires-python") or asked_of_poetry.get("python", "")
    return Pyproject(
        dependencies=_texts(file, project, "dependencies") if "dependencies" in project else None,
        python=python.strip() if isinstance(python, str) else "",
        is_built=_is_built(content, poetry, uv, _texts(file, project, "dynamic")),
        is_described="project" in content or "build-system" in content,
        poetry=tuple(name for name in asked_of_poetry if name != "python"),
    )


def _is_built(content: dict[str, Any], poetry: dict[str, Any], uv: dict[str, Any], dynamic: tuple[str, ...]) -> bool:
    """Whether the source is a package and not only a list of what it needs.

    Without a build system pip would take setuptools, which refuses a folder with both modules and templates.
    """
    if poetry.get("package-mode") is False or uv.get("package") is False:
        return False
    return "build-system" in content or "dependencies" in dynamic or uv.get("package") is True


def _table(file: Path, content: dict[str, Any], name: str) -> dict[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise SourceUnreadableError(file, f"{name} is {table!r} and not a table")
    return table


def _texts(file: Path, content: dict[str, Any], name: str) -> tuple[str, ...]:
    texts = content.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise SourceUnreadableError(file, f"{name} is {texts!r} and not a list of texts")
    return tuple(texts)
