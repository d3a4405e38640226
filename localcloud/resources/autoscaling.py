"""How large a group should be: the autoscaler's decision as one pure function (gce-behaviour section 3).

Signals, policy and history are values, so the same function serves the controller, a replayed traffic trace and the
tests. Instance signals (CPU, load balancing, per-instance metrics), group signals (metrics of the whole group) and
floors (schedules, forecast) all come down to one number each: the size that this signal needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

_ROUNDING = 1e-9
_SATURATED = 0.95
_SATURATED_GROWTH = 1.5


class Mode(StrEnum):
    """`autoscalingPolicy.mode`."""

    ON = "ON"
    ONLY_SCALE_OUT = "ONLY_SCALE_OUT"
    OFF = "OFF"


class Detail(StrEnum):
    """The `statusDetails[].type` values that follow from a decision."""

    ALL_INSTANCES_UNHEALTHY = "ALL_INSTANCES_UNHEALTHY"
    CAPPED_AT_MAX_NUM_REPLICAS = "CAPPED_AT_MAX_NUM_REPLICAS"
    MIN_EQUALS_MAX = "MIN_EQUALS_MAX"
    MISSING_CUSTOM_METRIC_DATA_POINTS = "MISSING_CUSTOM_METRIC_DATA_POINTS"
    MISSING_LOAD_BALANCING_DATA_POINTS = "MISSING_LOAD_BALANCING_DATA_POINTS"
    MODE_OFF = "MODE_OFF"
    MODE_ONLY_SCALE_OUT = "MODE_ONLY_SCALE_OUT"


@dataclass(frozen=True)
class Reading:
    """What one instance shows: a value in the unit of the target, and whether it is past its initialization."""

    value: float
    ready: bool = True


@dataclass(frozen=True)
class InstanceSignal:
    """A mean over instances against a target.

    Attributes:
        target: in the unit of the readings; a fraction for utilization.
        readings: one for each instance that has one; empty when there is no data.
        saturates: the readings cannot exceed 1 (CPU), so near 1 they do not tell how much is missing.
        missing: the warning to give without data, if there is one.
    """

    target: float
    readings: tuple[Reading, ...]
    saturates: bool = False
    missing: Detail | None = None


@dataclass(frozen=True)
class GroupSignal:
    """A value of the whole group, of which each instance takes `assignment`; None when there is no data."""

    value: float | None
    assignment: float
    missing: Detail | None = Detail.MISSING_CUSTOM_METRIC_DATA_POINTS


@dataclass(frozen=True)
class Floor:
    """The least size that an active schedule or a forecast asks for."""

    size: int


Signal = InstanceSignal | GroupSignal | Floor


@dataclass(frozen=True)
class ScaleInControl:
    """At most so many fewer than the peak of the window: a number, or a percentage of that peak."""

    window_seconds: float
    fixed: int | None = None
    percent: int | None = None

    def floor(self, peak: int) -> int:
        """The least size allowed under a peak; a percentage is rounded down ([choice])."""
        allowed = self.fixed if self.fixed is not None else peak * (self.percent or 0) // 100
        return peak - allowed


@dataclass(frozen=True)
class Policy:
    """The autoscaling policy, without its signals. Periods are cloud seconds."""

    minimum: int
    maximum: int
    cool_down_seconds: float = 60.0
    stabilization_seconds: float = 600.0
    scale_in_control: ScaleInControl | None = None
    mode: Mode = Mode.ON


@dataclass(frozen=True)
class Entry:
    """What was computed at a time, and held until the next entry's time."""

    time: float
    raw: int
    recommended: int


@dataclass(frozen=True)
class Decision:
    """The outcome of one evaluation.

    Attributes:
        recommended: `recommendedSize`.
        size: what targetSize is to become; None to leave it.
        history: to be handed to the next evaluation; it grows only when something changes.
        warnings: in the order in which they are shown.
    """

    recommended: int
    size: int | None
    history: tuple[Entry, ...]
    warnings: tuple[Detail, ...]


def decide(
    policy: Policy,
    signals: tuple[Signal, ...],
    *,
    target_size: int,
    history: tuple[Entry, ...],
    now: float,
    running: int,
) -> Decision:
    """One evaluation.

    Args:
        policy: limits, periods and mode.
        signals: what was measured; without any, the size is the minimum.
        target_size: of the group, before this evaluation.
        history: as the previous evaluation returned it; empty for a new autoscaler.
        now: cloud time.
        running: how many instances run.
    """
    history = history or (Entry(now, target_size, target_size),)
    raw = max((needed(signal, target_size) for signal in signals), default=policy.minimum)
    window = max(policy.stabilization_seconds, policy.cool_down_seconds)
    recommended = max(raw, _peak(history, now - window).raw)
    if policy.scale_in_control is not None:
        peak = _peak(history, now - policy.scale_in_control.window_seconds).recommended
        recommended = max(recommended, policy.scale_in_control.floor(peak))
    unlimited = recommended
    recommended = max(_least(policy, signals), min(recommended, policy.maximum))
    return Decision(
        recommended=recommended,
        size=_new_size(policy.mode, recommended, target_size),
        history=_extended(history, Entry(now, raw, recommended), policy),
        warnings=_warnings(policy, signals, capped=unlimited > policy.maximum, running=running),
    )


def needed(signal: Signal, target_size: int) -> int:
    """The size one signal asks for, before limits and stabilization; without data, the size there is ([choice])."""
    if isinstance(signal, Floor):
        return signal.size
    if isinstance(signal, GroupSignal):
        return target_size if signal.value is None else _ceiling(signal.value / signal.assignment)
    if not signal.readings:
        return target_size
    ready = [reading.value for reading in signal.readings if reading.ready]
    if ready and _mean(ready) > signal.target + _ROUNDING:
        grown = _ceiling(sum(ready) / signal.target)
        if signal.saturates and _mean(ready) >= _SATURATED:
            grown = min(grown, math.ceil(len(ready) * _SATURATED_GROWTH))
        return max(target_size, grown)
    everything = [reading.value for reading in signal.readings]
    return min(target_size, _ceiling(sum(everything) / signal.target))


def _least(policy: Policy, signals: tuple[Signal, ...]) -> int:
    """Signals that are measured on instances need one to be measured on."""
    measured = any(isinstance(signal, InstanceSignal) for signal in signals)
    return max(policy.minimum, 1 if measured else 0)


def _new_size(mode: Mode, recommended: int, target_size: int) -> int | None:
    if mode is Mode.OFF or recommended == target_size:
        return None
    if mode is Mode.ONLY_SCALE_OUT and recommended < target_size:
        return None
    return recommended


def _peak(history: tuple[Entry, ...], since: float) -> Entry:
    """The highest raw and recommended sizes held at any time after `since`."""
    ends = [*(entry.time for entry in history[1:]), math.inf]
    held = [entry for entry, end in zip(history, ends, strict=True) if end > since]
    return Entry(since, max(entry.raw for entry in held), max(entry.recommended for entry in held))


def _extended(history: tuple[Entry, ...], entry: Entry, policy: Policy) -> tuple[Entry, ...]:
    last = history[-1]
    if (last.raw, last.recommended) != (entry.raw, entry.recommended):
        history = (*history, entry)
    control = policy.scale_in_control.window_seconds if policy.scale_in_control else 0.0
    longest = max(policy.stabilization_seconds, policy.cool_down_seconds, control)
    ends = [*(item.time for item in history[1:]), math.inf]
    return tuple(item for item, end in zip(history, ends, strict=True) if end > entry.time - longest)


def _warnings(policy: Policy, signals: tuple[Signal, ...], *, capped: bool, running: int) -> tuple[Detail, ...]:
    found = []
    if policy.mode is Mode.OFF:
        found.append(Detail.MODE_OFF)
    if policy.mode is Mode.ONLY_SCALE_OUT:
        found.append(Detail.MODE_ONLY_SCALE_OUT)
    if policy.minimum == policy.maximum:
        found.append(Detail.MIN_EQUALS_MAX)
    if capped:
        found.append(Detail.CAPPED_AT_MAX_NUM_REPLICAS)
    if not running:
        found.append(Detail.ALL_INSTANCES_UNHEALTHY)
    found += [warning for signal in signals if (warning := _missing(signal)) is not None]
    return tuple(dict.fromkeys(found))


def _missing(signal: Signal) -> Detail | None:
    if isinstance(signal, InstanceSignal):
        return None if signal.readings else signal.missing
    if isinstance(signal, GroupSignal):
        return signal.missing if signal.value is None else None
    return None


def _ceiling(exact: float) -> int:
    """Round up, always; what is above a whole number only by floating point is not above it ([choice])."""
    return math.ceil(exact - _ROUNDING)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def history_from(stored: list[list[float]]) -> tuple[Entry, ...]:
    """History as it was stored: `[time, raw, recommended]` triples."""
    return tuple(Entry(time, int(raw), int(recommended)) for time, raw, recommended in stored)


def history_to(history: tuple[Entry, ...]) -> list[list[float]]:
    """History as it is stored."""
    return [[entry.time, entry.raw, entry.recommended] for entry in history]
