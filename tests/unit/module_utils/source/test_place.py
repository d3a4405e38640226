"""A source is a folder, or becomes one: what is given as its place, and what a repository's is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.place import find_place


def found(source: str, cache: Path) -> tuple[Path, str]:
    place = find_place(source, "", cache)
    return place.folder, place.commit


def test_a_folder_is_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    cache = tmp_path / "cache"
    for source in (f"{tmp_path}/shop", "shop", "~/shop"):
        assert found(source, cache) == (tmp_path / "shop", "")
    assert not cache.exists()


def test_a_repository_is_the_folder_of_a_commit(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (repository / "app.py").write_text("one")
    (repository / "web").mkdir()
    (repository / "web" / "app.py").write_text("two")
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    author = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run(["git", *author, "commit", "--quiet", "--message", "one"], cwd=repository, check=True)
    subprocess.run(["git", "tag", "first"], cwd=repository, check=True)
    place = find_place(f"file://{repository}", "first", tmp_path / "cache")
    folder = place.folder
    assert (folder / "app.py").read_text() == "one"
    assert folder.is_relative_to(tmp_path / "cache")
    assert folder.name == place.commit
    with pytest.raises(SourceError, match=r"but its revision second cannot be fetched: "):
        find_place(f"file://{repository}", "second", tmp_path / "cache")
    within = find_place(f"file://{repository}", "first", tmp_path / "cache", "web")
    assert (within.folder, within.shown) == (folder / "web", f"file://{repository}/web")
    assert place.shown == f"file://{repository}"
    assert place.told(f"{folder}/app.py is wrong") == f"file://{repository}/app.py is wrong"


def test_a_folder_within_the_source(tmp_path: Path) -> None:
    (tmp_path / "shop" / "services" / "web").mkdir(parents=True)
    place = find_place(f"{tmp_path}/shop", "", tmp_path, "services/web")
    assert place.folder == tmp_path / "shop" / "services" / "web"
    assert place.shown == f"{tmp_path}/shop/services/web"


@pytest.mark.parametrize("directory", ["web", "..", "/etc", "app.py", "outside"])
def test_a_folder_that_the_source_does_not_have(tmp_path: Path, directory: str) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "app.py").touch()
    (shop / "outside").symlink_to("/etc")
    with pytest.raises(SourceError) as refused:
        find_place(str(shop), "", tmp_path, directory)
    assert str(refused.value) == (
        f"app_image_directory is {directory} but {shop} has no such folder; name one by its path in the source, or "
        "leave it empty"
    )


def test_a_folder_within_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"^app_image_source is {tmp_path}/shop but there is no such folder; set"):
        find_place(f"{tmp_path}/shop", "", tmp_path, "web")
