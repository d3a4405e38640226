"""Whether a rollout is done or lost, and the line that says how far it is. Pure; times are in seconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..logs import has_exception
from .report import is_healthy, is_troubled

Document = dict[str, Any]
_NAMED_INSTANCES = 3
_LOG_INDENT = "    "


@dataclass(frozen=True)
class Limits:
    """`timeout` bounds the whole wait; `unhealthy` bounds one new instance's failing, 0 for no such bound."""

    timeout: float
    unhealthy: float = 0.0


def is_serving(instance: Document) -> bool:
    """Whether an instance runs, is found healthy by every check that there is, and is not about to go."""
    leaving = instance["current_action"] in ("DELETING", "ABANDONING", "STOPPING", "SUSPENDING")
    return bool(instance["status"] == "RUNNING" and is_healthy(instance) and not leaving)


def is_settled(fleet: Document) -> bool:
    """Whether the group has its size, every instance serves, and the versions are where they should be.

    An OPPORTUNISTIC group changes instances only when they are made anew, so its versions are not waited for.
    """
    group, instances = fleet["group"], fleet["instances"]
    if group is None:
        return False
    versions = group["version_target_reached"] or group["update_type"] == "OPPORTUNISTIC"
    complete = len(instances) == group["target_size"] and all(map(is_serving, instances))
    return bool(group["stable"] and versions and complete)


def since_when(before: dict[str, tuple[str, float]], fleet: Document, now: float) -> dict[str, tuple[str, float]]:
    """For each instance, its condition and since when it has been in it, carried on from the last look."""
    seen = {}
    for instance in fleet["instances"]:
        condition = _condition(instance)
        known = before.get(instance["name"])
        seen[instance["name"]] = known if known and known[0] == condition else (condition, now)
    return seen


def logs_seen(before: dict[str, str], fleet: Document) -> dict[str, str]:
    """For each instance that is still there, the log to show, carried on from the last look.

    That is the one read last, but not where only the one before has an exception: a machine that is made anew under its
    name begins a new log.
    """
    logs = {}
    for instance in fleet["instances"]:
        earlier, now = before.get(instance["name"], ""), instance.get("log_tail", "")
        keep = not now or (has_exception(earlier) and not has_exception(now))
        logs[instance["name"]] = earlier if keep else now
    return {name: log for name, log in logs.items() if log}


def with_logs(fleet: Document, logs: dict[str, str]) -> Document:
    """The fleet, where instances that do not serve have the log to show (see logs_seen)."""
    instances = [
        {**instance, "log_tail": logs[instance["name"]]}
        if instance["name"] in logs and not is_serving(instance)
        else instance
        for instance in fleet["instances"]
    ]
    return {**fleet, "instances": instances}


def failure(
    fleet: Document, name: str, since: dict[str, tuple[str, float]], now: float, started: float, limits: Limits
) -> str:
    """The sentence that ends the wait, with the instance, its state and its last log lines; empty to go on."""
    if fleet["group"] is None:
        return (
            f"the instance group {name} does not exist, so there is nothing to wait for; "
            "run site.yml, or correct the name"
        )
    if limits.unhealthy:
        for instance in fleet["instances"]:
            lasted = now - since[instance["name"]][1]
            ours = instance["template"] in fleet["group"]["templates"]
            if ours and is_troubled(instance) and lasted >= limits.unhealthy:
                advice = "the application does not answer its health check; read its log, correct it and deploy again"
                return _lost(fleet, instance, f"{_named(instance)} for {lasted:.0f} s", advice)
    if now - started < limits.timeout:
        return ""
    worst = _worst(fleet["instances"])
    advice = "correct what its log says and deploy again, or raise timeout_sec"
    reason = f"not settled after {limits.timeout:.0f} s" + (f": {_named(worst)}" if worst else "")
    return _lost(fleet, worst, reason, advice)


def _lost(fleet: Document, instance: Document | None, reason: str, advice: str) -> str:
    group = fleet["group"]
    serving = sum(map(is_serving, fleet["instances"]))
    sentence = f"{group['name']} has {serving} of {group['target_size']} serving and is lost: {reason}; {advice}"
    if instance and instance.get("last_error"):
        sentence += f"; Google's last error was: {instance['last_error']}"
    tail = (instance or {}).get("log_tail", "")
    if not tail or instance is None:
        return sentence
    lines = "\n".join(_LOG_INDENT + line for line in tail.splitlines())
    return f"{sentence}\nThe last lines of {instance['name']}'s log:\n{lines}"


def _worst(instances: list[Document]) -> Document | None:
    """The instance to name: a failing one before one that only is not ready, and one with a log before one without."""
    waiting = [instance for instance in instances if not is_serving(instance)]
    order = sorted(waiting, key=lambda instance: (not is_troubled(instance), "log_tail" not in instance))
    return next(iter(order), None)


def _named(instance: Document) -> str:
    facts = [instance["status"] or "not made yet", instance["current_action"], _found(instance)]
    return f"{instance['name']} is " + ", ".join(fact for fact in facts if fact and fact != "NONE")


def progress_line(fleet: Document, since: dict[str, tuple[str, float]], now: float, started: float) -> str:
    """For example `  0:14  flaskscale-group  2 of 3 serving  creating 1  (NAME verifying: UNHEALTHY 12 s)`."""
    group, instances = fleet["group"], fleet["instances"]
    minutes, seconds = divmod(int(now - started), 60)
    parts = [f"  {minutes}:{seconds:02d}", group["name"], summary(fleet)]
    actions = Counter(instance["current_action"] for instance in instances)
    parts += [
        f"{action.lower().replace('_', ' ')} {count}"
        for action, count in sorted(actions.items())
        if action not in ("", "NONE")
    ]
    troubled = [instance for instance in instances if is_troubled(instance)]
    if troubled:
        named = [_aside(instance, now - since[instance["name"]][1]) for instance in troubled[:_NAMED_INSTANCES]]
        more = len(troubled) - len(named)
        parts.append("(" + ", ".join(named + ([f"and {more} more"] if more else [])) + ")")
    return "  ".join(parts)


def summary(fleet: Document) -> str:
    """`2 of 3 serving`."""
    return f"{sum(map(is_serving, fleet['instances']))} of {fleet['group']['target_size']} serving"


def _aside(instance: Document, lasted: float) -> str:
    doing = instance["current_action"].lower().replace("_", " ")
    action = f" {doing}" if doing not in ("", "none") else ""
    return f"{instance['name']}{action}: {_found(instance)} {lasted:.0f} s"


def _found(instance: Document) -> str:
    """What the checks say, the group's own first."""
    if instance["health"] not in (None, "HEALTHY"):
        return str(instance["health"])
    return str(instance["lb_health"] or instance["health"] or "")


def _condition(instance: Document) -> str:
    return f"{instance['status']} {is_troubled(instance)} {_found(instance)}"
