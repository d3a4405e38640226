"""The status of a fleet as plain, aligned text. Pure; colour is the caller's business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .progress import is_serving, is_settled, summary

Document = dict[str, Any]
_GAP = "  "
_NOTHING = "-"
_HEADINGS = ("INSTANCE", "ZONE", "STATE", "DOING", "HEALTH", "BALANCER", "RELEASE", "ADDRESS")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with every column as wide as its widest cell, and no blanks at the ends."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def status_lines(fleet: Document, name: str, url: str = "", following: Sequence[str] = ()) -> list[str]:
    """The whole status: the URL, the release, the group, the autoscaler, a line an instance, the log of those that
    run but are not healthy, what to do next.
    """
    group = fleet["group"]
    if group is None:
        return [f"{name} does not exist; ansible-playbook site.yml makes it"]
    facts = [
        ("URL", url or fleet["url"] or _NOTHING),
        ("Release", _releases(fleet)),
        ("Group", _group(fleet)),
        ("Autoscaler", _autoscaler(fleet["autoscaler"])),
    ]
    lines = aligned(facts)
    lines += ["", *aligned([_HEADINGS, *map(_row, fleet["instances"])])] if fleet["instances"] else []
    for instance in fleet["instances"]:
        if tail := instance.get("log_tail"):
            lines += ["", f"The last lines of {instance['name']}'s log:", *(f"  {line}" for line in tail.splitlines())]
    return lines + (["", *following] if following else [])


def _releases(fleet: Document) -> str:
    found = sorted({instance["release"] for instance in fleet["instances"] if instance["release"]})
    return ", ".join(found) or _NOTHING


def _group(fleet: Document) -> str:
    group = fleet["group"]
    state = "settled" if is_settled(fleet) else "changing"
    return f"{group['name']} in {group['location']}, {summary(fleet)}, {state}"


def _autoscaler(autoscaler: Document | None) -> str:
    if autoscaler is None:
        return "none"
    parts = [f"{autoscaler['minimum']} to {autoscaler['maximum']} instances"]
    if autoscaler["recommended_size"] is not None:
        parts.append(f"recommends {autoscaler['recommended_size']}")
    if autoscaler["cpu_target"] is not None:
        parts.append(f"CPU target {autoscaler['cpu_target'] * 100:g} %")
    if autoscaler["mode"] != "ON":
        parts.append(f"mode {autoscaler['mode']}")
    parts += [detail["type"] for detail in autoscaler["details"]]
    return ", ".join(parts)


def _row(instance: Document) -> tuple[str, ...]:
    doing = "" if instance["current_action"] == "NONE" else instance["current_action"]
    cells = (
        instance["name"],
        instance["zone"],
        instance["status"],
        doing.lower().replace("_", " "),
        instance["health"],
        instance["lb_health"],
        instance["release"],
        instance["external_ip"] or instance["internal_ip"],
    )
    return tuple(str(cell or _NOTHING) for cell in cells)


def line_color(line: str, fleet: Document) -> str | None:
    """Ansible's colour for one line of the status: an instance's by whether it serves, others stay plain."""
    instance = next((one for one in fleet["instances"] if line.startswith(f"{one['name']} ")), None)
    if instance is None:
        return None
    return "green" if is_serving(instance) else "yellow"
