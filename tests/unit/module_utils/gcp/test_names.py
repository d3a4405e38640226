"""References in every spelling, in the one form in which they are compared."""

from __future__ import annotations

import pytest

from module_utils.gcp.errors import ReferenceAmbiguousError
from module_utils.gcp.names import full, last, method_at, normalise, relative
from module_utils.gcp.resource import Place, Reference, camel

ZONE = Place("p", "zone", "us-central1-a")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("h", "projects/p/global/healthChecks/h"),
        ("global/healthChecks/h", "projects/p/global/healthChecks/h"),
        ("regions/r/healthChecks/h", "projects/p/regions/r/healthChecks/h"),
        ("projects/q/global/healthChecks/h", "projects/q/global/healthChecks/h"),
        ("/projects/q/global/healthChecks/h", "projects/q/global/healthChecks/h"),
        ("https://www.googleapis.com/compute/v1/projects/q/global/healthChecks/h", "projects/q/global/healthChecks/h"),
        ("https://compute.googleapis.com/compute/beta/projects/q/global/x/h", "projects/q/global/x/h"),
        ("//compute.googleapis.com/compute/v1/projects/q/global/x/h", "projects/q/global/x/h"),
        ("", ""),
    ],
)
def test_normalise(value: str, expected: str) -> None:
    assert normalise(value, Reference("healthChecks"), ZONE, "health_check") == expected


def test_a_bare_name_in_the_same_scope() -> None:
    target = Reference("instanceGroupManagers", "same")
    assert normalise("g", target, ZONE, "target") == "projects/p/zones/us-central1-a/instanceGroupManagers/g"
    region = Place("p", "region", "us-central1")
    assert normalise("g", target, region, "target") == "projects/p/regions/us-central1/instanceGroupManagers/g"


def test_a_zone_by_name() -> None:
    assert (
        normalise("us-central1-f", Reference("zones", "zone_name"), ZONE, "zones") == "projects/p/zones/us-central1-f"
    )


def test_a_bare_name_without_a_place_is_refused() -> None:
    with pytest.raises(ReferenceAmbiguousError) as refused:
        normalise("g", Reference("instanceGroups", "explicit"), Place("p"), "group")
    assert str(refused.value) == (
        "group is 'g', a bare name, but its zone or region cannot be known from here; "
        "give a partial path such as regions/REGION/instanceGroups/g"
    )


def test_methods_of_a_zone_and_of_a_region() -> None:
    assert method_at(ZONE, "autoscalers.get") == "compute.autoscalers.get"
    assert method_at(Place("p", "region", "us-central1"), "autoscalers.get") == "compute.regionAutoscalers.get"


def test_links() -> None:
    assert full("projects/p/global/x/h") == "https://www.googleapis.com/compute/v1/projects/p/global/x/h"
    assert relative(full("projects/p/global/x/h")) == "projects/p/global/x/h"
    assert relative("e2-medium") == "e2-medium"
    assert last("projects/p/global/x/h") == "h"
    assert last("") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("name", "name"), ("auto_healing_policies", "autoHealingPolicies"), ("disk_size_gb", "diskSizeGb")],
)
def test_camel(name: str, expected: str) -> None:
    assert camel(name) == expected
