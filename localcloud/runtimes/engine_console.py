"""A container's console as the engine gives it: lines, each after the time at which it was written. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", re.ASCII)
"""RFC 3339 with nine digits, as the engine writes it: stamps sort as text."""


def console_lines(output: str) -> list[tuple[str, str]]:
    """Each line with its time; what has none was torn off its line, and is left out.

    A line ends where the engine ends it. What else str.splitlines() takes for an end is for the machine to print.
    """
    parts = (line.removesuffix("\r").partition(" ") for line in output.split("\n"))
    return [(stamp, content) for stamp, _, content in parts if is_stamp(stamp)]


def is_stamp(text: str) -> bool:
    """Whether it is a time as the console gives it."""
    if not _STAMP.fullmatch(text):
        return False
    try:
        unix_second(text)
    except ValueError:  # a month 13
        return False
    return True


def unix_second(stamp: str) -> int:
    """The whole second of a time that the console gave."""
    return int(datetime.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp())
