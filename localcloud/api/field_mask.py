"""Partial replies: the `fields` parameter of Google's JSON APIs (`items(name,status),nextPageToken`, `a/b`, `*`)."""

from __future__ import annotations

import re
from typing import Any

from localcloud.errors.api import invalid_parameter

Mask = dict[str, "Mask"]
"""Field names to the mask below them; an empty mask keeps everything below."""

_TOKEN = re.compile(r"[\w@.*-]+|[(),/]")


def masked(document: Any, text: str) -> Any:
    """What the mask leaves of the document.

    Raises:
        ApiError: 400 when the mask cannot be read.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", ""):
        raise invalid_parameter("fields", text, "Invalid field selection.")
    try:
        mask = _selection(tokens)
    except IndexError:
        tokens = [""]
    if tokens:
        raise invalid_parameter("fields", text, "Invalid field selection.")
    return _kept(document, mask)


def _selection(tokens: list[str]) -> Mask:
    """Comma separated paths, up to the end or a closing parenthesis."""
    mask: Mask = {}
    while True:
        node = mask
        while True:
            node = node.setdefault(_name(tokens), {})
            if tokens[:1] != ["/"]:
                break
            tokens.pop(0)
        if tokens[:1] == ["("]:
            tokens.pop(0)
            node.update(_selection(tokens))
            if tokens.pop(0) != ")":
                raise IndexError
        if tokens[:1] != [","]:
            return mask
        tokens.pop(0)


def _name(tokens: list[str]) -> str:
    name = tokens.pop(0)
    if name in "(),/":
        raise IndexError
    return name


def _kept(document: Any, mask: Mask) -> Any:
    if not mask:
        return document
    if isinstance(document, list):
        return [_kept(item, mask) for item in document]
    if not isinstance(document, dict):
        return document
    every = mask.get("*")
    return {
        name: _kept(value, mask.get(name, every or {}))
        for name, value in document.items()
        if name in mask or every is not None
    }
