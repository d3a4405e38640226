"""gcp_fleet_info, fleet_wait and fleet_summary, the last two through ansible-playbook itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cloud import BIN, REPOSITORY

from .conftest import Api, folder


@pytest.fixture
def group(api: Api, unique: str, templates: list[str], place: dict[str, str]) -> str:
    """An instance group manager of no instances."""
    body: dict[str, Any] = {"name": unique, "baseInstanceName": unique, "targetSize": 0}
    body["versions"] = [{"instanceTemplate": f"global/instanceTemplates/{templates[0]}"}]
    api.call("POST", f"{folder(place)}/instanceGroupManagers", body)
    return unique


def test_info(tell: Any, group: str, templates: list[str], place: dict[str, str]) -> None:
    story = tell("gcp_fleet_info", name=group, **place)
    before = story.cloud.writes
    found = story.run(check=True)
    assert found == story.run()
    assert found["changed"] is False
    assert found["fleet"]["group"]["target_size"] == 0
    assert found["fleet"]["group"]["templates"] == [templates[0]]
    assert found["fleet"]["group"]["location"] == folder(place).partition("/")[2]
    assert found["fleet"]["instances"] == []
    assert story.run(name="none")["fleet"]["group"] is None
    assert story.cloud.writes == before


def playbook(tmp_path: Path, environment: dict[str, str], *tasks: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """A play of these tasks on the controller, with the repository's own modules and plugins."""
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks)}
    file = tmp_path / "play.yml"
    file.write_text(yaml.safe_dump([play]))
    ours = {
        "ANSIBLE_LIBRARY": str(REPOSITORY / "library"),
        "ANSIBLE_MODULE_UTILS": str(REPOSITORY / "module_utils"),
        "ANSIBLE_ACTION_PLUGINS": str(REPOSITORY / "action_plugins"),
    }
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-e", f"ansible_python_interpreter={BIN / 'python'}"]
    return subprocess.run(
        [*command, "--diff", str(file)],
        env={**environment, **ours},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_through_ansible(group: str, client_environment: dict[str, str], place: dict[str, str], tmp_path: Path) -> None:
    fleet = {"name": group, **place}
    done = playbook(
        tmp_path,
        client_environment,
        {"gcp_instance_group_manager": {**fleet, "description": "from a play"}},
        {"fleet_wait": {**fleet, "timeout_sec": 60}},
        {"fleet_summary": {**fleet, "url": "http://127.0.0.1:8080", "following": ["That is all."]}},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+description: from a play" in done.stdout
    assert re.search(rf"^  0:\d\d  {group}  0 of 0 serving$", done.stdout, re.MULTILINE)
    assert f"  Group       {group} in {folder(place).partition('/')[2]}, 0 of 0 serving, settled" in done.stdout
    assert "  That is all." in done.stdout
    assert "changed=1" in done.stdout


def test_waiting_for_nothing_fails_with_a_sentence(client_environment: dict[str, str], tmp_path: Path) -> None:
    done = playbook(tmp_path, client_environment, {"fleet_wait": {"name": "none", "region": "us-central1"}})
    assert done.returncode != 0
    sentence = "the instance group none does not exist, so there is nothing to wait for; run site.yml"
    assert sentence in " ".join(done.stdout.split())
