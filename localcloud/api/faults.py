"""Faults that are injected on purpose: API methods that fail now and then. Kept in memory: a restart forgets them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from localcloud.errors.api import ApiError, fault_injected
from localcloud.errors.program import LocalCloudError

_KNOWN = frozenset({"method", "status", "rate", "count"})


class FaultError(LocalCloudError):
    """A fault that was asked for makes no sense."""


@dataclass
class Fault:
    """One rule.

    Attributes:
        method: discovery method id; `*` matches any run of characters.
        status: HTTP status that is answered, 400 to 599.
        rate: share of calls that fail, above 0 up to 1.
        left: how many more calls fail; None: no limit.
    """

    method: str
    status: int
    rate: float
    left: int | None

    def document(self) -> dict[str, Any]:
        """As the admin port shows it."""
        return {"method": self.method, "status": self.status, "rate": self.rate, "left": self.left}


def read_fault(document: Mapping[str, Any]) -> Fault:
    """A fault from the admin port's JSON.

    Raises:
        FaultError: a key is unknown or a value is out of its range.
    """
    unknown = sorted(document.keys() - _KNOWN)
    if unknown:
        raise FaultError(f"a fault has no '{unknown[0]}'; expected {', '.join(sorted(_KNOWN))}")
    method, status = document.get("method"), document.get("status", 503)
    rate, count = document.get("rate", 1.0), document.get("count")
    if not isinstance(method, str) or "." not in method:
        raise FaultError(f"method is '{method}'; expected a method id such as compute.instances.list")
    if type(status) is not int or not 400 <= status <= 599:
        raise FaultError(f"status is '{status}'; expected an HTTP status from 400 to 599")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
        raise FaultError(f"rate is '{rate}'; expected a number above 0, up to 1")
    if count is not None and (type(count) is not int or count < 1):
        raise FaultError(f"count is '{count}'; expected a whole number from 1")
    return Fault(method, status, float(rate), count)


class Faults:
    """The rules in force.

    Args:
        draw: a number from 0 up to 1 for every call that a rule matches.
    """

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a rule in force, after those that are."""
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        """Drop every rule."""
        with self._lock:
            self._rules.clear()

    def documents(self) -> list[dict[str, Any]]:
        """The rules in force, as the admin port shows them."""
        with self._lock:
            return [fault.document() for fault in self._rules]

    def strike(self, method: str) -> ApiError | None:
        """The error this call gets, or None; the first rule that matches and draws decides."""
        with self._lock:
            for fault in self._rules:
                if fnmatchcase(method, fault.method) and fault.left != 0 and self._draw() < fault.rate:
                    if fault.left is not None:
                        fault.left -= 1
                    return fault_injected(method, fault.status)
        return None
