"""A .dockerignore, by the examples of Docker's reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.files import files
from module_utils.source.ignore import ignored_by


@pytest.mark.parametrize(
    ("lines", "left_out", "kept"),
    [
        ("*/temp*", ["somedir/temporary.txt", "somedir/temp"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["somedir/subdir/temporary.txt"], ["somedir/temp"]),
        ("temp?", ["tempa", "tempb/x"], ["temp", "tempab"]),
        ("**/*.go", ["main.go", "a/b/main.go"], ["main.gone"]),
        ("*.md\n!README.md", ["NOTES.md"], ["README.md", "docs/a.md"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["README-secret.md"], ["README-public.md"]),
        ("# no pattern\n\n/data/", ["data/a", "data"], ["data2", "a/data"]),
        ("[ab].txt", ["a.txt"], ["c.txt"]),
        ("docs\n!docs/keep.md", ["docs/a.md"], ["docs/keep.md"]),
    ],
)
def test_what_is_left_out(tmp_path: Path, lines: str, left_out: list[str], kept: list[str]) -> None:
    (tmp_path / ".dockerignore").write_text(lines)
    ignored = ignored_by(tmp_path)
    assert [path for path in left_out if not ignored(path)] == []
    assert [path for path in kept if ignored(path)] == []


STAYS = [".env", ".env.local", "shop/.env", "instance/app.sqlite", "instance/config.py", "src/instance/app.sqlite"]


def test_without_one_secrets_and_what_a_local_run_keeps_stay_at_home(tmp_path: Path) -> None:
    ignored = ignored_by(tmp_path)
    assert [path for path in STAYS if not ignored(path)] == []
    kept = ["anything", ".flaskenv", "env.py", "shop/instance/views.py", "templates/instance/list.html"]
    assert [path for path in kept if ignored(path)] == []


def test_a_line_takes_back(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("!.env\n!.env.*\n!**/.env\n!instance/\n!src/instance\n")
    ignored = ignored_by(tmp_path)
    assert [path for path in STAYS if ignored(path)] == []


def test_of_an_instance_folder_that_is_a_package_the_modules_are_code(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "__init__.py").touch()
    ignored = ignored_by(tmp_path)
    assert not ignored("instance/__init__.py")
    assert not ignored("instance/config.py")
    assert ignored("instance/app.sqlite")


def test_the_files_of_a_source(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*.txt\n.dockerignore\n")
    (tmp_path / "a.txt").touch()
    (tmp_path / "app.py").touch()
    assert [path.name for path in files(tmp_path)] == ["app.py"]


def test_one_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"\xff")
    with pytest.raises(SourceError, match=rf"^{tmp_path}/.dockerignore cannot be read: .*; correct it and run"):
        ignored_by(tmp_path)
