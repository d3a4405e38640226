"""site.yml on machines: built on a builder over SSH, served through Envoy from containers within instances."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import REPOSITORY, LocalCloud, Run, get, wait_until
from tests.e2e.fleet import Visitor, answering
from tests.sessions import account_session

RANGE = "10.62.0.0/24"
BUILDER_ZONE = "https://compute.googleapis.com/compute/v1/projects/flaskscale-local/zones/us-central1-a/instances"
DIES_ON_INSTANCES = """
import socket
if socket.gethostname().startswith("flaskscale-"):
    raise RuntimeError("dies on instances")
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud of machines with nothing in it, and afterwards nothing of it."""
    cloud = LocalCloud(tmp_path_factory.mktemp("machines") / "state", {"LOCALCLOUD_RUNTIME": "vm"})
    images = cloud.command("images", timeout=900)
    assert images.code == 0, images.output
    cloud.up()
    yield cloud
    cleaned = cloud.command("clean")
    assert cleaned.code == 0, cleaned.output


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the application that a test may edit."""
    return Path(shutil.copytree(REPOSITORY / "app", tmp_path_factory.mktemp("source") / "app"))


def site(cloud: LocalCloud, source: Path, *arguments: str) -> Run:
    variables = {"app_image_source": str(source), "network_subnetwork_range": RANGE}
    return cloud.playbook("site.yml", "-e", json.dumps(variables), *arguments, timeout=590)


def machines(prefix: str) -> list[str]:
    """Containers of this test's own machines, by the name of the instance."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--format", "{{.Names}} {{.Networks}}"], capture_output=True, text=True, check=True
    )
    lines = (line.split() for line in listed.stdout.splitlines())
    return sorted(name for name, network in lines if f"-{prefix}" in name and "-10.62.0.0-" in network)


def within(machine: str, *command: str) -> str:
    """What a command in a machine prints."""
    return subprocess.run(["docker", "exec", machine, *command], capture_output=True, text=True, check=True).stdout


def running_image(machine: str) -> str:
    """The reference that the application's container was started from."""
    return within(machine, "docker", "inspect", "--format", "{{.Config.Image}}", "flaskscale").strip()


def test_check_mode_on_an_empty_cloud_shows_everything_and_writes_nothing(cloud: LocalCloud, source: Path) -> None:
    before = cloud.writes
    run = site(cloud, source, "--check", "--diff")
    assert (run.code, run.failed) == (0, 0), run.output
    assert cloud.writes == before
    assert machines("flaskscale") == []


def test_site_builds_on_the_builder_and_serves_from_containers_in_two_machines(cloud: LocalCloud, source: Path) -> None:
    run = site(cloud, source)
    assert (run.code, run.failed) == (0, 0), run.output
    assert len(answering(cloud)) == 2
    assert get(f"{cloud.url}/health") == (200, "status: healthy")
    (builder,) = machines("flaskscale-builder-")
    assert "us-central1-docker.pkg.dev/flaskscale-local/flaskscale/flaskscale" in within(builder, "docker", "images")
    images = [running_image(machine) for machine in machines("flaskscale-") if machine != builder]
    assert len(images) == 2
    assert images[0] == images[1]
    assert images[0].startswith("us-central1-docker.pkg.dev/flaskscale-local/flaskscale/flaskscale@sha256:")
    assert f"ssh -i {cloud.state}/keys/flaskscale-builder builder@10.62.0." in run.output


def test_a_second_run_changes_nothing(cloud: LocalCloud, source: Path) -> None:
    before = cloud.writes
    run = site(cloud, source)
    assert (run.code, run.changed) == (0, 0), run.output
    assert cloud.writes == before


def test_a_builder_that_is_stopped_stays_so_until_there_is_something_to_build(cloud: LocalCloud, source: Path) -> None:
    session = account_session(cloud)

    def builder() -> dict[str, Any]:
        instances = session.get(BUILDER_ZONE).json()["items"]
        (found,) = [each for each in instances if each["name"].startswith("flaskscale-builder-")]
        return dict(found)

    assert session.post(f"{BUILDER_ZONE}/{builder()['name']}/stop").ok
    wait_until(lambda: builder()["status"] == "TERMINATED", 60, "the builder to stop")
    run = site(cloud, source, "--tags", "app_image")
    assert (run.code, run.failed, run.changed) == (0, 0, 0), run.output
    assert builder()["status"] == "TERMINATED"
    run = site(cloud, source, "--tags", "docker")
    assert (run.code, run.failed) == (0, 0), run.output
    assert "docker : Ask the engine for its version" in run.output
    assert builder()["status"] == "RUNNING"


def test_check_mode_on_a_deployed_cloud_changes_nothing(cloud: LocalCloud, source: Path) -> None:
    before = cloud.writes
    run = site(cloud, source, "--check", "--diff")
    assert (run.code, run.failed, run.changed) == (0, 0, 0), run.output
    assert cloud.writes == before


def test_an_edit_is_built_and_rolled_out_without_a_lost_request(cloud: LocalCloud, source: Path) -> None:
    page = source / "flaskscale_app/templates/fleet.html"
    page.write_text(page.read_text().replace("</body>", "<!-- second release --></body>"))
    with Visitor(f"{cloud.url}/health") as visitor:
        run = site(cloud, source)
    assert (run.code, run.failed) == (0, 0), run.output
    assert "second release" in get(cloud.url)[1]
    assert set(visitor.answers) == {200}


def test_an_application_that_dies_at_import_stops_before_the_fleet_is_touched(cloud: LocalCloud, source: Path) -> None:
    entry = source / "wsgi.py"
    working = entry.read_text()
    entry.write_text(f"{working}\nraise RuntimeError('the third release is broken')\n")
    before = cloud.writes
    run = site(cloud, source)
    entry.write_text(working)
    assert run.code != 0
    assert "the third release is broken" in run.output
    assert cloud.writes == before
    assert "second release" in get(cloud.url)[1]


def test_a_builder_that_lets_nobody_in_stops_before_the_fleet_is_touched(cloud: LocalCloud, source: Path) -> None:
    (builder,) = machines("flaskscale-builder-")
    within(builder, "systemctl", "stop", "ssh.service")
    before = cloud.writes
    entry = source / "wsgi.py"
    working = entry.read_text()
    entry.write_text(f"{working}\n# something to build\n")
    run = site(cloud, source, "-e", "builder_ssh_timeout_sec=10")
    entry.write_text(working)
    within(builder, "systemctl", "start", "ssh.service")
    assert run.code != 0
    said = " ".join(run.output.split())  # Ansible wraps what it says
    assert "does not let builder in at 10.62.0." in said
    assert "The last lines of its serial console" in said
    assert cloud.writes == before


def test_a_registry_that_is_down_is_asked_again_while_others_serve(cloud: LocalCloud) -> None:
    lost, kept = sorted(answering(cloud))
    (console,) = cloud.state.glob(f"instances/*/{lost}/serial.log")
    cloud.admin("POST", "/faults", {"method": "artifactregistry.docker", "status": 503, "rate": 1.0})
    cloud.admin("POST", f"/instances/{lost}/kill")
    pulls = "Service Unavailable"
    wait_until(lambda: console.exists() and console.read_text().count(pulls) >= 2, 120, "two pulls to be refused")
    assert set(answering(cloud)) == {kept}
    cloud.admin("DELETE", "/faults")
    wait_until(lambda: len(answering(cloud)) == 2, 120, "the image to be pulled")


def test_a_crash_loop_is_told_by_the_run_and_by_the_status(cloud: LocalCloud, source: Path) -> None:
    """The image is tried on the builder, where this one works; it dies where it is named after the group."""
    entry = source / "wsgi.py"
    working = entry.read_text()
    entry.write_text(f"{working}\n{DIES_ON_INSTANCES}\n")
    run = site(cloud, source, "-e", "instance_group_rollout_timeout_sec=120")
    entry.write_text(working)
    assert run.code != 0
    assert "RuntimeError: dies on instances" in " ".join(run.output.split())  # Ansible wraps what it says
    # Not while autohealing is making the machine anew, which it does again and again.
    wait_until(
        lambda: "RuntimeError: dies on instances" in cloud.playbook("playbooks/status.yml").output, 180, "its log"
    )
    assert get(f"{cloud.url}/health") == (200, "status: healthy")


def test_destroying_leaves_no_machine_no_network_and_no_key(cloud: LocalCloud) -> None:
    run = cloud.playbook("playbooks/destroy.yml", "-e", f"network_subnetwork_range={RANGE}", timeout=590)
    assert (run.code, run.failed) == (0, 0), run.output
    assert "What is left of flaskscale: nothing" in run.output
    assert machines("") == []
    assert sorted(path.name for path in (cloud.state / "keys").iterdir() if "builder" in path.name) == []
    networks = subprocess.run(["docker", "network", "ls"], capture_output=True, text=True, check=True).stdout
    assert "-10.62.0.0-" not in networks
