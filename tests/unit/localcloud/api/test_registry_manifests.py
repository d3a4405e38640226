"""Pages of tags."""

from __future__ import annotations

import pytest

from localcloud.api.registry_manifests import tags_page

TAGS = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("query", "page", "follow"),
    [
        ("", ["a", "b", "c"], ""),
        ("n=2", ["a", "b"], "n=2&last=b"),
        ("n=2&last=b", ["c"], ""),
        ("n=3", ["a", "b", "c"], ""),
        ("n=some", ["a", "b", "c"], ""),
        ("last=z", [], ""),
    ],
)
def test_a_page_of_tags(query: str, page: list[str], follow: str) -> None:
    assert tags_page(TAGS, query) == (page, follow)
