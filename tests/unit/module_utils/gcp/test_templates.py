"""Names from content, and which templates of a family come and go."""

from __future__ import annotations

import re
from typing import Any

import pytest

from module_utils.gcp.errors import ValueInvalidError
from module_utils.gcp.plan import Target
from module_utils.gcp.resource import Place, Resource, group, groups, integer, reference, text, text_map, texts
from module_utils.gcp.templates import TemplateFamily, content_name
from module_utils.gcp.values import from_options

PLACE = Place("p")
TEMPLATE = Resource(
    "template",
    {"global": "instanceTemplates"},
    "instanceTemplates",
    (
        text("description"),
        group(
            "properties",
            texts("tags", wire="items"),
            text_map("metadata", wire="key_value_items"),
            groups("disks", reference("image", "images"), integer("disk_size_gb", int64=True)),
        ),
    ),
)
PROPERTIES = {"tags": ["b", "a"], "metadata": {"x": "1", "y": "2"}, "disks": [{"image": "i", "disk_size_gb": 10}]}


def declared(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return from_options(TEMPLATE.fields, {"properties": properties, **more}, PLACE)


def name(properties: dict[str, Any], **more: Any) -> str:
    return content_name("app", TEMPLATE, declared(properties, **more))


def test_the_name_is_the_prefix_and_twelve_digits() -> None:
    assert re.fullmatch(r"app-[0-9a-f]{12}", name(PROPERTIES))


def test_the_name_never_changes_for_the_same_content() -> None:
    """A changed digest here would roll out every fleet anew."""
    assert name(PROPERTIES) == "app-76bc32b37159"


@pytest.mark.parametrize(
    "same",
    [
        {"tags": ["a", "b"]},
        {"metadata": {"y": "2", "x": 1}},
        {"disks": [{"image": "global/images/i", "disk_size_gb": 10}]},
        {
            "disks": [
                {"image": "https://compute.googleapis.com/compute/v1/projects/p/global/images/i", "disk_size_gb": 10}
            ]
        },
    ],
)
def test_equal_content_has_an_equal_name(same: dict[str, Any]) -> None:
    assert name({**PROPERTIES, **same}) == name(PROPERTIES)
    assert name(PROPERTIES, description="for people") == name(PROPERTIES)


@pytest.mark.parametrize(
    "other", [{"tags": ["a"]}, {"metadata": {"x": "1"}}, {"disks": [{"image": "j", "disk_size_gb": 10}]}]
)
def test_any_difference_makes_another_name(other: dict[str, Any]) -> None:
    assert name({**PROPERTIES, **other}) != name(PROPERTIES)


@pytest.mark.parametrize("prefix", ["", "App", "1a", "a-", "a" * 51])
def test_a_prefix_that_google_would_refuse(prefix: str) -> None:
    with pytest.raises(ValueInvalidError) as refused:
        content_name(prefix, TEMPLATE, {})
    assert str(refused.value) == (
        f"name_prefix cannot be used: found {prefix!r}, expected at most 50 lower-case letters, digits and hyphens, "
        "starting with a letter; see ansible-doc for what it takes"
    )


def template(age: int, tags: list[str]) -> dict[str, Any]:
    stamp = f"2026-01-{31 - age:02d}T00:00:00.000-00:00"
    return {"name": f"app-{age:012x}", "creationTimestamp": stamp, "properties": {"tags": {"items": tags}}}


def family(keep: int | None = None, present: bool = True) -> TemplateFamily:
    wanted = declared({"tags": ["new"]})
    return TemplateFamily(Target(TEMPLATE, PLACE, content_name("app", TEMPLATE, wanted)), "app", wanted, keep, present)


OTHERS = [template(3, ["c"]), template(1, ["a"]), template(2, ["b"])]


def test_a_new_template_is_shown_against_the_newest() -> None:
    plan = family().plan({"templates": OTHERS, "used": []})
    assert [action.method for action in plan.actions] == ["compute.instanceTemplates.insert"]
    assert plan.before == {"properties": {"tags": ["a"]}}
    assert plan.after == {"properties": {"tags": ["new"]}}


def test_the_first_template() -> None:
    plan = family().plan({"templates": [], "used": []})
    assert plan.before == {}
    assert len(plan.actions) == 1


@pytest.mark.parametrize(
    ("keep", "used", "deleted"),
    [
        (None, [], []),
        (3, [], []),
        (1, [], ["app-000000000002", "app-000000000003"]),
        (1, ["app-000000000003"], ["app-000000000002"]),
        (0, [], ["app-000000000001", "app-000000000002", "app-000000000003"]),
    ],
)
def test_older_templates_that_no_group_uses_go(keep: int | None, used: list[str], deleted: list[str]) -> None:
    wanted = family(keep)
    there = {"name": wanted.target.name, "creationTimestamp": "2025-01-01", "properties": {}}
    plan = wanted.plan({"templates": [*OTHERS, there], "used": used})
    assert [action.path.rpartition("/")[2] for action in plan.actions] == deleted
    assert {action.verb for action in plan.actions} <= {"DELETE"}


def test_the_whole_family_goes() -> None:
    plan = family(present=False).plan({"templates": OTHERS, "used": []})
    assert [action.verb for action in plan.actions] == ["DELETE"] * 3
    assert plan.before == {"templates": ["app-000000000001", "app-000000000002", "app-000000000003"]}
    assert family(present=False).plan({"templates": [], "used": []}).actions == ()
