"""What the benchmarks share: figures and their tables, the machine, timed playbooks, the operator's session."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.cloud import LocalCloud

COMPUTE = "https://compute.googleapis.com/compute/v1/projects/flaskscale-local"
TIMED = {"ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks", "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "all"}


@dataclass(frozen=True)
class Figure:
    """One measured line: what, the value with its unit, and what was aimed at."""

    what: str
    value: str
    target: str = ""


def machine() -> str:
    """The line that names the machine."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Machine: {model[1] if model else platform.processor()}, {psutil.cpu_count()} logical cores, "
        f"{memory:.0f} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"{time.strftime('%Y-%m-%d')}."
    )


def timed_playbook(cloud: LocalCloud, *arguments: str, timeout: float = 400) -> tuple[float, list[tuple[str, float]]]:
    """Run `ansible-playbook` and fail when it does; the seconds it took, and those of each task, the longest first."""
    cloud.settings.update(TIMED)
    started = time.monotonic()
    run = cloud.playbook(*arguments, timeout=timeout)
    took = time.monotonic() - started
    assert run.code == 0, run.output
    timed = re.findall(r"^(\S.*?) -{2,} +([\d.]+)s$", run.output, re.MULTILINE)
    return took, sorted(((name, float(each)) for name, each in timed), key=lambda item: -item[1])


def table(title: str, figures: list[Figure]) -> str:
    """A section of a page: heading and table."""
    rows = [("figure", "measured", "aim"), ("---", "---", "---")]
    rows += [(figure.what, figure.value, figure.target) for figure in figures]
    width = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["| " + " | ".join(cell.ljust(width[i]) for i, cell in enumerate(row)) + " |" for row in rows]
    return f"## {title}\n\n" + "\n".join(lines) + "\n"


def seconds(action: Callable[[], object]) -> float:
    """How long something takes."""
    started = time.monotonic()
    action()
    return time.monotonic() - started
