"""What belongs to a release, its digest and its copy."""

from __future__ import annotations

import os
import socket
import stat
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from module_utils.source.errors import SourceError
from module_utils.source.files import copy, files, source_digest


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name in ("app.py", "pkg/mod.py", "pkg/__pycache__/mod.pyc", ".git/config", ".venv/bin/python", "old.pyc", "x~"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_what_is_left_out(source: Path) -> None:
    assert [path.as_posix() for path in files(source)] == ["app.py", "pkg/mod.py"]


def test_a_virtual_environment_is_left_out_whatever_it_is_called(source: Path, tmp_path: Path) -> None:
    venv.create(source / "env", symlinks=True)
    (source / "env" / "lib64").unlink(missing_ok=True)
    (source / "env" / "lib64").symlink_to("lib")
    venv.create(tmp_path / "elsewhere")
    (source / "linked").symlink_to(tmp_path / "elsewhere")
    assert [path.as_posix() for path in files(source)] == ["app.py", "pkg/mod.py"]


def test_a_link_to_a_folder_that_dockerignore_names(source: Path) -> None:
    (source / ".dockerignore").write_text("data/\n.dockerignore\n")
    (source / "data").symlink_to("pkg")
    assert [path.as_posix() for path in files(source)] == ["app.py", "pkg/mod.py"]


def test_what_is_no_content_is_left_out(source: Path) -> None:
    (source / ".#app.py").symlink_to("me@host.4711:1")
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        before = os.open(".", os.O_RDONLY)
        try:
            os.chdir(source)  # a socket's path is at most 108 bytes long
            listening.bind("gunicorn.sock")
        finally:
            os.chdir(before)
            os.close(before)
        assert [path.as_posix() for path in files(source)] == ["app.py", "pkg/mod.py"]


def test_a_name_that_is_no_text(source: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    (source / name).touch()
    with pytest.raises(SourceError) as refused:
        source_digest(source)
    assert str(refused.value) == (
        f"{source}/caf\ufffd.png has a name that is not UTF-8, which a release cannot carry; rename it, or leave it "
        "out with a pattern in .dockerignore, a * in the place of what cannot be read"
    )
    (source / ".dockerignore").write_text("caf*.png\n.dockerignore\n")
    assert [path.as_posix() for path in files(source)] == ["app.py", "pkg/mod.py"]


@pytest.mark.parametrize(
    "key",
    [
        '{"type": "service_account", "private_key": "-----BEGIN"}',
        '{\n  "refresh_token": "1//x",\n  "type":"authorized_user"\n}',
    ],
)
def test_a_key_of_googles_is_refused_by_name(source: Path, key: str) -> None:
    (source / "pkg" / "key.json").write_text(key)
    for ignore in (".dockerignore", ".gitignore"):
        if ignore == ".gitignore":
            (source / ignore).write_text(".gitignore\n")
        with pytest.raises(SourceError) as refused:
            source_digest(source)
        assert str(refused.value) == (
            f"{source}/pkg/key.json is a credential for Google Cloud, which whoever may pull the image could read; "
            "instances have a service account of their own, so name pkg/key.json in "
            f"{ignore}, or take it along with !pkg/key.json there"
        )
    (source / ".dockerignore").write_text("*\n!pkg\n")
    with pytest.raises(SourceError, match="is a credential for Google Cloud"):
        source_digest(source)
    (source / ".dockerignore").write_text("pkg/key.json\n")
    assert Path("pkg/key.json") not in list(files(source))
    (source / ".dockerignore").write_text("!pkg/key.json\n")
    assert Path("pkg/key.json") in list(files(source))


@pytest.mark.parametrize("text", ['{"type": "service_account"}', '{"private_key": "x"}', "not even JSON"])
def test_other_json_belongs_to_a_release(source: Path, text: str) -> None:
    (source / "package.json").write_text(text)
    assert Path("package.json") in list(files(source))


def test_what_a_local_run_keeps_does_not_count(source: Path) -> None:
    before = source_digest(source)
    (source / "instance").mkdir()
    (source / "instance" / "app.sqlite").write_text("rows")
    (source / ".env").write_text("SECRET_KEY=secret")
    assert source_digest(source) == before
    (source / ".dockerignore").write_text("!instance/\n.dockerignore")
    assert source_digest(source) != before


def test_what_is_left_out_does_not_count(source: Path) -> None:
    before = source_digest(source)
    (source / ".git" / "config").write_text("other")
    (source / "app.py").touch()
    (source / "app.py").chmod(0o600)
    assert source_digest(source) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda source: (source / "app.py").write_text("other"),
        lambda source: (source / "app.py").chmod(0o755),
        lambda source: (source / "app.py").rename(source / "main.py"),
        lambda source: (source / "new").write_text(""),
    ],
)
def test_what_counts(source: Path, change: Callable[[Path], object]) -> None:
    before = source_digest(source)
    change(source)
    assert source_digest(source) != before


def test_the_copy_has_plain_modes_and_the_same_digest(source: Path, tmp_path: Path) -> None:
    (source / "pkg" / "mod.py").chmod(0o700)
    (source / "app.py").chmod(0o600)
    (source / "pkg").chmod(0o700)
    (source / "link.py").symlink_to("app.py")
    copied = tmp_path / "copied"
    assert copy(source, copied) == source_digest(source)
    assert {path.as_posix(): mode(copied / path) for path in files(copied)} == {
        "app.py": 0o644,
        "link.py": 0o644,
        "pkg/mod.py": 0o755,
    }
    assert mode(copied / "pkg") == 0o755
    assert not (copied / "link.py").is_symlink()
    assert source_digest(copied) == source_digest(source)


def test_a_copy_of_what_is_taken_back_by_a_file_that_stays(source: Path, tmp_path: Path) -> None:
    (source / ".env").write_text("DEBUG=0")
    (source / ".dockerignore").write_text("!.env\n.dockerignore\n")
    assert copy(source, tmp_path / "copied") == source_digest(source)
    assert (tmp_path / "copied" / ".env").read_text() == "DEBUG=0"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside", "nothing", "pkg"])
def test_links_that_a_release_cannot_carry(source: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").write_text("secret")
    (source / "link").symlink_to(target)
    with pytest.raises(SourceError) as refused:
        source_digest(source)
    assert str(refused.value) == (
        f"{source}/link is a symbolic link to a folder or to something outside the source, which a release cannot "
        "carry; replace it by the files themselves"
    )


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        source_digest(tmp_path / "none")
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}/none but there is no such folder; set app_image_source to the folder of the "
        "Flask application or to a git URL"
    )
