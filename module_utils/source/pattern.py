"""The patterns of .dockerignore and .gitignore, as regular expressions."""

from __future__ import annotations

import re

_PARTS = re.compile(r"(\*\*/?|\*|\?|\\.|\[\^?\]?[^]]*\])", re.DOTALL)
_MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def expression(pattern: str) -> str:
    """The pattern as a regular expression: `**` is any number of folders, `*` and `?` stay within a name.

    Raises:
        re.error: a bracket is not closed.
    """
    return "".join(_meaning(part) for part in _PARTS.split(pattern))


def _meaning(part: str) -> str:
    if part in _MEANINGS:
        return _MEANINGS[part]
    if part.startswith("[") and part.endswith("]"):
        inverted = part.startswith("[^")
        content = re.sub(r"([\[\]&|~])", r"\\\1", part[1 + inverted : -1])
        return f"[{'^' if inverted else ''}{content}]"
    if "[" in part and not part.startswith("\\"):
        raise re.error("a bracket is not closed", part)
    return re.escape(part.removeprefix("\\"))
