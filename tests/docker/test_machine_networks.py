"""The private network of machines: its bridge, its range and their addresses."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine
from localcloud.runtimes.runtime import MachineState, RuntimeFaultError
from localcloud.runtimes.vm import VmRuntime
from localcloud.runtimes.vm_network import Bridges
from tests.cloud import LocalCloud
from tests.docker.machines import debian_machine, network_of
from tests.unit.localcloud.runtimes.releases import eventually
from tests.unit.localcloud.runtimes.runtime_suite import halted


def test_a_stopped_machine_keeps_its_bridge_when_the_last_running_one_is_removed(runtime: VmRuntime) -> None:
    machine = debian_machine("")
    other = replace(machine, name="other", identity="2", internal_ip="10.10.0.3")
    stopped, removed = (runtime.start(each, runtime.allocate(each)) for each in (machine, other))
    for handle in (stopped, removed):
        runtime.kill(handle)
        eventually(lambda handle=handle: halted(runtime, handle))
    runtime.remove(removed)
    runtime.start(machine, stopped)
    assert runtime.observe(stopped) is MachineState.RUNNING


def test_a_machine_whose_bridge_was_taken_away_says_so(runtime: VmRuntime) -> None:
    machine = debian_machine("")
    handle = runtime.start(machine, runtime.allocate(machine))
    runtime.kill(handle)
    eventually(lambda: halted(runtime, handle))
    subprocess.run(["docker", "network", "rm", network_of(handle)], capture_output=True, check=True)
    with pytest.raises(RuntimeFaultError, match=r"^the Docker engine could not start container .* not found$"):
        runtime.start(machine, handle)


def test_a_bridge_is_not_removed_while_a_machine_is_put_on_it(engine: Engine) -> None:
    bridges = Bridges(engine, "test", {})
    bridge = bridges.bridge("10.78.0.0/28")
    release = threading.Thread(target=bridges.release, args=(bridge,))
    with bridges.held(bridge):
        release.start()
        release.join(0.5)
        assert engine.network_exists(bridge.name)
    release.join()
    assert not engine.network_exists(bridge.name)


def test_a_range_that_this_machine_is_already_in_is_refused(runtime: VmRuntime) -> None:
    machine = replace(debian_machine(""), subnetwork_range="127.0.0.0/16", internal_ip="127.0.0.9")
    with pytest.raises(RuntimeFaultError) as caught:
        runtime.allocate(machine)
    assert str(caught.value) == (
        "the subnetwork's range 127.0.0.0/16 overlaps with lo (127.0.0.0/8) of this machine; "
        "set network_subnetwork_range to another"
    )


def test_a_range_of_another_local_cloud_is_refused_until_that_one_is_removed(
    engine: Engine, runtime: VmRuntime, tmp_path: Path
) -> None:
    machine = debian_machine("")
    other = tmp_path / "an other" / "state"
    VmRuntime(other, 0.5, engine).allocate(machine)
    with pytest.raises(RuntimeFaultError) as caught:
        runtime.allocate(machine)
    said = str(caught.value)
    assert f"(10.10.0.0/20) of this machine, a network of the local cloud in {other}; set network_" in said
    assert said.endswith(f": LOCALCLOUD_STATE='{other}' LOCALCLOUD_RUNTIME=vm .venv/bin/python -m localcloud clean")
    LocalCloud(other, {"LOCALCLOUD_RUNTIME": "vm"}).command("clean")
    runtime.allocate(machine)


def test_an_address_that_another_machine_has_is_refused(runtime: VmRuntime) -> None:
    machine = debian_machine("")
    runtime.start(machine, runtime.allocate(machine))
    twin = replace(machine, name="twin", identity="2")
    handle = runtime.allocate(twin)
    with pytest.raises(RuntimeFaultError, match="Address already in use"):
        runtime.start(twin, handle)
    assert halted(runtime, handle)
