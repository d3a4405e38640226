"""Molecule scenarios of the roles that need a machine: converge, idempotence, verify on a builder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.molecule.scenarios import run_scenario, scenario_name, scenarios


def test_the_roles_that_need_a_machine_have_scenarios() -> None:
    assert {"builder-default", "docker-default"} <= {scenario_name(scenario) for scenario in scenarios("vm")}


@pytest.mark.parametrize("scenario", scenarios("vm"), ids=scenario_name)
def test_molecule(scenario: Path, tmp_path: Path) -> None:
    run_scenario(scenario, tmp_path)
