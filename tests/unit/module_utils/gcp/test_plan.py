"""Every state against every existing case, on a small made-up resource."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.gcp.errors import ImmutableChangeError
from module_utils.gcp.plan import Action, Plan, Target, plan_absent, plan_present
from module_utils.gcp.resource import (
    COMPUTE,
    OwnUpdate,
    Place,
    Reference,
    Resource,
    decimal,
    fixed_or_percent,
    flag,
    group,
    group_map,
    groups,
    integer,
    reference,
    text,
    text_map,
    texts,
)
from module_utils.gcp.values import from_options

RESIZE = OwnUpdate("resize", {"zone": "kettles"}, "{scope}/kettles/{name}/resize", query="size")
SET_SPOUTS = OwnUpdate(
    "setSpouts",
    {"zone": "pots"},
    "{scope}/pots/{name}/setSpouts",
    body="spouts",
    guarded="{scope}/pots/{name}",
    after_insert=True,
)
KETTLE = Resource(
    kind="kettle",
    collections={"zone": "kettles"},
    segment="kettles",
    fingerprint=True,
    insert_defaults={"size": 0},
    fields=(
        text("description"),
        text("metal", immutable=True),
        integer("initial_size", api_name="size", create_only=True),
        integer("size", update=RESIZE),
        integer("volume_ml", int64=True),
        integer("delay_sec", default=0),
        decimal("fill"),
        flag("whistle"),
        reference("stove", "stoves"),
        texts("teas"),
        texts("steps", ordered=True),
        text_map("labels"),
        fixed_or_percent("spare"),
        groups("spouts", text("name"), integer("width"), key="name", update=SET_SPOUTS),
        group("policy", text("mode"), integer("limit"), fixed_or_percent("surge"), group("log", flag("enable"))),
        group("origin", text("land", immutable=True), text("shop")),
        group("hob", integer("ring"), text("zone"), immutable=True),
        groups("lids", text("name"), decimal("scale", default=1.0), text("note"), key="name"),
        groups(
            "versions", text("name"), reference("mould", "moulds"), fixed_or_percent("count", exact=True), key="mould"
        ),
        groups("rules", text("path"), text("to")),
        group_map("alarms", text("at"), integer("length_sec")),
        texts("rooms", wire="zone_objects", reference=Reference("zones", "zone_name")),
    ),
)
PLACE = Place("p", "zone", "us-central1-a")
TARGET = Target(KETTLE, PLACE, "k")
PATH = "projects/p/zones/us-central1-a/kettles/k"
ROOT = "https://www.googleapis.com/compute/v1/"


def plan(declared: dict[str, Any], current: dict[str, Any] | None) -> Plan:
    return plan_present(TARGET, from_options(KETTLE.fields, declared, PLACE), current)


def patch_body(declared: dict[str, Any], current: dict[str, Any]) -> dict[str, Any] | None:
    """The body of the one patch, without the fingerprint; None when nothing is to be called."""
    planned = plan(declared, {"name": "k", "fingerprint": "f1=", **current})
    if not planned.actions:
        assert planned.before == planned.after
        return None
    assert planned.before != planned.after
    (action,) = planned.actions
    assert action.method == "compute.kettles.patch"
    assert action.body is not None
    body = dict(action.body)
    assert body.pop("fingerprint") == "f1="
    return body


UNCHANGED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing declared": ({}, {"description": "old"}),
    "omitted is None": ({"description": None}, {"description": "old"}),
    "equal text": ({"description": "a"}, {"description": "a"}),
    "empty text is absent": ({"description": ""}, {}),
    "equal number": ({"delay_sec": 3}, {"delaySec": 3}),
    "zero where Google leaves it out": ({"delay_sec": 0}, {}),
    "int64 is written as a string": ({"volume_ml": 10}, {"volumeMl": "10"}),
    "float32 noise": ({"fill": 0.8}, {"fill": 0.800000011920929}),
    "false is absent": ({"whistle": False}, {}),
    "reference by name": ({"stove": "s"}, {"stove": ROOT + "projects/p/global/stoves/s"}),
    "reference by partial path": ({"stove": "global/stoves/s"}, {"stove": ROOT + "projects/p/global/stoves/s"}),
    "reference on another host": (
        {"stove": "https://compute.googleapis.com/compute/v1/projects/p/global/stoves/s"},
        {"stove": ROOT + "projects/p/global/stoves/s"},
    ),
    "order of a set": ({"teas": ["b", "a"]}, {"teas": ["a", "b"]}),
    "empty list is absent": ({"teas": []}, {}),
    "equal map": ({"labels": {"a": "1"}}, {"labels": {"a": "1"}}),
    "number as a map's text": ({"labels": {"a": 1}}, {"labels": {"a": "1"}}),
    "empty map is absent": ({"labels": {}}, {}),
    "what Google calculates": ({"spare": {"fixed": 1}}, {"spare": {"fixed": 1, "calculated": 1}}),
    "members not declared": ({"policy": {"mode": "A"}}, {"policy": {"mode": "A", "limit": 5}}),
    "object of nothing but defaults": ({"policy": {"log": {"enable": False}}}, {"policy": {"mode": "A"}}),
    "clearing what is absent": ({"policy": {}}, {}),
    "clearing what is only defaults": ({"policy": {"log": {}}}, {"policy": {"log": {"enable": False}}}),
    "elements in another order": (
        {"lids": [{"name": "b", "scale": 1.0}, {"name": "a"}]},
        {"lids": [{"name": "a", "scale": 0.5, "weight": 3}, {"name": "b"}]},
    ),
    "an element's name left alone": (
        {"versions": [{"mould": "m"}]},
        {"versions": [{"name": "0/17", "mould": ROOT + "projects/p/global/moulds/m", "count": {"calculated": 3}}]},
    ),
    "elements without a key": ({"rules": [{"path": "/a"}]}, {"rules": [{"path": "/a", "to": "x"}]}),
    "equal map of objects": ({"alarms": {"n": {"at": "7"}}}, {"alarms": {"n": {"at": "7", "lengthSec": 3}}}),
    "initial size once it is there": ({"initial_size": 2}, {"size": 7}),
    "zones as objects": (
        {"rooms": ["us-central1-b", "us-central1-a"]},
        {"rooms": [{"zone": ROOT + f"projects/p/zones/us-central1-{z}"} for z in "ab"]},
    ),
    "immutable and equal": ({"metal": "tin"}, {"metal": "tin"}),
}

PATCHED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "text": ({"description": "b"}, {"description": "a"}, {"description": "b"}),
    "text cleared": ({"description": ""}, {"description": "a"}, {"description": ""}),
    "number to zero": ({"delay_sec": 0}, {"delaySec": 4}, {"delaySec": 0}),
    "int64 sent as a string": ({"volume_ml": 20}, {"volumeMl": "10"}, {"volumeMl": "20"}),
    "flag to false": ({"whistle": False}, {"whistle": True}, {"whistle": False}),
    "reference": (
        {"stove": "t"},
        {"stove": ROOT + "projects/p/global/stoves/s"},
        {"stove": ROOT + "projects/p/global/stoves/t"},
    ),
    "list shortened": ({"teas": ["a"]}, {"teas": ["a", "b"]}, {"teas": ["a"]}),
    "list cleared": ({"teas": []}, {"teas": ["a"]}, {"teas": []}),
    "ordered list reordered": ({"steps": ["b", "a"]}, {"steps": ["a", "b"]}, {"steps": ["b", "a"]}),
    "map's key removed": ({"labels": {"a": "1"}}, {"labels": {"a": "1", "b": "2"}}, {"labels": {"b": None}}),
    "map's key changed": ({"labels": {"a": "2"}}, {"labels": {"a": "1"}}, {"labels": {"a": "2"}}),
    "map cleared": ({"labels": {}}, {"labels": {"a": "1"}}, {"labels": None}),
    "number becomes share": (
        {"spare": {"percent": 20}},
        {"spare": {"fixed": 1}},
        {"spare": {"percent": 20, "fixed": None}},
    ),
    "only the member that differs": (
        {"policy": {"mode": "B", "limit": 5}},
        {"policy": {"mode": "A", "limit": 5}},
        {"policy": {"mode": "B"}},
    ),
    "deep one-of": (
        {"policy": {"mode": "A", "surge": {"fixed": 0}}},
        {"policy": {"mode": "A", "surge": {"percent": 10, "calculated": 1}}},
        {"policy": {"surge": {"fixed": 0, "percent": None}}},
    ),
    "object cleared": ({"policy": {}}, {"policy": {"mode": "A"}}, {"policy": None}),
    "object that was absent": ({"policy": {"limit": 0}}, {}, {"policy": {"limit": 0}}),
    "element removed": (
        {"lids": [{"name": "a"}]},
        {"lids": [{"name": "a", "note": "n", "weight": 3}, {"name": "b"}]},
        {"lids": [{"name": "a", "note": "n", "weight": 3}]},
    ),
    "element added, the other left alone": (
        {"lids": [{"name": "a"}, {"name": "b", "scale": 0.0}]},
        {"lids": [{"name": "a", "weight": 3}]},
        {"lids": [{"name": "a", "weight": 3}, {"name": "b", "scale": 0.0}]},
    ),
    "element's member cleared": (
        {"lids": [{"name": "a", "note": ""}]},
        {"lids": [{"name": "a", "note": "n", "weight": 3}]},
        {"lids": [{"name": "a", "weight": 3}]},
    ),
    "exact member omitted": (
        {"versions": [{"mould": "new"}]},
        {
            "versions": [
                {"name": "1", "mould": ROOT + "projects/p/global/moulds/old", "count": {"calculated": 2}},
                {"name": "2", "mould": ROOT + "projects/p/global/moulds/new", "count": {"fixed": 1, "calculated": 1}},
            ]
        },
        {"versions": [{"name": "2", "mould": ROOT + "projects/p/global/moulds/new"}]},
    ),
    "elements without a key are replaced": (
        {"rules": [{"path": "/b"}]},
        {"rules": [{"path": "/a", "to": "x"}]},
        {"rules": [{"path": "/b"}]},
    ),
    "map of objects": (
        {"alarms": {"n": {"at": "8"}, "o": {"at": "9", "length_sec": 0}}},
        {"alarms": {"n": {"at": "7", "lengthSec": 3}, "old": {"at": "1"}}},
        {"alarms": {"n": {"at": "8"}, "o": {"at": "9", "lengthSec": 0}, "old": None}},
    ),
}


@pytest.mark.parametrize("case", UNCHANGED)
def test_nothing_to_do(case: str) -> None:
    declared, current = UNCHANGED[case]
    assert patch_body(declared, current) is None


@pytest.mark.parametrize("case", PATCHED)
def test_patch(case: str) -> None:
    declared, current, expected = PATCHED[case]
    assert patch_body(declared, current) == expected


def test_insert_sends_zero_and_false_but_nothing_empty() -> None:
    declared = {
        "description": "",
        "delay_sec": 0,
        "whistle": False,
        "teas": [],
        "policy": {"mode": "A"},
        "volume_ml": 5,
    }
    planned = plan(declared, None)
    (action,) = planned.actions
    assert action == Action(
        "compute.kettles.insert",
        COMPUTE,
        "POST",
        "projects/p/zones/us-central1-a/kettles",
        {},
        {"size": 0, "delaySec": 0, "whistle": False, "policy": {"mode": "A"}, "volumeMl": "5", "name": "k"},
    )
    assert planned.before == {}
    assert planned.after == {"delay_sec": 0, "whistle": False, "policy": {"mode": "A"}, "volume_ml": 5}


@pytest.mark.parametrize(
    ("declared", "size"), [({}, 0), ({"initial_size": 2}, 2), ({"size": 3}, 3), ({"initial_size": 2, "size": 0}, 0)]
)
def test_insert_size(declared: dict[str, Any], size: int) -> None:
    (action,) = plan(declared, None).actions
    assert (action.body or {})["size"] == size


def test_what_insert_does_not_take_follows_it() -> None:
    planned = plan({"spouts": [{"name": "a", "width": 1}]}, None)
    assert [action.method for action in planned.actions] == ["compute.kettles.insert", "compute.pots.setSpouts"]
    insert, spouts = planned.actions
    assert "spouts" not in (insert.body or {})
    assert (spouts.path, spouts.body, spouts.guard) == (
        "projects/p/zones/us-central1-a/pots/k/setSpouts",
        {"spouts": [{"name": "a", "width": 1}]},
        "projects/p/zones/us-central1-a/pots/k",
    )


def test_own_update_beside_a_patch() -> None:
    planned = plan({"size": 0, "description": "b"}, {"name": "k", "size": 3, "description": "a"})
    patch, resize = planned.actions
    assert patch.body == {"description": "b"}
    assert (resize.method, resize.path, dict(resize.query)) == (
        "compute.kettles.resize",
        f"{PATH}/resize",
        {"size": "0"},
    )
    assert (planned.before, planned.after) == ({"size": 3, "description": "a"}, {"size": 0, "description": "b"})


def test_diff_is_only_about_declared_fields() -> None:
    current = {"name": "k", "description": "a", "metal": "tin", "policy": {"mode": "A", "limit": 5}}
    planned = plan({"description": "b", "policy": {"limit": 6}}, current)
    assert planned.before == {"description": "a", "policy": {"limit": 5}}
    assert planned.after == {"description": "b", "policy": {"limit": 6}}


@pytest.mark.parametrize(
    ("declared", "current", "sentence"),
    [
        (
            {"metal": "iron"},
            {"metal": "tin"},
            "metal of kettle k is 'tin' and cannot become 'iron', because Google fixes it at creation; "
            "keep 'tin', choose another name, or delete k first",
        ),
        (
            {"origin": {"land": "cz", "shop": "b"}},
            {"origin": {"land": "at", "shop": "a"}},
            "origin.land of kettle k is 'at' and cannot become 'cz', because Google fixes it at creation; "
            "keep 'at', choose another name, or delete k first",
        ),
        (
            {"hob": {"ring": 2}},
            {"hob": {"ring": 1, "zone": "x"}},
            "hob.ring of kettle k is 1 and cannot become 2, because Google fixes it at creation; "
            "keep 1, choose another name, or delete k first",
        ),
    ],
)
def test_immutable_change_is_refused(declared: dict[str, Any], current: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ImmutableChangeError) as refused:
        plan(declared, {"name": "k", **current})
    assert str(refused.value) == sentence


def test_a_mutable_member_beside_an_immutable_one() -> None:
    declared, current = {"origin": {"land": "at", "shop": "b"}}, {"origin": {"land": "at", "shop": "a"}}
    assert patch_body(declared, current) == {"origin": {"shop": "b"}}


def test_absent() -> None:
    assert plan_absent(TARGET, None) == Plan((), {}, {})
    planned = plan_absent(TARGET, {"name": "k", "description": "a", "unknown": 1})
    assert planned.actions == (Action("compute.kettles.delete", COMPUTE, "DELETE", PATH),)
    assert planned.before == {"description": "a"}
    assert planned.after == {}


def test_patch_through_the_collection() -> None:
    resource = Resource("lid", {"zone": "lids"}, "lids", (text("description"),), patch="collection", item_query="lid")
    planned = plan_present(Target(resource, PLACE, "l"), {"description": "b"}, {"description": "a"})
    (action,) = planned.actions
    assert (action.path, dict(action.query)) == ("projects/p/zones/us-central1-a/lids", {"lid": "l"})


def test_patch_with_a_mask_sends_whole_fields() -> None:
    resource = Resource("lid", {"zone": "lids"}, "lids", (text_map("labels"), text("note")), patch="mask")
    declared = {"labels": {"a": "1"}, "note": "n"}
    planned = plan_present(Target(resource, PLACE, "l"), declared, {"labels": {"b": "2"}, "note": "n"})
    (action,) = planned.actions
    assert (action.body, dict(action.query)) == ({"labels": {"a": "1"}}, {"updateMask": "labels"})
