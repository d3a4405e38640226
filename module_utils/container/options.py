"""The options of modules that ask an engine; doc_fragments/application.py documents them."""

from __future__ import annotations

from typing import Any

ENGINE_OPTIONS: dict[str, dict[str, Any]] = {"docker": {"type": "str", "default": "docker"}}
