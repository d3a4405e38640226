"""Members of roles: added, taken out, or the whole truth."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.gcp.iam import ProjectBindings

CONDITIONAL = {"role": "r", "members": ["user:c"], "condition": {"expression": "x"}}
OTHER = {"role": "o", "members": ["user:z"]}
POLICY = {"etag": "e1", "version": 3, "bindings": [{"role": "r", "members": ["user:b", "user:a"]}, CONDITIONAL, OTHER]}


@pytest.mark.parametrize(
    ("members", "authoritative", "present", "expected"),
    [
        (("user:a",), False, True, None),
        (("user:d",), False, True, ["user:a", "user:b", "user:d"]),
        (("user:a",), True, True, ["user:a"]),
        (("user:b", "user:a"), True, True, None),
        (("user:a",), False, False, ["user:b"]),
        (("user:x",), False, False, None),
        ((), False, False, []),
    ],
)
def test_members(members: Any, authoritative: bool, present: bool, expected: list[str] | None) -> None:
    plan = ProjectBindings("p", ("r",), members, authoritative, present).plan(POLICY)
    if expected is None:
        assert plan.actions == ()
        assert plan.before == plan.after
        return
    (action,) = plan.actions
    policy = (action.body or {})["policy"]
    ours = [binding for binding in policy["bindings"] if binding["role"] == "r" and "condition" not in binding]
    assert ours == ([{"role": "r", "members": expected}] if expected else [])
    assert CONDITIONAL in policy["bindings"]
    assert OTHER in policy["bindings"]
    assert (policy["etag"], policy["version"]) == ("e1", 3)
    assert plan.before == {"bindings": [{"role": "r", "members": ["user:a", "user:b"]}]}


def test_a_role_nobody_has() -> None:
    plan = ProjectBindings("p", ("n",), ("user:a",), False, True).plan({"etag": "e"})
    assert plan.before == {}
    assert plan.after == {"bindings": [{"role": "n", "members": ["user:a"]}]}


def test_several_roles_are_one_write_and_one_of_them_missing_is_enough_for_it() -> None:
    plan = ProjectBindings("p", ("r", "o", "n"), ("user:a",), False, True).plan(POLICY)
    (action,) = plan.actions
    assert (action.body or {})["policy"] == {
        "etag": "e1",
        "version": 3,
        "bindings": [
            CONDITIONAL,
            {"role": "r", "members": ["user:a", "user:b"]},
            {"role": "o", "members": ["user:a", "user:z"]},
            {"role": "n", "members": ["user:a"]},
        ],
    }
    assert ProjectBindings("p", ("r", "o"), (), False, True).plan(POLICY).actions == ()


def test_what_is_shown_is_these_roles_alone() -> None:
    assert ProjectBindings("p", ("o", "none"), (), False, True).resource(POLICY) == {"bindings": [OTHER]}
    assert ProjectBindings("p", ("none",), (), False, True).resource(POLICY) == {}
