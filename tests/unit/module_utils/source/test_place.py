"""A source is a folder, or becomes one: what is given as its place, and what a repository's is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.place import folder_of


def test_a_folder_is_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    cache = tmp_path / "cache"
    for source in (f"{tmp_path}/shop", "shop", "~/shop"):
        assert folder_of(source, "", cache) == (tmp_path / "shop", "")
    assert not cache.exists()


def test_a_repository_is_the_folder_of_a_commit(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (repository / "app.py").write_text("one")
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    author = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run(["git", *author, "commit", "--quiet", "--message", "one"], cwd=repository, check=True)
    subprocess.run(["git", "tag", "first"], cwd=repository, check=True)
    folder, commit = folder_of(f"file://{repository}", "first", tmp_path / "cache")
    assert (folder / "app.py").read_text() == "one"
    assert folder.is_relative_to(tmp_path / "cache")
    assert folder.name == commit
    with pytest.raises(SourceError, match=r"but its revision second cannot be fetched: "):
        folder_of(f"file://{repository}", "second", tmp_path / "cache")
