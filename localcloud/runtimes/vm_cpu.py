"""CPU time of a container, nested containers included, read from its control group (version 1 or 2).

The engine's own statistics wait for their next second, which is too long to ask for every machine in turn.
"""

from __future__ import annotations

from pathlib import Path

_CONTROL_GROUPS = Path("/sys/fs/cgroup")


def cpu_seconds(identity: str, pid: int, processes: Path = Path("/proc"), groups: Path = _CONTROL_GROUPS) -> float:
    """CPU time that a container has used since it started, in seconds of one core; 0 when it does not run.

    Args:
        identity: the engine's identity of the container.
        pid: of its first program, on this machine.
        processes: where the kernel shows processes.
        groups: where it shows control groups.
    """
    try:
        counter, unit = _counter((processes / str(pid) / "cgroup").read_text(), identity, groups)
        return unit * int(counter.read_text().split()[0 if unit == 1e-9 else 1])
    except (OSError, ValueError):
        return 0.0


def _counter(membership: str, identity: str, groups: Path) -> tuple[Path, float]:
    """The file that holds the count, and its unit in seconds.

    Raises:
        ValueError: the process is in no group of the container.
    """
    paths = {controllers: path for _, controllers, path in (line.split(":", 2) for line in membership.splitlines())}
    first = next((controllers for controllers in paths if "cpuacct" in controllers.split(",")), None)
    if first is not None:
        return groups / first / _container_group(paths[first], identity) / "cpuacct.usage", 1e-9
    return groups / _container_group(paths.get("", ""), identity) / "cpu.stat", 1e-6


def _container_group(path: str, identity: str) -> str:
    """The container's own group: systemd in it has moved itself into one below."""
    end = path.index(identity) + len(identity)
    rest = path[end:].partition("/")[0]
    return path[: end + len(rest)].lstrip("/")
