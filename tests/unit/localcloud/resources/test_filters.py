"""List filters: AIP-160 expressions and the older regular-expression form."""

from __future__ import annotations

import pytest

from localcloud.errors.api import ApiError
from localcloud.resources.filters import compile_filter

WEB = {
    "name": "web-1",
    "status": "RUNNING",
    "size": 3,
    "labels": {"app": "shop"},
    "tags": {"items": ["http"]},
    "on": True,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("name = web-1", True),
        ('name="web-2"', False),
        ("name != web-2", True),
        ("name = web-*", True),
        ("name : WEB", True),
        ("labels.app:*", True),
        ("labels.other:*", False),
        ("labels.app=shop", True),
        ("labels:app", True),
        ("tags.items = http", True),
        ("size > 2", True),
        ("size >= 4", False),
        ("size < 10", True),
        ("on = true", True),
        ("(name = web-1) (status = RUNNING)", True),
        ("name = web-1 AND status = STOPPED", False),
        ("name = web-2 OR status = RUNNING", True),
        ("NOT name = web-1", False),
        ("name eq web-.*", True),
        ("name eq web", False),
        ("name ne web", True),
        ('name eq "web-1"', True),
    ],
)
def test_matches(text, expected):
    assert compile_filter(text)(WEB) is expected


@pytest.mark.parametrize("text", ["name =", "(name = a", "= a", "name = a)", "name eq (", "name ~ a"])
def test_unreadable(text):
    with pytest.raises(ApiError) as caught:
        compile_filter(text)
    assert caught.value.message == f"Invalid value for field 'filter': '{text}'. Invalid list filter expression."
