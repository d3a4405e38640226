"""What `python -m localcloud status` prints, from the admin port's /status document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def status_table(status: Mapping[str, Any]) -> str:
    """The status as aligned text.

    Args:
        status: `pid`, `runtime`, `time_scale`, `state`, `ports` {setting: port}, `counts` {kind: number},
            `unhealthy` [{name, health, status, detail}], `api_writes`.
    """
    facts = [
        ("pid", status["pid"]),
        ("runtime", status["runtime"]),
        ("time scale", f"{status['time_scale']:g}"),
        ("state", status["state"]),
        ("API writes", status["api_writes"]),
    ]
    ports = [(setting, port) for setting, port in sorted(status["ports"].items(), key=lambda item: item[1])]
    counts: list[tuple[str, Any]] = [*sorted(_by_kind(status["counts"]).items())] or [("nothing yet", "")]
    unhealthy = [(entry["name"], _complaint(entry)) for entry in status["unhealthy"]]
    sections = [
        ("LOCAL CLOUD", facts),
        ("PORTS", ports),
        ("RESOURCES", counts),
        ("UNHEALTHY", unhealthy or [("nothing", "")]),
    ]
    width = max(len(str(name)) for _, rows in sections for name, _ in rows)
    lines: list[str] = []
    for title, rows in sections:
        lines.append(title)
        lines.extend(f"  {name:<{width}}  {value}".rstrip() for name, value in rows)
        lines.append("")
    return "\n".join(lines).rstrip()


def _complaint(entry: Mapping[str, str]) -> str:
    return f"{entry['status']} {entry['health']}".strip() + (f": {entry['detail']}" if entry["detail"] else "")


def _by_kind(counts: Mapping[str, int]) -> dict[str, int]:
    """Nested collections (a group's managed instances) counted together, whichever parent they have."""
    totals: dict[str, int] = {}
    for collection, count in counts.items():
        service, _, rest = collection.partition("/")
        kind = f"{service}/{rest.rpartition('/')[2]}"
        totals[kind] = totals.get(kind, 0) + count
    return totals
