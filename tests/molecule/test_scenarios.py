"""Every role's molecule scenarios: converge, idempotence, verify, against a local cloud of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud import BIN, REPOSITORY

SCENARIOS = sorted(path.parent for path in REPOSITORY.glob("roles/*/molecule/*/molecule.yml"))


def test_there_are_scenarios() -> None:
    assert SCENARIOS


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: f"{path.parents[1].name}-{path.name}")
def test_molecule(scenario: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "molecule", "test", "--scenario-name", scenario.name],
        cwd=scenario.parents[1],
        env={
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path / "molecule"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]
