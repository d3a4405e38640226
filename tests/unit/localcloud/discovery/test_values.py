"""Scalars by Google's JSON mapping."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.discovery.values import read_scalar


@pytest.mark.parametrize(
    ("kind", "form", "value", "read"),
    [
        ("boolean", None, True, True),
        ("boolean", None, "false", False),
        ("integer", "int32", "-5", -5),
        ("integer", "int32", 7.0, 7),
        ("integer", "uint32", 2**32 - 1, 2**32 - 1),
        ("number", "double", "0.5", 0.5),
        ("number", "float", 2, 2.0),
        ("string", "int64", 10, "10"),
        ("string", "uint64", "18446744073709551615", "18446744073709551615"),
        ("string", "byte", "-_8=", "-_8="),
        ("string", "byte", "YQ", "YQ"),
        ("string", "google-duration", "1.5s", "1.5s"),
        ("string", "google-datetime", "2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789Z"),
        ("string", None, "", ""),
    ],
)
def test_a_good_value_is_normalised(kind: str, form: str | None, value: Any, read: Any) -> None:
    result = read_scalar(kind, form, value)
    assert (result, type(result)) == (read, type(read))


@pytest.mark.parametrize(
    ("kind", "form", "value", "expected"),
    [
        ("boolean", None, 1, "expected true or false"),
        ("boolean", None, "yes", "expected true or false"),
        ("integer", "int32", 2**31, "expected an integer from -2147483648 to 2147483647"),
        ("integer", "uint32", -1, "expected an integer from 0 to 4294967295"),
        ("integer", "int32", 1.5, "expected an integer"),
        ("integer", "int32", True, "expected an integer"),
        ("number", "double", "much", "expected a number"),
        ("number", "double", True, "expected a number"),
        ("number", "double", float("inf"), "expected a finite number"),
        ("string", "int64", "1e3", "expected an integer"),
        ("string", "byte", "a$b", "expected base64"),
        ("string", "google-duration", "5", "expected seconds followed by 's', such as 3.5s"),
        ("string", "google-datetime", "2026-02-30T00:00:00Z", "expected an RFC 3339 time"),
        ("string", "google-datetime", "yesterday", "expected an RFC 3339 time"),
        ("string", None, 5, "expected a string"),
    ],
)
def test_a_bad_value_says_what_was_expected(kind: str, form: str | None, value: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{expected}$"):
        read_scalar(kind, form, value)
