"""What the `web` line of a Procfile gives gunicorn to serve; nothing else of the file is used."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PROCFILE = "Procfile"
_WEB = re.compile(r"^web[ \t]*:[ \t]*(?P<command>.+?)[ \t\r]*$", re.MULTILINE)
_TARGET = re.compile(r"^(?P<module>[A-Za-z_][\w.]*)(?::(?P<name>[A-Za-z_]\w*(?:\.\w+)*(?:\(.*\))?))?$", re.DOTALL)
_DEFAULT_NAME = "application"  # what gunicorn takes of a module that is named alone
_OPERATORS = {"&&", "||", ";", "|", "&"}
# Gunicorn's options without a value; every other takes one, as `--workers 4`, `--workers=4`, `-w 4` or `-w4`.
_FLAGS = frozenset(
    {"-D", "-R", "--capture-output", "--casefold-http-method", "--check-config", "--daemon"}
    | {"--disable-redirect-access-to-syslog", "--do-handshake-on-connect", "--enable-backlog-metric"}
    | {"--enable-stdio-inheritance", "--http2-cleartext", "--initgroups", "--log-syslog", "--no-control-socket"}
    | {"--no-sendfile", "--permit-obsolete-folding", "--permit-unconventional-http-method", "--preload"}
    | {"--permit-unconventional-http-version", "--print-config", "--proxy-protocol", "--reload", "--reuse-port"}
    | {"--spew", "--strip-header-spaces", "--suppress-ragged-eofs"}
)


@dataclass(frozen=True)
class Served:
    """`folders` are those that gunicorn would import `module` from, in its order; `said` is how the file says it.

    They are paths in the source. One outside of it, as `/app` on the machine that the file was written for, is the
    source itself.
    """

    module: str
    name: str
    folders: tuple[str, ...]
    said: str


def served_by_procfile(source: Path) -> Served | None:
    """The application that the `web` line names; None where there is no such line, or none that says it to gunicorn."""
    file = source / PROCFILE
    web = _WEB.search(file.read_text("utf-8", "replace")) if file.is_file() else None
    try:
        commands = list(_commands(web["command"])) if web else []
    except ValueError:  # a quotation without an end: no shell would run it
        return None
    folder = ""
    for command in commands:
        if command[0] == "cd":
            folder = _joined(folder, command[1] if len(command) > 1 else "")
        programs = [position for position, word in enumerate(command) if PurePosixPath(word).name == "gunicorn"]
        served = _served(command[programs[0] + 1 :], folder) if programs else None
        if served:
            return served
    return None


def _commands(line: str) -> Iterator[list[str]]:
    """The words of each command of a line, between `&&` and the like."""
    words = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    words.whitespace_split, words.commenters = True, ""
    command: list[str] = []
    for word in [*words, ";"]:
        if word not in _OPERATORS:
            command.append(word)
        elif command:
            yield command
            command = []


def _served(words: list[str], folder: str) -> Served | None:
    options, arguments = _options(words)
    target = _TARGET.match(arguments[0]) if arguments else None
    if target is None:
        return None
    here = _joined(folder, options.get("--chdir", ""))
    also = [_joined(here, path) for path in options.get("--pythonpath", "").split(",") if path]
    # Gunicorn puts each of these before all that it has already.
    return Served(target["module"], target["name"] or _DEFAULT_NAME, (*reversed(also), here), f"gunicorn {target[0]}")


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and what is neither."""
    options: dict[str, str] = {}
    arguments: list[str] = []
    waiting = ""
    for word in words:
        if waiting:
            options[waiting] = word
            waiting = ""
        elif word.startswith("--") and "=" in word:
            name, _, options_value = word.partition("=")
            options[name] = options_value
        elif word.startswith("--") or (word.startswith("-") and len(word) == len("-w")):
            waiting = "" if word in _FLAGS else word
        elif not word.startswith("-"):
            arguments.append(word)
    return options, arguments


def _joined(folder: str, path: str) -> str:
    """A folder in the source, empty for the source itself."""
    if path.startswith("/"):
        return ""
    parts: list[str] = []
    for part in PurePosixPath(folder, path).parts:
        if part == ".." and not parts:
            return ""
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)
