"""Reading and changing documents by field."""

from __future__ import annotations

import pytest

from localcloud.errors.api import ApiError
from localcloud.resources.fields import checked_name, fill, merged, places, without_nulls


def test_places_step_into_arrays_and_objects():
    document = {"backends": [{"group": "a"}, {}, {"group": "b"}], "healthChecks": ["c"]}
    found = [(field, container[key]) for field, container, key in places(document, "backends[].group")]
    assert found == [("resource.backends[0].group", "a"), ("resource.backends[2].group", "b")]
    found = [(field, container[key]) for field, container, key in places(document, "healthChecks[]")]
    assert found == [("resource.healthChecks[0]", "c")]


def test_places_of_what_is_absent():
    assert list(places({"a": None}, "a.b[].c")) == []


def test_fill_keeps_what_is_there():
    document = {"a": {"b": 0}}
    fill(document, {"a": {"b": 1, "c": 2}, "d": []})
    assert document == {"a": {"b": 0, "c": 2}, "d": []}


def test_defaults_are_not_shared():
    defaults = {"items": []}
    first: dict[str, list[int]] = {}
    fill(first, defaults)
    first["items"].append(1)
    assert defaults == {"items": []}


def test_merged_replaces_a_fixed_number_by_a_percentage():
    assert merged({"maxSurge": {"fixed": 3, "calculated": 3}}, {"maxSurge": {"percent": 20}}) == {
        "maxSurge": {"percent": 20, "calculated": 3}
    }


def test_without_nulls_at_any_depth():
    assert without_nulls({"a": None, "b": [{"c": None, "d": 1}]}) == {"b": [{"d": 1}]}


@pytest.mark.parametrize("name", ["Web", "1web", "web-", "w" * 64, "web_1"])
def test_bad_name(name):
    with pytest.raises(ApiError) as caught:
        checked_name({"name": name})
    assert caught.value.message == (
        f"Invalid value for field 'resource.name': '{name}'. "
        "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'"
    )
