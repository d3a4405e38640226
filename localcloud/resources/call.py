"""One API call as the rules see it, and the registry of the methods that have rules.

A handler is a function of a `Call`: it reads and writes `call.transaction`, and returns the reply document.
The API shell has already authenticated the caller, checked the permission, and validated parameters and body
against the discovery document; a handler checks only what discovery cannot say. It raises `ApiError` to
refuse; the transaction is then rolled back, so bad input changes nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import localcloud.resources
from localcloud.settings import Settings
from localcloud.store.store import Document, Transaction

Handler = Callable[["Call"], Document]

HANDLERS: dict[str, Handler] = {}
"""Discovery method id (`compute.instances.insert`) to its handler; any other method is answered 501."""


@dataclass(frozen=True)
class Call:
    """A validated, authenticated API call.

    Attributes:
        method: discovery method id, such as `compute.regionAutoscalers.patch`.
        parameters: path and query parameters by their discovery names, typed as discovery says.
        body: the request body, or an empty document.
        transaction: everything the handler reads and writes; committed when it returns.
        now: cloud time in seconds since the epoch.
        principal: e-mail of the caller.
        settings: of this local cloud.
    """

    method: str
    parameters: Mapping[str, Any]
    body: Document
    transaction: Transaction
    now: float
    principal: str
    settings: Settings

    @property
    def project(self) -> str:
        """The project the call is about."""
        return str(self.parameters["project"])

    @property
    def location(self) -> str:
        """`zones/Z`, `regions/R` or `global`, from the path parameters of a Compute Engine method."""
        if zone := self.parameters.get("zone"):
            return f"zones/{zone}"
        if region := self.parameters.get("region"):
            return f"regions/{region}"
        return "global"


def register_handlers() -> None:
    """Import every module of rules; each registers its methods when it is imported."""
    for module in pkgutil.iter_modules(localcloud.resources.__path__):
        importlib.import_module(f"{localcloud.resources.__name__}.{module.name}")


def handles(*methods: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for these discovery method ids."""

    def register(handler: Handler) -> Handler:
        for method in methods:
            if method in HANDLERS:
                raise ValueError(f"{method} has two handlers")
            HANDLERS[method] = handler
        return handler

    return register
