"""Converging: check mode stops early, conflicts are looked at once more, the result always has one shape."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.gcp.errors import ApiError, OperationFailedError
from module_utils.gcp.operations import Operations
from module_utils.gcp.plan import Target
from module_utils.gcp.resource import Place, Resource, text
from module_utils.gcp.run import Described, converge

from .wire import Clock, Wire, client, refusal

LID = Resource("lid", {"global": "lids"}, "lids", (text("note"),), fingerprint=True)
DONE = (200, {"kind": "compute#operation", "operationType": "x", "status": "DONE"})
OLD, NEW = (
    (200, {"name": "l", "note": "a", "fingerprint": "f1="}),
    (200, {"name": "l", "note": "b", "fingerprint": "f2="}),
)
GONE = refusal(404, "notFound", "gone")
ITEM, COLLECTION = "projects/p/global/lids/l", "projects/p/global/lids"


def run(answers: list[Any], *, check: bool = False, present: bool = True) -> tuple[dict[str, Any], Wire]:
    wire, clock = Wire(answers), Clock()
    speaker = client(wire, clock)
    subject = Described(Target(LID, Place("p"), "l"), {"note": "b"}, present)
    outcome = converge(subject, speaker, Operations(speaker, 60, clock.now, clock.sleep), check)
    assert wire.answers == []
    return outcome.result(), wire


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("present", "before", "action", "after", "diff"),
    [
        (True, GONE, "compute.lids.insert", NEW, {"before": "", "after": "note: b\n"}),
        (True, OLD, "compute.lids.patch", NEW, {"before": "note: a\n", "after": "note: b\n"}),
        (True, NEW, "", None, {"before": "note: b\n", "after": "note: b\n"}),
        (False, OLD, "compute.lids.delete", GONE, {"before": "note: a\n", "after": ""}),
        (False, GONE, "", None, {"before": "", "after": ""}),
    ],
)
def test_states(check: bool, present: bool, before: Any, action: str, after: Any, diff: dict[str, str]) -> None:
    answers = [before] if check or not action else [before, DONE, after]
    result, wire = run(answers, check=check, present=present)
    assert result["changed"] == bool(action)
    assert result["actions"] == ([action] if action else [])
    assert result["diff"] == diff
    seen = before if check or not action else after
    assert result["resource"] == ({} if seen is GONE else seen[1])
    if check:
        assert wire.lines == [f"GET {ITEM}"]


def test_a_stale_fingerprint_is_read_and_planned_again() -> None:
    newer = (200, {"name": "l", "note": "c", "fingerprint": "f9="})
    result, wire = run([OLD, refusal(412, "conditionNotMet", "stale"), newer, DONE, NEW])
    assert wire.lines == [f"GET {ITEM}", f"PATCH {ITEM}", f"GET {ITEM}", f"PATCH {ITEM}", f"GET {ITEM}"]
    assert [body["fingerprint"] for verb, _, _, body in wire.asked if verb == "PATCH"] == ["f1=", "f9="]
    assert result["diff"]["before"] == "note: a\n"


def test_stale_twice_is_given_up() -> None:
    stale = refusal(412, "conditionNotMet", "stale")
    with pytest.raises(ApiError, match="something else changes it at the same time; run the same command again$"):
        run([OLD, stale, OLD, stale])


def test_an_insert_whose_reply_was_lost_is_adopted() -> None:
    result, wire = run([GONE, refusal(409, "alreadyExists", "exists"), NEW, NEW])
    assert wire.lines == [f"GET {ITEM}", f"POST {COLLECTION}", f"GET {ITEM}", f"GET {ITEM}"]
    assert (result["changed"], result["actions"]) == (True, ["compute.lids.insert"])


def test_somebody_elses_insert_is_changed_to_what_is_declared() -> None:
    result, _ = run([GONE, refusal(409, "alreadyExists", "exists"), OLD, DONE, NEW])
    assert result["actions"] == ["compute.lids.insert", "compute.lids.patch"]


def test_an_operation_that_found_it_there_is_looked_at_again() -> None:
    failed = {**DONE[1], "error": {"errors": [{"code": "RESOURCE_ALREADY_EXISTS", "message": "exists"}]}}
    result, _ = run([GONE, (200, failed), NEW, NEW])
    assert result["resource"]["note"] == "b"


def test_another_failure_is_not_looked_at_again() -> None:
    failed = {**DONE[1], "error": {"errors": [{"code": "QUOTA_EXCEEDED", "message": "no"}]}}
    with pytest.raises(OperationFailedError):
        run([GONE, (200, failed)])


def test_a_delete_that_finds_nothing_is_done() -> None:
    result, _ = run([OLD, GONE, GONE], present=False)
    assert result["changed"]
