"""What a .dockerignore leaves out. Follows Docker's reference: the last line that matches decides, `!` takes back.

Secrets of the machine where the source is, and what running the application there keeps, stay there: whoever may pull
an image can read its layers, and a database that changes is no change of the source. Lines of the source's own come
after these, so that `!.env` takes one back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import SourceUnreadableError

DOCKERIGNORE = ".dockerignore"
_SECRETS = ("**/.env", "**/.env.*")
_INSTANCE_FOLDERS = ("instance", "src/instance")


def ignored_by(source: Path) -> Callable[[str], bool]:
    """A function that says of a path relative to the source, written with `/`, whether it is left out.

    Raises:
        SourceUnreadableError: there is one that cannot be read.
    """
    file = source / DOCKERIGNORE
    try:
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    except (OSError, UnicodeDecodeError) as wrong:
        raise SourceUnreadableError(file, str(wrong)) from wrong
    lines = [*_SECRETS, *_instances(source), *lines]
    rules = [_rule(line.strip()) for line in lines if line.strip() and not line.startswith("#")]

    def ignored(path: str) -> bool:
        decision = False
        for leaves_out, pattern in rules:
            if pattern.match(path):
                decision = leaves_out
        return decision

    return ignored


def _instances(source: Path) -> Iterator[str]:
    """Lines for Flask's instance folders; the modules of one that is a package are imported, so they are code."""
    for folder in _INSTANCE_FOLDERS:
        yield folder
        if (source / folder / "__init__.py").is_file():
            yield f"!{folder}/**/*.py"


def _rule(line: str) -> tuple[bool, re.Pattern[str]]:
    leaves_out = not line.startswith("!")
    pattern = line.removeprefix("!").strip().strip("/").removeprefix("./")
    # What matches a folder matches everything in it.
    return leaves_out, re.compile(f"{_expression(pattern)}(?:/.*)?$", re.DOTALL)


def _expression(pattern: str) -> str:
    """The pattern as a regular expression: `**` is any number of folders, `*` and `?` stay within a name."""
    parts = re.split(r"(\*\*/?|\*|\?|\[[^]]*\])", pattern)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(meanings.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts)
