"""The `fields` parameter."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.api.field_mask import masked
from localcloud.errors.api import ApiError

DOCUMENT = {
    "kind": "list",
    "items": [{"name": "a", "disks": [{"type": "t", "mode": "m"}], "labels": {"x": "1", "y": "2"}}],
}


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("kind", {"kind": "list"}),
        ("items/name", {"items": [{"name": "a"}]}),
        ("items(name,disks/type)", {"items": [{"name": "a", "disks": [{"type": "t"}]}]}),
        ("items(labels(x)),kind", {"kind": "list", "items": [{"labels": {"x": "1"}}]}),
        ("items/*/y", {"items": [{"name": "a", "disks": [{}], "labels": {"y": "2"}}]}),
        ("*", DOCUMENT),
        ("nothing", {}),
    ],
)
def test_a_mask_keeps_what_it_names(mask: str, left: Any) -> None:
    assert masked(DOCUMENT, mask) == left


@pytest.mark.parametrize("mask", ["", "a(", "a(b", "a)", "a,,b", "a;b", "/a", "(a)"])
def test_a_mask_that_cannot_be_read_is_refused(mask: str) -> None:
    with pytest.raises(ApiError) as caught:
        masked(DOCUMENT, mask)
    assert caught.value.message == f"Invalid value for parameter 'fields': '{mask}'. Invalid field selection."
