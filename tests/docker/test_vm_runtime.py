"""The vm runtime: the suite of all runtimes on real machines, and what is its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine, connect
from localcloud.runtimes.machine_images import DEBIAN, image_tag
from localcloud.runtimes.runtime import Machine, RuntimeFaultError
from localcloud.runtimes.vm import VmRuntime
from tests.docker.engines import small_engine
from tests.docker.machines import debian_machine, service_user_data
from tests.unit.localcloud.runtimes.runtime_suite import MakeRuntime, RuntimeSuite, halted
from tests.unit.localcloud.runtimes.test_env_file import REFUSED, TAKEN, short

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


@pytest.mark.parametrize(("text", "variables"), TAKEN.items(), ids=short)
def test_docker_takes_env_files_as_the_process_runtime_does(
    engine: Engine, tmp_path: Path, text: str, variables: dict[str, str]
) -> None:
    created = created_with(tmp_path / "container.env", text)
    assert created.returncode == 0, created.stderr
    container = created.stdout.strip()
    try:
        about = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=True).stdout
    finally:
        engine.remove_container(container)
    taken = dict(line.split("=", 1) for line in json.loads(about)[0]["Config"]["Env"])
    del taken["PATH"]
    assert taken == variables


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("text", REFUSED, ids=short)
def test_docker_refuses_env_files_that_the_process_runtime_does(tmp_path: Path, text: str) -> None:
    assert created_with(tmp_path / "container.env", text).returncode != 0


def created_with(file: Path, text: str) -> subprocess.CompletedProcess[str]:
    """How the docker command makes a container with an env-file, which it prints the id of."""
    file.write_text(text, newline="")
    command = ["docker", "create", "--env-file", str(file), image_tag(DEBIAN)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
