"""Imports run one way, in the order the design writes them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
TIERS = (
    {"settings", "clock", "errors", "exports", "supervision", "status_table", "serial_log"},
    {"discovery", "store"},
    {"resources"},
    {"runtimes"},
    {"dataplane", "registry"},
    {"controllers", "api", "console", "fidelity"},
    {"__main__"},
)
TIER = {room: number for number, rooms in enumerate(TIERS) for room in rooms}
MAY_MEET = {
    frozenset(pair) for pair in (("settings", "errors"), ("supervision", "errors"), ("supervision", "settings"))
}
MAY_MEET |= {frozenset(pair) for pair in (("exports", "settings"), ("store", "errors"))}


def room(path: Path) -> str:
    return path.relative_to(REPOSITORY / "localcloud").parts[0].removesuffix(".py")


def imported_rooms(source: str) -> set[str]:
    """Rooms of localcloud that a module imports; relative imports are not used in localcloud."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "localcloud imports by full name"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("localcloud.")}


MODULES = sorted(
    path
    for path in (REPOSITORY / "localcloud").rglob("*.py")
    if path.name != "__init__.py" or path.parent.name != "localcloud"
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_module_imports_only_rooms_before_its_own(path: Path) -> None:
    own = room(path)
    for other in imported_rooms(path.read_text()) - {own}:
        allowed = TIER[other] < TIER[own] or frozenset((own, other)) in MAY_MEET
        assert allowed, f"{path.relative_to(REPOSITORY)} imports localcloud.{other}, which comes after {own}"


def test_the_rule_sees_a_wrong_import() -> None:
    assert imported_rooms("from localcloud.api.door import Door") == {"api"}
    assert imported_rooms("import localcloud.controllers.loop") == {"controllers"}
    assert imported_rooms("from localcloud import supervision") == {"supervision"}
