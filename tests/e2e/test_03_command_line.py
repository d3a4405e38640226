"""The command line at the edges: a taken port, a missing Python, a stopped cloud."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from localcloud.store.path import ResourcePath
from localcloud.store.store import Store
from tests.cloud import REPOSITORY, LocalCloud


def test_a_taken_port_is_named_with_the_setting_that_changes_it(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state")
    port = int(cloud.settings["LOCALCLOUD_HTTP_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        run = cloud.command("up")
    assert run.code == 1
    assert run.output == (
        f"error: port {port} is already in use; stop what uses it or set LOCALCLOUD_HTTP_PORT to a free port\n"
    )


def test_up_and_down_twice_are_once(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state")
    cloud.up()
    pid = cloud.pid
    assert f"already runs (pid {pid})" in cloud.command("up").output
    status = cloud.command("status").output
    assert str(pid) in status
    assert cloud.settings["LOCALCLOUD_DOOR_PORT"] in status
    cloud.down()
    assert cloud.command("down").code == 0
    assert cloud.command("status").output == (
        "error: the local cloud is not running; start it with: .venv/bin/python -m localcloud up\n"
    )


def test_a_local_cloud_is_not_taken_for_one_of_the_other_runtime(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state")
    cloud.up()
    with_machines = LocalCloud(cloud.state, {**cloud.settings, "LOCALCLOUD_RUNTIME": "vm"})
    assert with_machines.command("up").output == (
        "error: LOCALCLOUD_RUNTIME is 'vm' but the local cloud runs with 'process'; set LOCALCLOUD_RUNTIME=process, or "
        "remove it with 'make clean' first\n"
    )
    cloud.down()
    path = ResourcePath("compute", "flaskscale-local", "zones/us-central1-a", "instances", "one")
    store = Store(cloud.state / "cloud.sqlite3")
    with store.transaction() as transaction:
        transaction.put(path, {"name": "one"}, {"runtime": {"identity": "1"}})
    store.close()
    assert with_machines.command("up").output == (
        "error: LOCALCLOUD_RUNTIME is 'vm' but the state has instances of the runtime 'process'; set "
        "LOCALCLOUD_RUNTIME=process, or empty the cloud with '.venv/bin/python -m localcloud reset'\n"
    )


def test_a_machine_without_python_is_told_what_to_install(tmp_path: Path) -> None:
    for name in ("sh", "dirname", "cat", "cksum", "basename"):
        (tmp_path / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    run = subprocess.run(
        ["/bin/sh", str(REPOSITORY / "scripts" / "create-environment"), "requirements.txt"],
        env={"PATH": str(tmp_path), "VIRTUAL_ENVIRONMENT": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == (
        "No Python from 3.11 to 3.13 with venv was found on PATH; install one (on Debian: python3 python3-venv) "
        "or set PYTHON to its path, then run the same command again.\n"
    )
    assert not (tmp_path / "venv").exists()


def test_a_state_folder_that_cannot_be_made_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    state = tmp_path / "file" / "state"
    run = LocalCloud(state).command("up")
    assert run.code == 1
    assert run.output == (
        f"error: LOCALCLOUD_STATE is {state}, which cannot be created or written: Not a directory; choose another\n"
    )
