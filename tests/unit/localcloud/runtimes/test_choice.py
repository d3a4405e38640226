"""The runtime that a state was made with, and what stands in the way of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors import StartError
from localcloud.runtimes import choice
from localcloud.runtimes.process import ProcessRuntime
from localcloud.settings import Settings, read_settings


def settings(state: Path, runtime: str) -> Settings:
    return read_settings({"LOCALCLOUD_STATE": str(state), "LOCALCLOUD_RUNTIME": runtime})


def test_it_is_remembered_until_the_state_is_emptied(tmp_path: Path) -> None:
    assert choice.remembered_runtime(tmp_path) == ""
    choice.remember_runtime(tmp_path, "vm")
    assert choice.remembered_runtime(tmp_path) == "vm"
    choice.forget_runtime(tmp_path)
    assert choice.remembered_runtime(tmp_path) == ""
    choice.forget_runtime(tmp_path)


def test_the_process_runtime_asks_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    process = settings(tmp_path, "process")
    choice.require_runtime(process)
    choice.remove_machines(process)
    assert isinstance(choice.make_runtime(process), ProcessRuntime)


def test_the_vm_runtime_needs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(StartError, match="^LOCALCLOUD_RUNTIME is 'vm' but no Docker engine answers"):
        choice.require_runtime(settings(tmp_path, "vm"))
