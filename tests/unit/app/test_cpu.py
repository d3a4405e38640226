"""The CPU meter, with times the test sets and with a real busy process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flaskscale_app.cpu import CpuMeter, CpuUse, process_group_seconds


class Machine:
    """A clock and a counter of CPU seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.used = 5.0

    def pass_time(self, seconds: float, busy: float) -> None:
        self.now += seconds
        self.used += seconds * busy


def meter_of(machine: Machine) -> CpuMeter:
    return CpuMeter(read=lambda: machine.used, clock=lambda: machine.now)


def test_nothing_is_known_in_the_first_second() -> None:
    machine = Machine()
    meter = meter_of(machine)
    machine.pass_time(0.5, busy=1)
    assert meter.use() is None


def test_the_mean_is_over_the_last_ten_seconds() -> None:
    machine = Machine()
    meter = meter_of(machine)
    for _ in range(20):
        machine.pass_time(1, busy=0)
        meter.use()
    for _ in range(5):
        machine.pass_time(1, busy=2)
        meter.use()
    assert meter.use() == CpuUse(busy=1.0, window_seconds=10.0)


def test_between_visits_far_apart_the_mean_is_over_all_the_time() -> None:
    machine = Machine()
    meter = meter_of(machine)
    machine.pass_time(100, busy=0.5)
    assert meter.use() == CpuUse(busy=0.5, window_seconds=100.0)


def test_a_process_that_vanished_with_its_time_does_not_make_it_negative() -> None:
    machine = Machine()
    meter = meter_of(machine)
    machine.now, machine.used = 2.0, 1.0
    assert meter.use() == CpuUse(busy=0.0, window_seconds=2.0)


@pytest.mark.parametrize(("busy", "vcpus", "share"), [(0.5, 2, 0.25), (2, 2, 1.0), (4, 2, 1.0)])
def test_the_share_is_of_the_vcpus_and_at_most_all(busy: float, vcpus: int, share: float) -> None:
    assert CpuUse(busy, 10).share_of(vcpus) == share


def test_the_group_is_summed_and_a_command_with_brackets_does_not_confuse(tmp_path: Path) -> None:
    group, ticks = os.getpgrp(), os.sysconf("SC_CLK_TCK")
    lines = {
        "10": f"10 (python) S 1 {group} 1 0 -1 0 0 0 0 0 {ticks} {ticks} {ticks} {ticks} 20 0 1",
        "11": f"11 (a) b) (c) R 10 {group} 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1",
        "12": f"12 (other) R 1 {group + 1} 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1",
    }
    for process, line in lines.items():
        (tmp_path / process).mkdir()
        (tmp_path / process / "stat").write_text(line)
    (tmp_path / "13").mkdir()  # ended between listing and reading
    assert process_group_seconds(tmp_path) == 5.0


def test_without_proc_the_process_counts_its_own_time(tmp_path: Path) -> None:
    assert process_group_seconds(tmp_path) == pytest.approx(sum(os.times()[:4]), abs=0.2)


def test_work_is_seen() -> None:
    before = process_group_seconds()
    while sum(os.times()[:2]) < 0.3 or process_group_seconds() - before < 0.1:
        sum(range(10_000))
    assert process_group_seconds() > before
