"""Scalar values as Google's JSON mapping reads and writes them: int64 as text, durations, base64, RFC 3339.

Each reader takes a JSON value (or a query parameter's text) and gives the normalised value, or raises ValueError
with what was expected.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_INTEGER = re.compile(r"-?\d{1,20}(\.0+)?")
_RANGES: Mapping[str, tuple[int, int]] = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


def read_scalar(kind: str, form: str | None, value: Any) -> Any:
    """The normalised value of a scalar schema with type `kind` and format `form`.

    Raises:
        ValueError: the value is not one; the text says what was expected.
    """
    return _READERS[kind](form, value)


def _boolean(_form: str | None, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError("expected true or false")


def _integer(form: str | None, value: Any) -> int:
    low, high = _RANGES[form or "int64"]
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not _INTEGER.fullmatch(text):
        raise ValueError("expected an integer")
    number = int(text.partition(".")[0])
    if not low <= number <= high:
        raise ValueError(f"expected an integer from {low} to {high}")
    return number


def _number(_form: str | None, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("expected a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("expected a number") from None
    if not math.isfinite(number):
        raise ValueError("expected a finite number")
    return number


def _string(form: str | None, value: Any) -> str:
    if form in ("int64", "uint64"):
        return str(_integer(form, value))
    if not isinstance(value, str):
        raise ValueError("expected a string")
    check = _STRING_FORMS.get(form or "")
    if check:
        check(value)
    return value


def _byte(value: str) -> None:
    try:
        base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        raise ValueError("expected base64") from None


def _duration(value: str) -> None:
    if not _DURATION.fullmatch(value):
        raise ValueError("expected seconds followed by 's', such as 3.5s")


def _datetime(value: str) -> None:
    try:
        if not _DATETIME.fullmatch(value):
            raise ValueError
        datetime.fromisoformat(re.sub(r"\.\d+", "", value))
    except ValueError:
        raise ValueError("expected an RFC 3339 time") from None


_STRING_FORMS: Mapping[str, Callable[[str], None]] = {
    "byte": _byte,
    "google-datetime": _datetime,
    "google-duration": _duration,
}
_READERS: Mapping[str, Callable[[str | None, Any], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
}
