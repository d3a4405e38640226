"""Sources in git: a real repository beside the test, fetched as one far away would be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.git import fetch, is_url, secret_of, shown


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "init.defaultBranch=main"]
    ran = subprocess.run(["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for text in ("one", "two"):
        (folder / "app.py").write_text(text)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", text)
    git(folder, "tag", "first", "HEAD~1")
    git(folder, "branch", "old", "HEAD~1")
    return folder


@pytest.mark.parametrize(("revision", "text"), [("", "two"), ("main", "two"), ("first", "one"), ("old", "one")])
def test_a_revision(repository: Path, tmp_path: Path, revision: str, text: str) -> None:
    checkout = fetch(f"file://{repository}", revision, tmp_path / "cache")
    assert (checkout.folder / "app.py").read_text() == text
    assert checkout.commit == git(repository, "rev-parse", revision or "HEAD")
    assert not (checkout.folder / ".git").exists()


@pytest.mark.parametrize("length", [40, 10])
def test_a_commit(repository: Path, tmp_path: Path, length: int) -> None:
    commit = git(repository, "rev-parse", "first")
    assert fetch(f"file://{repository}", commit[:length], tmp_path / "cache").commit == commit


def test_a_branch_that_moves_on(repository: Path, tmp_path: Path) -> None:
    before = fetch(f"file://{repository}", "main", tmp_path / "cache")
    (repository / "app.py").unlink()
    (repository / "main.py").touch()
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "three")
    after = fetch(f"file://{repository}", "main", tmp_path / "cache")
    assert [path.name for path in after.folder.iterdir()] == ["main.py"]
    assert [path.name for path in before.folder.iterdir()] == ["app.py"]
    assert not list((tmp_path / "cache").rglob("*.index"))


@pytest.mark.parametrize("revision", ["nowhere", "--upload-pack=x"])
def test_a_revision_that_is_not_there(repository: Path, tmp_path: Path, revision: str) -> None:
    with pytest.raises(SourceError) as refused:
        fetch(f"file://{repository}", revision, tmp_path / "cache")
    assert str(refused.value).startswith(
        f"app_image_source is file://{repository}, but its revision {revision} cannot be fetched: "
    )
    assert str(refused.value).endswith("; correct app_image_source or app_image_revision, or see that git can log in")


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    url = "http://someone:s3cret@127.0.0.1:9/shop.git"
    with pytest.raises(SourceError) as refused:
        fetch(url, "", tmp_path / "cache")
    assert "app_image_source is http://127.0.0.1:9/shop.git, but its revision HEAD cannot" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    kept = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    assert kept
    assert not any(b"s3cret" in file.read_bytes() for file in kept)


def test_a_cache_that_cannot_be_written(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(SourceError) as refused:
        fetch(f"file://{repository}", "", tmp_path / "cache")
    assert str(refused.value) == (
        f"app_image_cache_directory is {tmp_path}/cache, which cannot be written: Not a directory; make room or choose "
        "another folder"
    )


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError) as refused:
        fetch("https://example.com/shop.git", "", tmp_path / "cache")
    assert str(refused.value) == (
        "app_image_source is https://example.com/shop.git, but git is not installed here; install git, or set "
        "app_image_source to a folder"
    )


@pytest.mark.parametrize(
    ("url", "visible", "secret"),
    [
        ("https://example.com/a.git", "https://example.com/a.git", ""),
        ("https://token@example.com/a.git", "https://example.com/a.git", "token"),
        ("https://name:word@example.com:8443/a.git", "https://example.com:8443/a.git", "word"),
        ("ssh://git@example.com/a.git", "ssh://example.com/a.git", ""),
        ("git@example.com:a.git", "git@example.com:a.git", ""),
    ],
)
def test_what_of_a_url_is_shown(url: str, visible: str, secret: str) -> None:
    assert is_url(url)
    assert (shown(url), secret_of(url)) == (visible, secret)


@pytest.mark.parametrize("folder", ["/srv/app", "app", "../shop", "~/shop"])
def test_a_folder_is_no_url(folder: str) -> None:
    assert not is_url(folder)
