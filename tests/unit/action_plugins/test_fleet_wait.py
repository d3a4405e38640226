"""fleet_wait with the pictures of a rollout, one a look; what it prints and how it ends."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.unit.module_utils.fleet.pictures import NO_GROUP, fleet, instance

ROOT = Path(__file__).resolve().parents[3]


def load(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, ROOT / "action_plugins" / f"{name}.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """The lines on the terminal, each with its colour."""
    from ansible.utils.display import Display

    lines: list[tuple[str, str | None]] = []
    monkeypatch.setattr(Display, "display", lambda self, message, color=None, **_: lines.append((message, color)))
    return lines


def run(name: str, looks: list[Any], monkeypatch: pytest.MonkeyPatch, check: bool = False, **options: Any) -> Any:
    """The plugin's result when gcp_fleet_info answers these, a second passing with each."""
    plugin = load(name)
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(plugin, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep(clock)), raising=False)
    action = plugin.ActionModule.__new__(plugin.ActionModule)
    action._task = SimpleNamespace(args={"name": "web-group", **options}, check_mode=check, async_val=0)
    asked = []

    def look(module: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        asked.append((module, module_args))
        answer = looks.pop(0) if len(looks) > 1 else looks[0]
        return answer if "failed" in answer else {"fleet": answer}

    action._execute_module = look
    monkeypatch.setattr(plugin.ActionBase, "run", lambda *_: {})
    return action.run(task_vars={}), asked


def sleep(clock: SimpleNamespace) -> Any:
    def moved(seconds: float) -> None:
        clock.now += seconds

    return moved


NEW = instance("web-group-x1y2", health="UNHEALTHY", lb_health="UNHEALTHY", current_action="VERIFYING", log_tail="boom")
ROLLOUT = fleet(instance("web-group-a1b2"), NEW, stable=False, version_target_reached=False)
DONE = fleet(instance("web-group-a1b2"), instance("web-group-x1y2"))


def test_it_waits_and_says_news_only(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, asked = run("fleet_wait", [ROLLOUT] * 8 + [DONE], monkeypatch, region="r")
    assert result == {"changed": False, "fleet": DONE, "waited_sec": 16.0}
    assert screen == [
        ("  0:00  web-group  1 of 2 serving  verifying 1  (web-group-x1y2 verifying: UNHEALTHY 0 s)", None),
        ("  0:10  web-group  1 of 2 serving  verifying 1  (web-group-x1y2 verifying: UNHEALTHY 10 s)", None),
        ("  0:16  web-group  2 of 2 serving", "green"),
    ]
    quick, whole = {"name": "web-group", "region": "r", "log_lines": 0}, {"name": "web-group", "region": "r"}
    # Logs are read every ten seconds.
    assert asked == [("gcp_fleet_info", whole if second % 10 == 0 else quick) for second in range(0, 18, 2)]


def test_it_fails_in_bounded_time(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, asked = run("fleet_wait", [ROLLOUT], monkeypatch, timeout_sec=20, log_lines=5)
    assert [arguments["log_lines"] for _, arguments in asked] == [5, 0, 0, 0, 0, 5, 0, 0, 0, 0, 5]
    assert (result["failed"], result["waited_sec"]) == (True, 20.0)
    assert result["msg"] == (
        "web-group has 1 of 2 serving and is lost: not settled after 20 s: web-group-x1y2 is RUNNING, VERIFYING, "
        "UNHEALTHY; correct what its log says and deploy again, or raise timeout_sec\n"
        "The last lines of web-group-x1y2's log:\n"
        "    boom"
    )


def test_a_fleet_that_settles_at_the_last_look_is_not_lost(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, asked = run("fleet_wait", [ROLLOUT] * 9 + [DONE], monkeypatch, timeout_sec=16, log_lines=5)
    assert result == {"changed": False, "fleet": DONE, "waited_sec": 16.0}
    assert [arguments["log_lines"] for _, arguments in asked[-2:]] == [0, 5]  # it seemed lost, and was looked at again


def test_the_log_of_a_machine_that_is_being_made_anew_is_kept(
    monkeypatch: pytest.MonkeyPatch, screen: list[Any]
) -> None:
    anew = {**NEW, "status": "STOPPING", "health": None, "lb_health": "UNKNOWN", "current_action": "RECREATING"}
    del anew["log_tail"]
    picture = fleet(instance("web-group-a1b2"), anew, stable=False, version_target_reached=False)
    result, _ = run("fleet_wait", [ROLLOUT] * 6 + [picture], monkeypatch, timeout_sec=20)
    assert "web-group-x1y2 is STOPPING, RECREATING" in result["msg"]
    assert result["msg"].endswith("The last lines of web-group-x1y2's log:\n    boom")


def test_it_fails_early_when_told_to(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, _ = run("fleet_wait", [ROLLOUT], monkeypatch, unhealthy_limit_sec="6")
    assert (result["failed"], result["waited_sec"]) == (True, 6.0)


def test_no_group(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, _ = run("fleet_wait", [NO_GROUP], monkeypatch)
    assert result["failed"]
    assert screen == []


def test_a_look_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, _ = run("fleet_wait", [{"failed": True, "msg": "no"}], monkeypatch)
    assert result == {"failed": True, "msg": "no"}


def test_check_mode_does_not_wait(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, asked = run("fleet_wait", [ROLLOUT], monkeypatch, check=True)
    assert (result, asked) == ({"changed": False, "waited_sec": 0.0}, [])


def test_a_bad_number(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    result, _ = run("fleet_wait", [DONE], monkeypatch, timeout_sec="soon")
    assert result["msg"] == (
        "timeout_sec and interval_sec and unhealthy_limit_sec take a number of seconds, but could not convert "
        "string to float: 'soon'; correct the value"
    )


def test_summary(monkeypatch: pytest.MonkeyPatch, screen: list[Any]) -> None:
    options = {"url": "http://127.0.0.1:8080", "following": ["make down stops everything"]}
    result, asked = run("fleet_summary", [DONE], monkeypatch, region="r", **options)
    assert screen[1] == ("  URL         http://127.0.0.1:8080", None)
    assert screen[-2:] == [("  make down stops everything", None), ("", None)]
    assert [color for line, color in screen if line.startswith("  web-group-")] == ["green", "green"]
    assert result["lines"][0] == "URL         http://127.0.0.1:8080"
    assert asked == [("gcp_fleet_info", {"name": "web-group", "region": "r"})]
