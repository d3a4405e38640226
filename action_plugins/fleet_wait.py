"""Waits for a rollout and says how far it is; documented in library/fleet_wait.py."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

_OURS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _OURS not in ansible.module_utils.__path__:  # modules find our module_utils by Ansible's settings, plugins do not
    ansible.module_utils.__path__.append(_OURS)

from ansible.module_utils.fleet.progress import (  # noqa: E402 - needs the path
    Limits,
    failure,
    is_settled,
    logs_seen,
    progress_line,
    since_when,
    with_logs,
)

EVERY_SECONDS = 10.0
_OWN_OPTIONS = {"timeout_sec": 600.0, "interval_sec": 2.0, "unhealthy_limit_sec": 0.0}


class ActionModule(ActionBase):
    """Looks with gcp_fleet_info, prints a line, decides, sleeps, until the fleet is settled or lost.

    Logs are read every ten seconds and when the fleet seems lost: a rollout takes many looks, every log is a call to
    the API, and a machine that is made anew has lost its log by the time that the rollout is given up.
    """

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """The result of the task: failed with one sentence, or the fleet as it is now."""
        super().run(tmp, task_vars)
        options = dict(self._task.args)
        try:
            own = {name: float(options.pop(name, default)) for name, default in _OWN_OPTIONS.items()}
        except ValueError as wrong:
            expected = " and ".join(_OWN_OPTIONS)
            return {"failed": True, "msg": f"{expected} take a number of seconds, but {wrong}; correct the value"}
        if self._task.check_mode:
            return {"changed": False, "waited_sec": 0.0}
        return self._wait(options, own, task_vars)

    def _wait(self, options: dict[str, Any], own: dict[str, float], task_vars: Any) -> dict[str, Any]:
        display, started = Display(), time.monotonic()
        limits = Limits(own["timeout_sec"], own["unhealthy_limit_sec"])
        since: dict[str, tuple[str, float]] = {}
        logs: dict[str, str] = {}
        logs_read_at = shown_at = started - EVERY_SECONDS
        shown = ""
        while True:
            with_their_logs = time.monotonic() - logs_read_at >= EVERY_SECONDS
            asked = options if with_their_logs else {**options, "log_lines": 0}
            looked = self._execute_module("gcp_fleet_info", module_args=asked, task_vars=task_vars)
            if looked.get("failed"):
                return looked
            now = time.monotonic()
            logs = logs_seen(logs, looked["fleet"])
            fleet = with_logs(looked["fleet"], logs)
            since = since_when(since, fleet, now)
            lost = "" if is_settled(fleet) else failure(fleet, options["name"], since, now, started, limits)
            if with_their_logs:
                logs_read_at = now
            elif lost:
                logs_read_at = now - EVERY_SECONDS
                continue
            line = progress_line(fleet, since, now, started) if fleet["group"] else ""
            news = _without_times(fleet)
            if line and (news != shown or now - shown_at >= EVERY_SECONDS):
                display.display(line, color="green" if is_settled(fleet) else None)
                shown, shown_at = news, now
            if lost or is_settled(fleet):
                ending = {"failed": True, "msg": lost} if lost else {}
                return {"changed": False, "fleet": fleet, "waited_sec": round(now - started, 1), **ending}
            time.sleep(own["interval_sec"])


def _without_times(fleet: dict[str, Any]) -> str:
    """What a line is about, without the seconds in it, so that only news makes a new line."""
    states = [(i["name"], i["status"], i["current_action"], i["health"], i["lb_health"]) for i in fleet["instances"]]
    return repr((fleet["group"], states))
