"""The autoscaler's decision against the worked examples of Google's pages (gce-behaviour section 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localcloud.resources.autoscaling import (
    Decision,
    Detail,
    Entry,
    Floor,
    GroupSignal,
    InstanceSignal,
    Mode,
    Policy,
    Reading,
    ScaleInControl,
    Signal,
    decide,
    history_from,
    history_to,
    needed,
)

POLICY = Policy(minimum=1, maximum=30)


def cpu(value: float, count: int, target: float = 0.6, *, initializing: tuple[float, ...] = ()) -> InstanceSignal:
    readings = (*[Reading(value)] * count, *(Reading(other, ready=False) for other in initializing))
    return InstanceSignal(target, readings, saturates=True)


class Group:
    """A group that follows its autoscaler at once, so that sequences read as a story."""

    def __init__(self, size: int, policy: Policy = POLICY) -> None:
        self.size = size
        self.policy = policy
        self.now = 1000.0
        self.history: tuple[Entry, ...] = ()

    def evaluate(self, *signals: Signal, after: float = 10.0) -> Decision:
        self.now += after
        decision = decide(
            self.policy, signals, target_size=self.size, history=self.history, now=self.now, running=self.size
        )
        self.history = decision.history
        self.size = self.size if decision.size is None else decision.size
        return decision


@pytest.mark.parametrize(
    ("signal", "size"),
    [
        (cpu(0.5, 10, target=0.8), 7),
        (InstanceSignal(0.6, (Reading(0.4),) * 10), 7),
        (InstanceSignal(1000, (Reading(1100),) * 10), 11),
        (InstanceSignal(2000, (Reading(2700),) * 10), 14),
    ],
)
def test_each_signal_of_the_worked_example(signal: Signal, size: int) -> None:
    assert needed(signal, 10) == size


def test_the_largest_need_wins() -> None:
    signals = (cpu(0.5, 10, target=0.8), InstanceSignal(2000, (Reading(2700),) * 10), Floor(3))
    assert Group(10).evaluate(*signals).recommended == 14


def test_there_is_no_tolerance_band_and_floating_point_does_not_round_up() -> None:
    assert needed(cpu(0.61, 10), 10) == 11
    assert needed(cpu(0.6, 10), 10) == 10
    assert needed(InstanceSignal(0.1, (Reading(0.1),) * 3), 3) == 3


def test_growth_looks_at_ready_instances_only_and_does_not_compound() -> None:
    group = Group(10)
    assert group.evaluate(cpu(0.9, 10)).size == 15
    decision = group.evaluate(cpu(0.9, 10, initializing=(1.0,) * 5))
    assert (decision.recommended, decision.size) == (15, None)


def test_initializing_instances_alone_do_not_grow_a_group() -> None:
    assert Group(2).evaluate(cpu(0.0, 0, initializing=(1.0, 1.0))).recommended == 2


def test_shrinking_waits_for_the_stabilization_period_and_is_one_step() -> None:
    group = Group(15)
    group.evaluate(cpu(0.6, 15))
    first_low = group.evaluate(cpu(0.2, 15))
    assert first_low.recommended == 15
    assert group.evaluate(cpu(0.2, 15), after=599).recommended == 15
    assert group.evaluate(cpu(0.2, 15), after=1).recommended == 5


def test_scale_in_control_lets_so_many_go_in_each_window() -> None:
    group = Group(15, replace(POLICY, scale_in_control=ScaleInControl(window_seconds=600, fixed=3)))
    group.evaluate(cpu(0.6, 15))
    group.evaluate(cpu(0.2, 15))
    assert group.evaluate(cpu(0.2, 15), after=600).recommended == 12
    assert group.evaluate(cpu(0.25, 12), after=599).recommended == 12
    assert group.evaluate(cpu(0.25, 12), after=1).recommended == 9


def test_the_peak_of_the_window_bounds_scaling_in() -> None:
    assert ScaleInControl(window_seconds=600, fixed=20).floor(70) == 50
    assert ScaleInControl(window_seconds=600, percent=10).floor(15) == 14


def test_a_spike_within_the_period_is_remembered() -> None:
    group = Group(10)
    assert group.evaluate(cpu(0.9, 10)).recommended == 15
    assert group.evaluate(cpu(0.1, 15)).recommended == 15
    assert group.evaluate(cpu(0.1, 15), after=300).recommended == 15
    assert group.evaluate(cpu(0.1, 15), after=300).recommended == 3


def test_the_cool_down_period_is_the_least_stabilization() -> None:
    group = Group(10, replace(POLICY, stabilization_seconds=0, cool_down_seconds=60))
    group.evaluate(cpu(0.6, 10))
    group.evaluate(cpu(0.1, 10))
    assert group.evaluate(cpu(0.1, 10), after=59).recommended == 10
    assert group.evaluate(cpu(0.1, 10), after=1).recommended == 2


def test_a_lowered_maximum_is_obeyed_at_once() -> None:
    group = Group(15)
    group.evaluate(cpu(0.6, 15))
    group.policy = replace(POLICY, maximum=8)
    decision = group.evaluate(cpu(0.6, 15))
    assert (decision.size, decision.warnings) == (8, (Detail.CAPPED_AT_MAX_NUM_REPLICAS,))


def test_a_new_autoscaler_starts_from_the_size_it_finds() -> None:
    assert Group(9).evaluate(cpu(0.1, 9)).recommended == 9


def test_only_scale_out_never_lowers_the_size_even_when_the_maximum_drops() -> None:
    group = Group(15, replace(POLICY, maximum=8, mode=Mode.ONLY_SCALE_OUT))
    decision = group.evaluate(cpu(0.1, 15))
    assert (decision.recommended, decision.size) == (8, None)
    assert Detail.MODE_ONLY_SCALE_OUT in decision.warnings


def test_off_recommends_and_changes_nothing_and_on_applies_the_recommendation_at_once() -> None:
    group = Group(10, replace(POLICY, mode=Mode.OFF))
    decision = group.evaluate(cpu(0.9, 10))
    assert (decision.recommended, decision.size, decision.warnings) == (15, None, (Detail.MODE_OFF,))
    group.policy = POLICY
    assert group.evaluate(cpu(0.9, 10)).size == 15


def test_saturated_cpu_grows_by_half_at_a_time() -> None:
    assert needed(cpu(1.0, 4, target=0.2), 4) == 6
    assert needed(cpu(0.9, 4, target=0.2), 4) == 18


def test_missing_data_holds_the_size_and_is_told() -> None:
    signal = InstanceSignal(0.8, (), missing=Detail.MISSING_LOAD_BALANCING_DATA_POINTS)
    decision = Group(4).evaluate(signal, cpu(0.1, 4))
    assert (decision.recommended, decision.warnings) == (4, (Detail.MISSING_LOAD_BALANCING_DATA_POINTS,))
    assert Group(4).evaluate(signal, cpu(0.9, 4)).recommended == 6


def test_group_metrics_are_divided_by_their_assignment() -> None:
    assert needed(GroupSignal(100, assignment=5), 3) == 20
    assert needed(GroupSignal(0, assignment=5), 3) == 0
    assert needed(GroupSignal(None, assignment=5), 3) == 3


def test_only_group_metrics_and_schedules_reach_zero() -> None:
    policy = replace(POLICY, minimum=0, stabilization_seconds=0, cool_down_seconds=0)
    assert Group(0, policy).evaluate(GroupSignal(0, assignment=5)).recommended == 0
    assert Group(0, policy).evaluate(GroupSignal(7, assignment=5)).recommended == 2
    assert Group(0, policy).evaluate(cpu(0, 0)).recommended == 1


def test_equal_limits_and_no_running_instance_are_told() -> None:
    decision = decide(
        replace(POLICY, minimum=2, maximum=2), (cpu(0, 0),), target_size=2, history=(), now=0.0, running=0
    )
    assert decision.warnings == (Detail.MIN_EQUALS_MAX, Detail.ALL_INSTANCES_UNHEALTHY)


def test_history_grows_only_with_changes_forgets_what_no_window_reaches_and_survives_storing() -> None:
    group = Group(4)
    for _ in range(50):
        group.evaluate(cpu(0.6, 4))
    assert len(group.history) == 1
    group.evaluate(cpu(0.1, 4))
    group.evaluate(cpu(0.1, 4), after=700)
    assert [entry.raw for entry in group.history] == [1, 1]
    assert history_from(history_to(group.history)) == group.history
