"""What a .dockerignore leaves out, or a .gitignore where there is none.

Secrets of the machine where the source is, and what running the application there keeps, stay there: whoever may pull
an image can read its layers, and a database that changes is no change of the source. Lines of the source's own come
after these, so that `!.env` takes one back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import IgnorePatternError, SourceUnreadableError
from .pattern import expression

DOCKERIGNORE = ".dockerignore"
GITIGNORE = ".gitignore"
_SECRETS = (
    *("**/.env", "**/.env.*", "**/.envrc"),
    *("**/.netrc", "**/.pypirc", "**/.ssh", "**/.aws", "**/.config/gcloud"),
)
_INSTANCE_FOLDERS = ("instance", "src/instance")


@dataclass(frozen=True)
class _Rule:
    leaves_out: bool
    pattern: re.Pattern[str]
    only_folders: bool = False


class Ignored:
    """Called with a path relative to the source, written with `/`, it says whether that is left out."""

    def __init__(self, source: Path) -> None:
        file = source / (DOCKERIGNORE if (source / DOCKERIGNORE).is_file() else GITIGNORE)
        self.is_gits = file.is_file() and file.name == GITIGNORE
        self._lines = list(_lines(file)) if file.is_file() else []
        self._always = [_docker_rule(line) for line in (*_SECRETS, *_instances(source))]
        self._rules = [_checked(file, number, line, self.is_gits) for number, line in self._lines]

    def __call__(self, path: str) -> bool:
        own = _by_git(self._rules, path) if self.is_gits else _by_docker(self._rules, path)
        return bool(_by_docker(self._always, path) if own is None else own)

    def takes_back(self, path: str) -> bool:
        """Whether a line takes just this path back."""
        return any(line.startswith("!") and line[1:].strip().strip("/") == path for _, line in self._lines)


def ignored_by(source: Path) -> Ignored:
    """What the source leaves out.

    Raises:
        SourceUnreadableError: there is a file that says it, which cannot be read.
        IgnorePatternError: a line of it is no pattern.
    """
    return Ignored(source)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Its lines with their numbers, without comments."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise SourceUnreadableError(file, str(wrong)) from wrong
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def _instances(source: Path) -> Iterator[str]:
    """Lines for Flask's instance folders; the modules of one that is a package are imported, so they are code."""
    for folder in _INSTANCE_FOLDERS:
        yield folder
        if (source / folder / "__init__.py").is_file():
            yield f"!{folder}/**/*.py"


def _checked(file: Path, number: int, line: str, is_gits: bool) -> _Rule:
    try:
        return _git_rule(line) if is_gits else _docker_rule(line)
    except re.error as wrong:
        raise IgnorePatternError(file, number, line) from wrong


def _docker_rule(line: str) -> _Rule:
    """By Docker's reference."""
    pattern = line.removeprefix("!").strip().strip("/").removeprefix("./")
    # What matches a folder matches everything in it.
    return _Rule(not line.startswith("!"), re.compile(f"{expression(pattern)}(?:/.*)?", re.DOTALL))


def _by_docker(rules: list[_Rule], path: str) -> bool | None:
    """The last line that matches decides; None where none does."""
    matching = (rule.leaves_out for rule in reversed(rules) if rule.pattern.fullmatch(path))
    return next(matching, None)


def _git_rule(line: str) -> _Rule:
    """By gitignore(5): a pattern without a slash is a name in any folder, one that ends with a slash is a folder's."""
    pattern = line.removeprefix("!")
    name = pattern.rstrip("/")
    where = name.removeprefix("/") if "/" in name else f"**/{name}"
    compiled = re.compile(expression(where.replace("[!", "[^")), re.DOTALL)
    return _Rule(not line.startswith("!"), compiled, only_folders=pattern.endswith("/"))


def _by_git(rules: list[_Rule], path: str) -> bool | None:
    """As git goes down: nothing in a folder that is left out can be taken back."""
    parts = path.split("/")
    decision: bool | None = None
    for depth in range(1, len(parts) + 1):
        is_folder = depth < len(parts)
        here = "/".join(parts[:depth])
        meant = (rule for rule in reversed(rules) if is_folder or not rule.only_folders)
        said = next((rule.leaves_out for rule in meant if rule.pattern.fullmatch(here)), None)
        if said:
            return True
        decision = decision if said is None else said
    return decision
