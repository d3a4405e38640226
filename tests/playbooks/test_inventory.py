"""What an inventory says is the same for every host, also for one that joins during the run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cloud import BIN, REPOSITORY

_PLAYS = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.add_host": {"name": "joins", "groups": "builder", "ansible_connection": "local"}},
        ],
    },
    {
        "hosts": "localhost:builder",
        "gather_facts": False,
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ [flaskscale_state_directory, app_image_cache_directory, builder_key_directory] }}",
                    "dest": "{{ answers }}/{{ inventory_hostname }}",
                    "mode": "0600",
                }
            },
        ],
    },
]


@pytest.mark.parametrize("inventory", ["local", "gcp"])
def test_folders_are_the_same_for_a_host_that_joins(tmp_path: Path, inventory: str) -> None:
    """Without LOCALCLOUD_STATE, as a newcomer runs it."""
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump(_PLAYS))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LOCALCLOUD_", "GCP_"))}
    command = [BIN / "ansible-playbook", "-i", REPOSITORY / "inventory" / inventory, "-e", f"answers={tmp_path}", play]
    run = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    folders, joined = (json.loads((tmp_path / host).read_text()) for host in ("localhost", "joins"))
    assert folders == joined
    assert inventory == "gcp" or folders[0] == str(REPOSITORY / ".localcloud")
