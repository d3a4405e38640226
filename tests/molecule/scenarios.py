"""The roles' molecule scenarios, by the runtime of the local cloud that each brings up for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.cloud import BIN, REPOSITORY


def scenarios(runtime: str) -> list[Path]:
    """The folders of the scenarios that run on `process` or on `vm`."""
    files = sorted(REPOSITORY.glob("roles/*/molecule/*/molecule.yml"))
    return [file.parent for file in files if _runtime(file) == runtime]


def scenario_name(scenario: Path) -> str:
    return f"{scenario.parents[1].name}-{scenario.name}"


def run_scenario(scenario: Path, folder: Path) -> None:
    """Its whole sequence, as `molecule test` in the role's folder; fails with the end of what molecule said."""
    run = subprocess.run(
        [sys.executable, "-m", "molecule", "test", "--scenario-name", scenario.name],
        cwd=scenario.parents[1],
        env={
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "MOLECULE_EPHEMERAL_DIRECTORY": str(folder / "molecule"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]


def _runtime(file: Path) -> str:
    return str(yaml.safe_load(file.read_text())["ansible"]["env"].get("LOCALCLOUD_RUNTIME", "process"))
