"""Molecule scenarios of the roles that need no machine: converge, idempotence, verify, each on its own local cloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.molecule.scenarios import run_scenario, scenario_name, scenarios


def test_there_are_scenarios() -> None:
    assert scenarios("process")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", scenarios("process"), ids=scenario_name)
def test_molecule(scenario: Path, tmp_path: Path) -> None:
    run_scenario(scenario, tmp_path)
