"""What of a source folder goes into a release, its digest, and its copy."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import (
    CredentialsInSourceError,
    FileNameUnreadableError,
    LinkLeavesSourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from .ignore import DOCKERIGNORE, GITIGNORE, Ignored, ignored_by

LEFT_OUT_FOLDERS = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".venv", "venv", ".cache", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    | {".tox", ".nox", ".idea", ".vscode", "node_modules"}
)
LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".swp", "~")
LEFT_OUT_PREFIX = ".#"  # Emacs' locks: links to nothing
_ENVIRONMENT_MARK = "pyvenv.cfg"  # in each virtual environment, whatever its folder is called (PEP 405)
_CREDENTIAL = re.compile(rb'"type"\s*:\s*"(?:service_account|authorized_user)"')
_CREDENTIALS_SECRET = re.compile(rb'"(?:private_key|refresh_token)"\s*:\s*"')
_CREDENTIAL_BYTES = 65536
_EXECUTABLE, _PLAIN, _FOLDER = 0o755, 0o644, 0o755


def files(source: Path) -> Iterator[Path]:
    """The files of a release as paths relative to the source, in one fixed order, without what is left out.

    Raises:
        SourceMissingError: the source is not a folder.
        LinkLeavesSourceError: a link to a folder, to nothing, or out of the source.
        FileNameUnreadableError: a name that is no text.
        CredentialsInSourceError: a key of Google's.
        SourceUnreadableError, IgnorePatternError: what says what is left out cannot be read.
    """
    if not source.is_dir():
        raise SourceMissingError(str(source))
    ignored = ignored_by(source)
    found: list[Path] = []
    for folder, folders, names in os.walk(source):
        here = Path(folder)
        folders[:] = [name for name in folders if not _is_left_out(here / name)]
        for name in folders:
            if (here / name).is_symlink() and not ignored((here / name).relative_to(source).as_posix()):
                raise LinkLeavesSourceError(here / name)
        kept = (here / name for name in names if _is_content(here / name))
        found += [file for file in kept if not ignored(file.relative_to(source).as_posix())]
    for file in found:
        _check_link(file, source)
        _check_name(file)
        _check_credential(file, source, ignored)
    yield from sorted(file.relative_to(source) for file in found)


def _is_left_out(folder: Path) -> bool:
    return folder.name in LEFT_OUT_FOLDERS or (folder / _ENVIRONMENT_MARK).is_file()


def _is_content(file: Path) -> bool:
    """A file or a link; a socket or a pipe is a running program's."""
    if file.name.endswith(LEFT_OUT_SUFFIXES) or file.name.startswith(LEFT_OUT_PREFIX):
        return False
    return file.is_symlink() or file.is_file()


def _check_name(file: Path) -> None:
    try:
        str(file).encode()
    except UnicodeEncodeError as wrong:
        raise FileNameUnreadableError(file) from wrong


def _check_credential(file: Path, source: Path, ignored: Ignored) -> None:
    """See that it is no key that Google issued, unless a line takes just this one along."""
    path = file.relative_to(source).as_posix()
    if file.suffix != ".json" or file.stat().st_size > _CREDENTIAL_BYTES or ignored.takes_back(path):
        return
    content = read(file)
    if _CREDENTIAL.search(content) and _CREDENTIALS_SECRET.search(content):
        raise CredentialsInSourceError(file, path, GITIGNORE if ignored.is_gits else DOCKERIGNORE)


def _check_link(file: Path, source: Path) -> None:
    if not file.is_symlink():
        return
    resolved = file.resolve()
    if not resolved.is_file() or not resolved.is_relative_to(source.resolve()):
        raise LinkLeavesSourceError(file)


def source_digest(source: Path) -> str:
    """SHA-256 over each file's relative path, executable bit and bytes."""
    return _digest(source, files(source))


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = read(folder / path)
        mode = "x" if is_executable(folder / path) else "-"
        digest.update(f"{path.as_posix()}\0{mode}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def copy(source: Path, target: Path) -> str:
    """Copy a release's files: folders 0755, files 0644, executable ones 0755, links as what they point to.

    Returns the digest of the copy: another than the source's when that changed meanwhile.
    """
    target.mkdir(mode=_FOLDER, parents=True)
    paths = list(files(source))
    for path in paths:
        copied = target / path
        copied.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        shutil.copyfile(source / path, copied)
        copied.chmod(_EXECUTABLE if is_executable(source / path) else _PLAIN)
    for folder, folders, _ in os.walk(target):
        for name in [".", *folders]:
            (Path(folder) / name).chmod(_FOLDER)
    return _digest(target, paths)


def is_executable(file: Path) -> bool:
    """Whether its owner may execute it."""
    return bool(file.stat().st_mode & 0o100)


def read(file: Path) -> bytes:
    """Its bytes.

    Raises:
        SourceUnreadableError: the file system refuses.
    """
    try:
        return file.read_bytes()
    except OSError as wrong:
        raise SourceUnreadableError(file, wrong.strerror or str(wrong)) from wrong
