"""The documents are true: every target, page and generated table is what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PAGES = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")])


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"`make (?:-s )?([a-z0-9-]+)`", (REPOSITORY / "docs" / "commands.md").read_text()))
    assert documented == targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not link.startswith(("http://", "https://")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


@pytest.mark.parametrize(
    ("page", "command"),
    [
        ("variables.md", [sys.executable, "scripts/variables-page"]),
        ("fidelity.md", [sys.executable, "-m", "localcloud", "fidelity"]),
    ],
)
def test_a_generated_page_is_current(page: str, command: list[str]) -> None:
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert (REPOSITORY / "docs" / page).read_text() == made, "run `make pages` and commit the result"


def test_every_setting_of_the_local_cloud_is_documented() -> None:
    source = (REPOSITORY / "localcloud" / "settings.py").read_text()
    page = (REPOSITORY / "docs" / "localcloud.md").read_text()
    settings = set(re.findall(r"LOCALCLOUD_[A-Z_]+[A-Z]", source))
    assert settings
    assert {name for name in settings if f"`{name}`" not in page} == set()


def test_no_test_is_skipped_and_no_check_silenced_without_a_reason() -> None:
    silenced = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)$")
    rooms = ("action_plugins", "app", "library", "localcloud", "module_utils", "roles", "test_plugins", "tests")
    bare = []
    for path in (path for room in rooms for path in REPOSITORY.glob(f"{room}/**/*.py")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (found := silenced.search(line)) and not re.search(r" - |  # ", found["rest"]):
                bare.append(f"{path.relative_to(REPOSITORY)}:{number}")
    assert bare == [], "give the reason on the same line"
