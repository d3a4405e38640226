"""The vm runtime: the suite of all runtimes on real machines, and what is its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine, connect
from localcloud.runtimes.runtime import Machine, RuntimeFaultError
from localcloud.runtimes.vm import VmRuntime
from tests.docker.engines import small_engine
from tests.docker.machines import debian_machine, service_user_data
from tests.unit.localcloud.runtimes.runtime_suite import MakeRuntime, RuntimeSuite, halted

CORES_PER_VCPU = 0.5


@pytest.fixture
def make_runtime(engine: Engine, tmp_path: Path) -> MakeRuntime:
    return lambda: VmRuntime(tmp_path, CORES_PER_VCPU, engine)


@pytest.fixture
def machine() -> Machine:
    return debian_machine(service_user_data())


def test_an_engine_whose_networks_are_elsewhere_is_named(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = replace(machine, subnetwork_range="10.79.0.0/24", internal_ip="10.79.0.2")
    with small_engine(tmp_path, 64) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        runtime = VmRuntime(tmp_path / "state", CORES_PER_VCPU, connect())
        with pytest.raises(RuntimeFaultError) as caught:
            runtime.allocate(elsewhere)
    told = str(caught.value)
    assert told.startswith(
        f"the Docker engine at {address} has its networks elsewhere than on this machine "
        "(10.79.0.1, the gateway of its network localcloud-"
    )
    assert "-10.79.0.0-24, is no address here), so machines could not be reached; point DOCKER_HOST at" in told


class TestVmRuntime(RuntimeSuite):
    """Every test of the suite, on the fixtures of this module."""

    def test_what_cannot_boot_says_why(self, make_runtime: MakeRuntime, machine: Machine) -> None:
        """A machine boots whatever its container-image says; what it cannot do without is a machine image."""
        runtime = make_runtime()
        nothing = replace(machine, boot_image="ubuntu-2404-noble-amd64-v20250606")
        handle = runtime.allocate(nothing)
        with pytest.raises(RuntimeFaultError) as caught:
            runtime.start(nothing, handle)
        assert str(caught.value) == (
            "the vm runtime has no machine image for 'ubuntu-2404-noble-amd64-v20250606'; "
            "use one of the family debian-12 or cos-stable"
        )
        assert halted(runtime, handle)
        runtime.remove(handle)
