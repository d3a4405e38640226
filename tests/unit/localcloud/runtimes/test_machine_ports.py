"""Ports kept for machines."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.runtimes import machine_ports
from localcloud.runtimes.machine_ports import AddressMissingError, reserve_ports
from localcloud.runtimes.runtime import RuntimeFaultError


def test_no_machine_gets_a_port_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_ports, "_PORTS", range(20100, 20104))
    monkeypatch.setattr(machine_ports, "_is_free", lambda *_: True)  # whatever else runs on this machine
    one = reserve_ports(tmp_path / "a" / "one", "127.0.0.1", 2)
    two = reserve_ports(tmp_path / "b" / "one", "127.0.0.1", 2)
    assert sorted(one + two) == [20100, 20101, 20102, 20103]
    assert json.loads((tmp_path / "a" / "one" / "ports.json").read_text()) == one
    with pytest.raises(RuntimeFaultError) as caught:
        reserve_ports(tmp_path / "b" / "three", "127.0.0.1", 1)
    assert str(caught.value) == "no port of 127.0.0.1 from 20100 to 20103 is free; stop what uses them"
    assert sorted(reserve_ports(tmp_path / "a" / "one", "127.0.0.1", 2)) == sorted(one)


def test_machines_that_choose_at_once_get_ports_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_ports, "_PORTS", range(20200, 20240))
    monkeypatch.setattr(machine_ports, "_is_free", lambda *_: time.sleep(0.005) or True)
    with ThreadPoolExecutor(8) as machines:
        chosen = machines.map(lambda number: reserve_ports(tmp_path / "a" / str(number), "127.0.0.1", 2), range(8))
    assert len({port for ports in chosen for port in ports}) == 16


def test_a_port_that_a_program_listens_on_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(machine_ports, "_PORTS", range(port, port + 1))
        with pytest.raises(RuntimeFaultError):
            reserve_ports(tmp_path / "a" / "one", "127.0.0.1", 1)
    assert not (tmp_path / "a").exists()


def test_a_machine_that_is_removed_meanwhile_holds_up_nobody(tmp_path: Path) -> None:
    gone = tmp_path / "a" / "gone" / "ports.json"
    gone.parent.mkdir(parents=True)
    gone.symlink_to(tmp_path / "nothing")  # listed, and not there when it is read
    assert len(reserve_ports(tmp_path / "a" / "one", "127.0.0.1", 2)) == 2


def test_an_address_that_this_machine_does_not_have_is_no_matter_of_ports(tmp_path: Path) -> None:
    with pytest.raises(AddressMissingError, match=r"^192\.0\.2\.1$"):
        reserve_ports(tmp_path / "a" / "one", "192.0.2.1", 1)
