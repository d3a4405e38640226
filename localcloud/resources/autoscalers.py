"""Autoscalers, zonal and regional: the policy's defaults and refusals (gce-behaviour section 3)."""

from __future__ import annotations

import re
import zoneinfo

from localcloud.errors.api import being_deleted, invalid, invalid_field, required_field
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import check_range, checked_name, fill
from localcloud.resources.references import Reference
from localcloud.store.path import compute_path
from localcloud.store.store import Document, Resource, Transaction

_POLICY = "resource.autoscalingPolicy"
_CRON = re.compile(r"\S+(\s+\S+){4,5}")


def _rule(change: Change) -> None:
    """Bounds, targets, schedules and scale-in control; at most one autoscaler per group, in the group's location."""
    body = change.body
    if "target" not in body:
        raise required_field("resource.target")
    target = compute_path(body["target"])
    if target.location != change.path.location:
        raise invalid_field("resource.target", body["target"], f"The target must be in '{change.path.location}'.")
    manager = change.transaction.get(target)
    if manager is not None and manager.internal["desired"] == "DELETED":
        raise being_deleted(target.relative)
    for other in change.transaction.list("compute", "autoscalers", project=change.path.project):
        if other.path != change.path and other.body["target"] == body["target"]:
            raise invalid(
                f"The instance_group_manager resource '{target.relative}' already has the autoscaler "
                f"'{other.path.relative}'; change that one instead."
            )
    policy = body.setdefault("autoscalingPolicy", {})
    _complete_bounds(policy)
    _check_signals(policy)
    if "scaleInControl" in policy:
        _check_scale_in_control(policy["scaleInControl"])
    for name, schedule in policy.get("scalingSchedules", {}).items():
        _complete_schedule(name, schedule)
    if change.before is None:
        body["status"] = "PENDING"
        change.internal.setdefault("history", [])
    fill(body, {"statusDetails": []})


def _complete_bounds(policy: Document) -> None:
    if "maxNumReplicas" not in policy:
        raise required_field(f"{_POLICY}.maxNumReplicas")
    check_range(f"{_POLICY}.maxNumReplicas", policy["maxNumReplicas"], 1, 2000)
    fill(
        policy,
        {
            "minNumReplicas": min(2, policy["maxNumReplicas"]),
            "coolDownPeriodSec": 60,
            "stabilizationPeriodSec": 600,
            "mode": "ON",
        },
    )
    check_range(f"{_POLICY}.minNumReplicas", policy["minNumReplicas"], 0, 2000)
    if policy["minNumReplicas"] > policy["maxNumReplicas"]:
        raise invalid_field(
            f"{_POLICY}.maxNumReplicas",
            policy["maxNumReplicas"],
            f"Must be greater than or equal to minNumReplicas, which is {policy['minNumReplicas']}.",
        )
    check_range(f"{_POLICY}.coolDownPeriodSec", policy["coolDownPeriodSec"], 0, 3600)
    check_range(f"{_POLICY}.stabilizationPeriodSec", policy["stabilizationPeriodSec"], 0, 3600)
    if policy["mode"] == "ONLY_UP":
        policy["mode"] = "ONLY_SCALE_OUT"


def _check_signals(policy: Document) -> None:
    if not any(policy.get(field) for field in _SIGNALS):
        policy["cpuUtilization"] = {"utilizationTarget": 0.6}
    if "cpuUtilization" in policy:
        fill(policy["cpuUtilization"], {"utilizationTarget": 0.6, "predictiveMethod": "NONE"})
    if "loadBalancingUtilization" in policy:
        fill(policy["loadBalancingUtilization"], {"utilizationTarget": 0.8})
    for field in ("cpuUtilization", "loadBalancingUtilization"):
        if field in policy:
            _check_utilization(policy[field]["utilizationTarget"], f"{_POLICY}.{field}.utilizationTarget")
    metrics = policy.get("customMetricUtilizations", [])
    if len(metrics) > 5:
        raise invalid_field(f"{_POLICY}.customMetricUtilizations", len(metrics), "At most five metrics are supported.")
    seen = set()
    for index, metric in enumerate(metrics):
        field = f"{_POLICY}.customMetricUtilizations[{index}]"
        _check_metric(metric, field)
        if metric["metric"] in seen:
            raise invalid_field(f"{field}.metric", metric["metric"], "The metric is given twice.")
        seen.add(metric["metric"])


_SIGNALS = ("cpuUtilization", "loadBalancingUtilization", "customMetricUtilizations", "scalingSchedules")


def _check_utilization(target: float, field: str) -> None:
    if not 0 < target <= 1:
        raise invalid_field(field, target, "Must be greater than 0 and less than or equal to 1.")


def _check_metric(metric: Document, field: str) -> None:
    if "metric" not in metric:
        raise required_field(f"{field}.metric")
    if ("utilizationTarget" in metric) == ("singleInstanceAssignment" in metric):
        raise invalid_field(
            field, metric["metric"], "Exactly one of utilizationTarget and singleInstanceAssignment must be specified."
        )
    for name in ("utilizationTarget", "singleInstanceAssignment"):
        if name in metric and metric[name] <= 0:
            raise invalid_field(f"{field}.{name}", metric[name], "Must be greater than 0.")
    if "utilizationTarget" in metric:
        fill(metric, {"utilizationTargetType": "GAUGE"})


def _check_scale_in_control(control: Document) -> None:
    field = f"{_POLICY}.scaleInControl"
    for name in ("maxScaledInReplicas", "timeWindowSec"):
        if name not in control:
            raise required_field(f"{field}.{name}")
    amount = control["maxScaledInReplicas"]
    if ("fixed" in amount) == ("percent" in amount):
        raise invalid_field(
            f"{field}.maxScaledInReplicas", amount, "Exactly one of fixed and percent must be specified."
        )
    check_range(f"{field}.maxScaledInReplicas.fixed", amount.get("fixed", 0), 0, 2000)
    check_range(f"{field}.maxScaledInReplicas.percent", amount.get("percent", 0), 0, 100)
    check_range(f"{field}.timeWindowSec", control["timeWindowSec"], 60, 3600)


def _complete_schedule(name: str, schedule: Document) -> None:
    field = f"{_POLICY}.scalingSchedules[{name}]"
    checked_name({"name": name}, field)
    for required in ("schedule", "durationSec", "minRequiredReplicas"):
        if required not in schedule:
            raise required_field(f"{field}.{required}")
    fill(schedule, {"timeZone": "UTC", "disabled": False})
    check_range(f"{field}.durationSec", schedule["durationSec"], 300, 365 * 86400)
    check_range(f"{field}.minRequiredReplicas", schedule["minRequiredReplicas"], 0, 2000)
    if not _CRON.fullmatch(schedule["schedule"]):
        raise invalid_field(
            f"{field}.schedule",
            schedule["schedule"],
            "Must be a cron expression of five fields, and optionally a year.",
        )
    if schedule["timeZone"] not in zoneinfo.available_timezones():
        raise invalid_field(f"{field}.timeZone", schedule["timeZone"], "Must be a time zone name of the IANA database.")


def _stored(change: Change) -> None:
    _link_from_target(change.transaction, change.body["target"], change.path.self_link)


def _removed(transaction: Transaction, autoscaler: Resource) -> None:
    _link_from_target(transaction, autoscaler.body["target"], "")


def _link_from_target(transaction: Transaction, target: str, link: str) -> None:
    """The group's `status.autoscaler` names its autoscaler."""
    manager = transaction.get(compute_path(target))
    if manager is None:
        return
    status = {key: value for key, value in manager.body["status"].items() if key != "autoscaler"}
    manager.body["status"] = status | ({"autoscaler": link} if link else {})
    transaction.put(manager.path, manager.body)


AUTOSCALER = register(
    Kind(
        collection="autoscalers",
        kind="compute#autoscaler",
        noun="autoscaler",
        parameter="autoscaler",
        services={"zones": "autoscalers", "regions": "regionAutoscalers"},
        verbs=("patch", "update"),
        aggregated="autoscalers",
        references=(Reference("target", ("instanceGroupManagers",)),),
        immutable=("target",),
        output_only=("status", "statusDetails", "recommendedSize", "scalingScheduleStatus"),
        rule=_rule,
        stored=_stored,
        removed=_removed,
    )
)
