"""CPU time is found in either version of control groups, also after systemd has moved itself below."""

from __future__ import annotations

from pathlib import Path

from localcloud.runtimes.vm_cpu import cpu_seconds

IDENTITY = "c0" * 32


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_version_1(tmp_path: Path) -> None:
    membership = f"9:name=systemd:/docker/{IDENTITY}/init.scope\n2:cpu,cpuacct:/docker/{IDENTITY}\n0::/\n"
    write(tmp_path / "proc/7/cgroup", membership)
    write(tmp_path / "groups/cpu,cpuacct/docker" / IDENTITY / "cpuacct.usage", "2500000000\n")
    assert cpu_seconds(IDENTITY, 7, tmp_path / "proc", tmp_path / "groups") == 2.5


def test_version_2(tmp_path: Path) -> None:
    scope = f"system.slice/docker-{IDENTITY}.scope"
    write(tmp_path / "proc/7/cgroup", f"0::/{scope}/init.scope\n")
    write(tmp_path / "groups" / scope / "cpu.stat", "usage_usec 1500000\nuser_usec 1\nsystem_usec 2\n")
    assert cpu_seconds(IDENTITY, 7, tmp_path / "proc", tmp_path / "groups") == 1.5


def test_a_process_that_is_gone_or_another_container_has_used_nothing(tmp_path: Path) -> None:
    assert cpu_seconds(IDENTITY, 7, tmp_path / "proc", tmp_path / "groups") == 0.0
    write(tmp_path / "proc/7/cgroup", "0::/user.slice\n")
    assert cpu_seconds(IDENTITY, 7, tmp_path / "proc", tmp_path / "groups") == 0.0
