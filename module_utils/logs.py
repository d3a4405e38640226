"""What to show of a long log. Pure."""

from __future__ import annotations

import re

_EXCEPTION = re.compile(r"(?:^|\s)((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Exit)(?::.*)?)$")
_EXCEPTIONS = 3
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def has_exception(log: str) -> bool:
    """Whether a line of a log is one that Python ends a traceback with."""
    return any(_EXCEPTION.search(line.rstrip()) for line in log.splitlines())


def telling_lines(log: str, count: int) -> list[str]:
    """The last lines of a log, without blank ones and colours; above them the last exceptions that scrolled away.

    Args:
        log: what an application, an engine or an instance wrote.
        count: how many of the last lines.
    """
    lines = [line.rstrip() for line in _TERMINAL.sub("", log).splitlines() if line.strip()]
    tail = lines[-count:] if count else []
    shown = {found[1] for line in tail if (found := _EXCEPTION.search(line))}
    scrolled: dict[str, str] = {}
    for line in lines[: len(lines) - len(tail)]:
        found = _EXCEPTION.search(line)
        if found and found[1] not in shown:
            scrolled.pop(found[1], None)
            scrolled[found[1]] = line
    return [*list(scrolled.values())[-_EXCEPTIONS:], *tail]
