"""When a rollout is done or lost, and the exact line and sentence that say so."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.fleet.progress import (
    Limits,
    failure,
    is_serving,
    is_settled,
    logs_seen,
    progress_line,
    since_when,
    with_logs,
)

from .pictures import NO_GROUP, fleet, instance

SICK = {"health": "UNHEALTHY", "lb_health": "UNHEALTHY", "current_action": "VERIFYING"}


@pytest.mark.parametrize(
    ("facts", "serving"),
    [
        ({}, True),
        ({"health": None, "lb_health": None}, True),
        ({"health": "TIMEOUT"}, False),
        ({"lb_health": "UNKNOWN"}, False),
        ({"status": "STAGING"}, False),
        ({"current_action": "DELETING"}, False),
        ({"current_action": "REFRESHING"}, True),
    ],
)
def test_serving(facts: dict[str, Any], serving: bool) -> None:
    assert is_serving(instance("a", **facts)) is serving


@pytest.mark.parametrize(
    ("picture", "settled"),
    [
        (fleet(instance("a")), True),
        (fleet(), True),
        (fleet(instance("a"), target_size=2), False),
        (fleet(instance("a"), instance("b"), target_size=1), False),
        (fleet(instance("a"), stable=False), False),
        (fleet(instance("a"), version_target_reached=False), False),
        (fleet(instance("a"), version_target_reached=False, update_type="OPPORTUNISTIC"), True),
        (fleet(instance("a", lb_health="UNHEALTHY")), False),
        (NO_GROUP, False),
    ],
)
def test_settled(picture: dict[str, Any], settled: bool) -> None:
    assert is_settled(picture) is settled


def test_since_when_carries_on_until_the_condition_changes() -> None:
    first = since_when({}, fleet(instance("a", **SICK), instance("b")), 10.0)
    second = since_when(first, fleet(instance("a", **SICK), instance("b", health="TIMEOUT")), 15.0)
    assert {name: since for name, (_, since) in second.items()} == {"a": 10.0, "b": 15.0}
    assert since_when(second, fleet(instance("b", health="TIMEOUT")), 20.0).keys() == {"b"}


@pytest.mark.parametrize(
    ("picture", "line"),
    [
        (
            fleet(
                instance("web-group-a1b2"),
                instance("web-group-c3d4"),
                instance("web-group-x1y2", **{**SICK, "current_action": "VERIFYING"}),
                instance("web-group-z9z9", status="", health=None, lb_health=None, current_action="CREATING"),
                target_size=3,
            ),
            "  0:14  web-group  2 of 3 serving  creating 1  verifying 1  (web-group-x1y2 verifying: UNHEALTHY 12 s)",
        ),
        (fleet(instance("a"), instance("b")), "  0:14  web-group  2 of 2 serving"),
        (
            fleet(
                instance("a", current_action="CREATING_WITHOUT_RETRIES", status="STAGING", health=None, lb_health=None)
            ),
            "  0:14  web-group  0 of 1 serving  creating without retries 1",
        ),
        (
            fleet(*[instance(name, lb_health="UNHEALTHY") for name in "abcde"]),
            "  0:14  web-group  0 of 5 serving  (a: UNHEALTHY 12 s, b: UNHEALTHY 12 s, c: UNHEALTHY 12 s, and 2 more)",
        ),
    ],
)
def test_progress_line(picture: dict[str, Any], line: str) -> None:
    since = since_when({}, picture, 102.0)
    assert progress_line(picture, since, now=114.0, started=100.0) == line


@pytest.mark.parametrize(
    ("earlier", "now", "shown"),
    [
        ("", "booting", "booting"),
        ("booting", "", "booting"),
        ("KeyError: 'DATABASE'", "", "KeyError: 'DATABASE'"),
        ("KeyError: 'DATABASE'", "booting", "KeyError: 'DATABASE'"),
        ("KeyError: 'DATABASE'", "OSError: gone", "OSError: gone"),
        ("booting", "serving", "serving"),
    ],
)
def test_the_log_to_show(earlier: str, now: str, shown: str) -> None:
    picture = fleet(instance("a", **SICK, **({"log_tail": now} if now else {})))
    logs = logs_seen({"a": earlier, "gone": "its log"}, picture)
    assert logs == {"a": shown}
    assert with_logs(picture, logs)["instances"][0]["log_tail"] == shown


def test_an_instance_that_serves_has_no_log_to_show() -> None:
    assert "log_tail" not in with_logs(fleet(instance("a")), {"a": "KeyError: 'DATABASE'"})["instances"][0]


def test_minutes() -> None:
    picture = fleet(instance("a"))
    assert progress_line(picture, since_when({}, picture, 0), 725.9, 0).startswith("  12:05  ")


def lost(picture: dict[str, Any], now: float, limits: Limits) -> str:
    return failure(picture, "web-group", since_when({}, picture, 0.0), now, 0.0, limits)


def test_going_on() -> None:
    assert lost(fleet(instance("a", **SICK)), 599.0, Limits(600)) == ""


def test_out_of_time_names_the_failing_instance_and_its_log() -> None:
    picture = fleet(
        instance("a", status="STAGING", health=None, lb_health="UNKNOWN", current_action="CREATING"),
        instance("b", **SICK, log_tail="Traceback\nKeyError: 'DATABASE'"),
        instance("c"),
    )
    assert lost(picture, 600.0, Limits(600)) == (
        "web-group has 1 of 3 serving and is lost: not settled after 600 s: b is RUNNING, VERIFYING, UNHEALTHY; "
        "correct what its log says and deploy again, or raise timeout_sec\n"
        "The last lines of b's log:\n"
        "    Traceback\n"
        "    KeyError: 'DATABASE'"
    )


def test_out_of_time_names_the_instance_with_a_log_before_one_that_is_not_made_yet() -> None:
    picture = fleet(
        instance("a", status="STAGING", health=None, lb_health="UNKNOWN", current_action="CREATING"),
        instance("b", health="UNKNOWN", lb_health="UNKNOWN", current_action="VERIFYING", log_tail="boom"),
    )
    assert ": b is RUNNING, VERIFYING, UNKNOWN; " in lost(picture, 600.0, Limits(600))


def test_out_of_time_with_an_instance_that_cannot_be_made() -> None:
    waiting = {"status": "", "health": None, "lb_health": None, "current_action": "CREATING"}
    assert lost(fleet(instance("a", **waiting, last_error="The zone has no room.")), 60.0, Limits(60)) == (
        "web-group has 0 of 1 serving and is lost: not settled after 60 s: a is not made yet, CREATING; "
        "correct what its log says and deploy again, or raise timeout_sec; "
        "Google's last error was: The zone has no room."
    )


def test_out_of_time_while_everything_serves() -> None:
    assert lost(fleet(instance("a"), stable=False), 60.0, Limits(60)) == (
        "web-group has 1 of 1 serving and is lost: not settled after 60 s; "
        "correct what its log says and deploy again, or raise timeout_sec"
    )


def test_an_instance_of_the_new_version_that_stays_unhealthy_ends_the_wait_early() -> None:
    picture = fleet(instance("a", **SICK, log_tail="boom"))
    assert lost(picture, 29.0, Limits(600, 30)) == ""
    assert lost(picture, 31.0, Limits(600, 30)) == (
        "web-group has 0 of 1 serving and is lost: a is RUNNING, VERIFYING, UNHEALTHY for 31 s; "
        "the application does not answer its health check; read its log, correct it and deploy again\n"
        "The last lines of a's log:\n"
        "    boom"
    )


def test_an_unhealthy_instance_of_an_old_version_does_not() -> None:
    assert lost(fleet(instance("a", **SICK, template="t-old")), 31.0, Limits(600, 30)) == ""


def test_no_group() -> None:
    assert lost(NO_GROUP, 0.0, Limits(600)) == (
        "the instance group web-group does not exist, so there is nothing to wait for; "
        "run site.yml, or correct the name"
    )
