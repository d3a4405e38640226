"""The life of a deployment, in order: check, create, again, one role, grow, heal, release, fail, recover, destroy."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.cloud import LocalCloud, get, wait_until
from tests.e2e.fleet import Visitor, answering, fleet

pytestmark = pytest.mark.timeout(600)
ROLES = (
    "project",
    "network",
    "registry",
    "builder",
    "docker",
    "app_image",
    "instance_template",
    "instance_group",
    "autoscaler",
    "load_balancer",
    "dns",
)


def test_check_mode_on_an_empty_cloud_shows_everything_and_writes_nothing(
    cloud: LocalCloud, variables: list[str]
) -> None:
    before = cloud.writes
    run = cloud.playbook("site.yml", "--check", "--diff", *variables)
    assert (run.code, run.failed) == (0, 0), run.output
    assert cloud.writes == before
    assert "autoscalingPolicy" in run.output or "autoscaling_policy" in run.output, "the diff shows the autoscaler"


def test_site_creates_a_fleet_that_answers_from_two_instances(cloud: LocalCloud, variables: list[str]) -> None:
    run = cloud.playbook("site.yml", *variables)
    assert (run.code, run.failed) == (0, 0), run.output
    assert run.changed > 10
    assert cloud.url in run.output
    assert len(answering(cloud)) == 2
    assert get(f"{cloud.url}/health") == (200, "status: healthy")


def test_the_page_and_its_routes_keep_the_originals_shapes(cloud: LocalCloud) -> None:
    status, page = get(cloud.url)
    assert status == 200
    names = [instance["name"] for instance in fleet(cloud)["instances"]]
    assert len(names) == 2
    assert all(name in page for name in names)
    status, listing = get(f"{cloud.url}/instances")
    assert status == 200
    assert all(name in listing and "RUNNING" in listing for name in names)
    assert get(f"{cloud.url}/internal-ip")[1].strip().count(".") == 3
    assert get(f"{cloud.url}/test-access")[0] == 200


def test_a_second_run_changes_nothing(cloud: LocalCloud, variables: list[str]) -> None:
    before = cloud.writes
    run = cloud.playbook("site.yml", *variables)
    assert (run.code, run.changed) == (0, 0), run.output
    assert cloud.writes == before


def test_check_mode_on_a_deployed_cloud_writes_nothing_and_sees_a_change(
    cloud: LocalCloud, variables: list[str]
) -> None:
    before = cloud.writes
    run = cloud.playbook("site.yml", "--check", "--diff", *variables, "-e", "autoscaler_max_replicas=8")
    assert (run.code, run.failed, run.changed) == (0, 0, 1), run.output
    assert cloud.writes == before
    assert "-" in run.output
    assert "8" in run.output


@pytest.mark.parametrize("role", ROLES)
def test_one_roles_tag_works_on_its_own(cloud: LocalCloud, variables: list[str], role: str) -> None:
    run = cloud.playbook("site.yml", "--tags", role, *variables)
    assert (run.code, run.failed, run.changed) == (0, 0, 0), run.output


def test_a_killed_instance_is_replaced_while_visitors_are_answered(cloud: LocalCloud) -> None:
    before = {instance["name"]: instance for instance in fleet(cloud)["instances"]}
    victim = next(iter(before))
    with Visitor(f"{cloud.url}/health") as visitor:
        cloud.admin("POST", f"/instances/{victim}/kill")
        wait_until(lambda: len(answering(cloud, 6)) == 1 or None, 10, "the killed instance to stop answering")
        wait_until(lambda: len(answering(cloud, 20)) == 2, 60, "a second instance to answer again")
    assert set(visitor.answers) == {200}


def test_a_stressed_group_grows(cloud: LocalCloud) -> None:
    size = len(fleet(cloud)["instances"])
    stop = time.monotonic() + 60
    while time.monotonic() < stop and len(fleet(cloud)["instances"]) <= size:
        for _ in range(4):
            get(f"{cloud.url}/stress?seconds=20", method="POST")
        time.sleep(1)
    grown = wait_until(lambda: len(answering(cloud, 30)) > size, 60, "a third instance to answer")
    assert grown


def test_an_edit_changes_nothing_until_the_next_deploy_which_loses_no_request(
    cloud: LocalCloud, variables: list[str], source: Path
) -> None:
    template = source / "flaskscale_app" / "templates"
    page = next(path for path in template.rglob("*.html") if "</body>" in path.read_text())
    page.write_text(page.read_text().replace("</body>", "<!-- second release --></body>"))
    assert "second release" not in get(cloud.url)[1]
    with Visitor(f"{cloud.url}/health") as visitor:
        run = cloud.playbook("site.yml", *variables)
    assert (run.code, run.failed) == (0, 0), run.output
    assert "second release" in get(cloud.url)[1]
    assert set(visitor.answers) == {200}
    assert len(list((cloud.state / "bundles" / "sha256").iterdir())) == 2
    assert len(list((cloud.state / "environments").iterdir())) == 1


def test_a_release_that_never_becomes_healthy_fails_in_bounded_time_and_the_old_one_serves(
    cloud: LocalCloud, variables: list[str], source: Path
) -> None:
    entry = source / "wsgi.py"
    working = entry.read_text()
    entry.write_text("raise RuntimeError('the third release is broken')\n")
    run = cloud.playbook("site.yml", *variables, "-e", "instance_group_rollout_timeout_sec=30")
    assert run.code != 0
    assert "the third release is broken" in run.output
    names = [p.name for p in (cloud.state / "instances").iterdir()]
    assert any(name in run.output.rpartition("the third release is broken")[0] for name in names)
    assert "second release" in get(cloud.url)[1]
    entry.write_text(working)
    mended = cloud.playbook("site.yml", *variables)
    assert (mended.code, mended.failed) == (0, 0), mended.output
    assert "second release" in get(cloud.url)[1]


def test_a_local_cloud_killed_during_site_carries_on_with_the_same_command(
    cloud: LocalCloud, variables: list[str], source: Path
) -> None:
    running = _instance_pids(cloud)
    changed = [*variables, "-e", "autoscaler_max_replicas=5", "-e", "network_health_check_logging=false"]
    playbook = cloud.start_playbook("site.yml", *changed)
    time.sleep(6)
    assert playbook.poll() is None, "the playbook was still running"
    cloud.kill()
    output, _ = playbook.communicate(timeout=120)
    assert playbook.returncode != 0, output
    assert get(f"{cloud.url}/health")[0] == 200, "Envoy and the instances serve on"
    cloud.up()
    run = cloud.playbook("site.yml", *changed)
    assert (run.code, run.failed) == (0, 0), run.output
    assert running <= _instance_pids(cloud), "instances were adopted, not started again"
    names = [instance["name"] for instance in fleet(cloud)["instances"]]
    assert len(names) == len(set(names))
    assert len(answering(cloud, 40)) == len(names)


def test_an_api_that_answers_503_and_429_now_and_then_is_retried(cloud: LocalCloud, variables: list[str]) -> None:
    own = ("compute.regionInstanceGroupManagers.get", "compute.regionAutoscalers.patch")
    googles = ("compute.networks.get", "compute.globalForwardingRules.get")
    for method in (*own, *googles):
        for status in (503, 429):
            cloud.admin("POST", "/faults", {"method": method, "status": status, "count": 1})
    run = cloud.playbook("site.yml", *variables, "-e", "autoscaler_max_replicas=6")
    left = cloud.admin("DELETE", "/faults")
    assert (run.code, run.failed) == (0, 0), run.output
    assert left == {"faults": []}


def test_after_down_and_up_the_same_fleet_serves(cloud: LocalCloud) -> None:
    names = {instance["name"] for instance in fleet(cloud)["instances"]}
    cloud.down()
    assert not _instance_pids(cloud), "down stops every instance"
    cloud.up()
    wait_until(lambda: get(f"{cloud.url}/health")[0] == 200, 30, "the fleet to serve again")
    # One that takes longer to boot than a health check waits is made anew, under its name.
    wait_until(lambda: names & {instance["name"] for instance in fleet(cloud)["instances"]}, 60, "the old names")


def test_destroy_cut_short_and_run_again_leaves_nothing(cloud: LocalCloud, variables: list[str]) -> None:
    playbook = cloud.start_playbook("playbooks/destroy.yml", *variables)
    time.sleep(6)
    playbook.send_signal(signal.SIGINT)
    playbook.communicate(timeout=60)
    run = cloud.playbook("playbooks/destroy.yml", *variables)
    assert (run.code, run.failed) == (0, 0), run.output
    assert "nothing" in run.output
    assert not _instance_pids(cloud)
    assert cloud.playbook("playbooks/destroy.yml", *variables).changed == 0


def _instance_pids(cloud: LocalCloud) -> set[int]:
    """Pids of the processes that run from this cloud's instances' folders or bundles."""
    found = set()
    for process in psutil.process_iter(["pid", "cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(cloud.state) in command and "gunicorn" in command and process.ppid() != os.getpid():
            found.add(process.info["pid"])
    return found
