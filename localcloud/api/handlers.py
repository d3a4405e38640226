"""Finds every module of rules, so that its methods are registered."""

from __future__ import annotations

import importlib
import pkgutil

import localcloud.api.operations
import localcloud.resources


def register_handlers() -> None:
    """Import every module of localcloud.resources; each registers its methods when imported."""
    importlib.import_module(localcloud.api.operations.__name__)
    for module in pkgutil.iter_modules(localcloud.resources.__path__):
        importlib.import_module(f"{localcloud.resources.__name__}.{module.name}")
