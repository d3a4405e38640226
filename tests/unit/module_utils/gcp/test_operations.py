"""Waiting: until done, until failed, or until the time is up."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from module_utils.gcp.errors import OperationFailedError, OperationTimedOutError
from module_utils.gcp.operations import Operations
from module_utils.gcp.plan import Action
from module_utils.gcp.resource import ARTIFACT_REGISTRY, COMPUTE, RESOURCE_MANAGER

from .wire import Clock, Wire, client

INSERT = Action("compute.autoscalers.insert", COMPUTE, "POST", "projects/p/zones/z/autoscalers")
CREATE = Action("artifactregistry.create", ARTIFACT_REGISTRY, "POST", "projects/p/locations/l/repositories")
LINK = "https://www.googleapis.com/compute/v1/projects/p/zones/z/operations/op-1"


def operation(status: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "compute#operation",
        "operationType": "insert",
        "name": "op-1",
        "status": status,
        "selfLink": LINK,
        **more,
    }


def finish(action: Action, reply: dict[str, Any], wire: Wire, clock: Clock, timeout: float = 60) -> None:
    Operations(client(wire, clock), timeout, clock.now, clock.sleep).finish(action, reply)


def test_done_at_once_asks_nothing() -> None:
    wire = Wire([])
    finish(INSERT, operation("DONE"), wire, Clock())
    assert wire.asked == []


def test_waits_until_done() -> None:
    clock, wire = Clock(), Wire([(200, operation("RUNNING")), (200, operation("DONE"))])
    finish(INSERT, operation("PENDING"), wire, clock)
    assert wire.lines == ["POST projects/p/zones/z/operations/op-1/wait"] * 2
    assert clock.slept == [0.25]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("projects/p/zones/z/autoscalers", "projects/p/zones/z/operations/op-1/wait"),
        ("projects/p/regions/r/autoscalers/a", "projects/p/regions/r/operations/op-1/wait"),
        ("projects/p/global/networks", "projects/p/global/operations/op-1/wait"),
    ],
)
def test_an_operation_without_a_link_lives_where_the_resource_lives(path: str, expected: str) -> None:
    wire = Wire([(200, operation("DONE"))])
    started = operation("PENDING")
    del started["selfLink"]
    finish(Action("m", COMPUTE, "POST", path), started, wire, Clock())
    assert wire.lines == [f"POST {expected}"]


def test_a_failed_operation_is_a_sentence() -> None:
    errors = [
        {"code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "The zone has no room."},
        {"code": "", "message": "Try another"},
    ]
    with pytest.raises(OperationFailedError) as failed:
        finish(INSERT, operation("DONE", error={"errors": errors}), Wire([]), Clock())
    assert str(failed.value) == (
        "compute.autoscalers.insert on projects/p/zones/z/autoscalers was accepted but failed: "
        "ZONE_RESOURCE_POOL_EXHAUSTED: The zone has no room; Try another"
    )


def test_the_wait_is_bounded() -> None:
    clock, wire = Clock(), Wire([(200, operation("RUNNING"))] * 20)
    with pytest.raises(OperationTimedOutError) as late:
        finish(INSERT, operation("PENDING"), wire, clock, timeout=20)
    assert str(late.value) == (
        "compute.autoscalers.insert on projects/p/zones/z/autoscalers is still running after 20 s (operation op-1); "
        "raise wait_timeout_sec, or run the same command again to carry on"
    )
    assert clock.time == 20


def test_a_wait_that_blocks_too_long_is_left_and_not_repeated_beyond_the_bound() -> None:
    clock = Clock()
    wire = Wire([requests.ReadTimeout("late")] * 9)
    answer = wire.request

    def late(*request: Any, timeout: tuple[float, float], **more: Any) -> Any:
        clock.time += timeout[1]
        return answer(*request, timeout=timeout, **more)

    wire.request = late  # type: ignore[method-assign]  # a late reply
    with pytest.raises(OperationTimedOutError):
        finish(INSERT, operation("PENDING"), wire, clock, timeout=130)
    assert len(wire.asked) == 2
    assert clock.time == pytest.approx(130)


def test_a_long_running_operation() -> None:
    name = "projects/p/locations/l/operations/o"
    wire = Wire([(200, {"name": name}), (200, {"name": name, "done": True})])
    finish(CREATE, {"name": name}, wire, Clock())
    assert wire.lines == [f"GET {name}"] * 2


def test_a_failed_long_running_operation() -> None:
    reply = {"name": "projects/p/locations/l/operations/o", "done": True, "error": {"code": 9, "message": "No."}}
    with pytest.raises(OperationFailedError, match=r"^artifactregistry.create on .* was accepted but failed: 9: No$"):
        finish(CREATE, reply, Wire([]), Clock())


def test_a_reply_that_is_no_operation() -> None:
    finish(CREATE, {"name": "projects/p/locations/l/repositories/r"}, Wire([]), Clock())
    finish(Action("m", RESOURCE_MANAGER, "POST", "x"), {"etag": "e"}, Wire([]), Clock())
