"""Prints the status of a fleet; documented in library/fleet_summary.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

_OURS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _OURS not in ansible.module_utils.__path__:  # modules find our module_utils by Ansible's settings, plugins do not
    ansible.module_utils.__path__.append(_OURS)

from ansible.module_utils.fleet.table import line_color, status_lines  # noqa: E402 - needs the path


class ActionModule(ActionBase):
    """Reads with gcp_fleet_info and writes the table to the terminal, in Ansible's own colours."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """The result of the task: the fleet and the lines printed."""
        super().run(tmp, task_vars)
        options = dict(self._task.args)
        url, following = options.pop("url", ""), options.pop("following", [])
        found = self._execute_module("gcp_fleet_info", module_args=options, task_vars=task_vars)
        if found.get("failed"):
            return found
        lines = status_lines(found["fleet"], options["name"], url, following)
        display = Display()
        display.display("")
        for line in lines:
            display.display(f"  {line}".rstrip(), color=line_color(line, found["fleet"]))
        display.display("")
        return {"changed": False, "fleet": found["fleet"], "lines": lines}
