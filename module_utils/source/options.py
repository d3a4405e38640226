"""The options of modules that read a source; doc_fragments/application.py documents them."""

from __future__ import annotations

from typing import Any

SOURCE_OPTIONS: dict[str, dict[str, Any]] = {
    "source": {"type": "str", "required": True},
    "revision": {"type": "str", "default": ""},
    "directory": {"type": "str", "default": ""},
    "cache": {"type": "path", "default": "~/.cache/flaskscale/sources"},
    "application": {"type": "str", "default": ""},
}
