"""Paths name resources as Google does."""

from __future__ import annotations

import pytest

from localcloud.store.path import ResourcePath, compute_path

INSTANCE = ResourcePath("compute", "p", "zones/us-central1-a", "instances", "web")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("projects/p/zones/us-central1-a/instances/web", INSTANCE),
        ("https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/web", INSTANCE),
        ("https://compute.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/web", INSTANCE),
        ("projects/p/global/networks/n", ResourcePath("compute", "p", "global", "networks", "n")),
        ("projects/p/zones/us-central1-a", ResourcePath("compute", "p", "", "zones", "us-central1-a")),
        (
            "projects/cos-cloud/global/images/family/cos-stable",
            ResourcePath("compute", "cos-cloud", "global", "images/family", "cos-stable"),
        ),
    ],
)
def test_urls_and_partial_urls_name_the_same_resource(text: str, expected: ResourcePath) -> None:
    assert compute_path(text) == expected


@pytest.mark.parametrize(
    "text", ["", "web", "zones/a/instances/web", "projects/p/instances/web", "projects/p/global//n"]
)
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="^" + text):
        compute_path(text)


def test_a_path_gives_googles_link_and_back() -> None:
    assert compute_path(INSTANCE.self_link) == INSTANCE
    assert INSTANCE.scope_name == "us-central1-a"
    child = INSTANCE.child("managedInstances", "x")
    assert child.relative == "projects/p/zones/us-central1-a/instances/web/managedInstances/x"
