"""Sources in git: fetched shallow at a revision into a cache folder, each commit a folder of its own.

A secret in the URL reaches git through its environment, never through a command line, and is taken out of all it says.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from .errors import CacheUnwritableError, GitMissingError, RepositoryUnreachableError

_URL = re.compile(r"^(?:(?:https?|ssh|git|file)://|[\w.-]+@[\w.-]+:)")
_LAST_LINES = 3
_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Checkout:
    """A commit's files and its full name."""

    folder: Path
    commit: str


def is_url(source: str) -> bool:
    """Whether a source is a repository's URL and not a folder."""
    return bool(_URL.match(source))


def shown(url: str) -> str:
    """The URL without a user or a secret in it."""
    parts = urlsplit(url)
    if "://" not in url or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def secret_of(url: str) -> str:
    """The password or token in a URL; empty when there is none."""
    if "://" not in url:
        return ""
    parts = urlsplit(url)
    return parts.password or (parts.username or "" if parts.scheme.startswith("http") else "")


def fetch(url: str, revision: str, cache: Path) -> Checkout:
    """The files of a branch, tag or commit; of the remote's HEAD where no revision is given.

    Raises:
        GitMissingError: there is no git.
        RepositoryUnreachableError: git could not fetch it; carries what git said.
        CacheUnwritableError: the cache folder cannot be written.
    """
    if shutil.which("git") is None:
        raise GitMissingError(shown(url))
    place = cache / hashlib.sha256(shown(url).encode()).hexdigest()[:16]
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        repository = _Repository(place / "repository.git", url, revision)
        commit = repository.fetch()
        folder = place / commit
        if not folder.is_dir():
            _check_out(repository, commit, folder)
    except OSError as wrong:
        raise CacheUnwritableError(cache, wrong.strerror or str(wrong)) from wrong
    return Checkout(folder, commit)


def _check_out(repository: _Repository, commit: str, folder: Path) -> None:
    """Beside its place first, so that an interrupted checkout is never taken for a commit."""
    beside = Path(tempfile.mkdtemp(prefix=f".{commit[:12]}.", dir=folder.parent))
    try:
        repository.check_out(commit, beside)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


class _Repository:
    """A bare repository that keeps what was fetched of one URL."""

    def __init__(self, folder: Path, url: str, revision: str) -> None:
        self._folder = folder
        self._url = url
        self._revision = revision

    def fetch(self) -> str:
        """The commit that the revision is now. Shallow; the whole history only where a server cannot serve that."""
        if not (self._folder / "HEAD").is_file():
            self._git("init", "--quiet", "--bare", str(self._folder))
        wanted = self._revision or "HEAD"
        if wanted.startswith("-"):
            raise RepositoryUnreachableError(shown(self._url), wanted, "a revision does not begin with a hyphen")
        shallow = self._try("fetch", "--quiet", "--no-tags", "--depth=1", "--force", "origin", wanted)
        if shallow.returncode == 0:
            return self._git("rev-parse", "FETCH_HEAD^{commit}")
        everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        if self._try("fetch", "--quiet", "--force", "origin", *everything).returncode == 0:
            return self._git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}", said=self._said(shallow))
        raise RepositoryUnreachableError(shown(self._url), self._revision, self._said(shallow))

    def check_out(self, commit: str, folder: Path) -> None:
        """Write the commit's files into a folder."""
        index = folder.with_name(f"{folder.name}.index")
        try:
            self._git("--work-tree", str(folder), "checkout", "--quiet", "--force", commit, "--", ".", index=index)
        finally:
            index.unlink(missing_ok=True)

    def _git(self, *arguments: str, said: str = "", index: Path | None = None) -> str:
        ran = self._try(*arguments, index=index)
        if ran.returncode:
            raise RepositoryUnreachableError(shown(self._url), self._revision, said or self._said(ran))
        return ran.stdout.strip()

    def _try(self, *arguments: str, index: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_DIR": str(self._folder),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "remote.origin.url",
            "GIT_CONFIG_VALUE_0": self._url,
        }
        if index:
            environment["GIT_INDEX_FILE"] = str(index)
        try:
            return subprocess.run(
                ["git", *arguments],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                env=environment,
                stdin=subprocess.DEVNULL,
                timeout=_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as late:
            said = f"git did not end within {_TIMEOUT_SECONDS} s"
            raise RepositoryUnreachableError(shown(self._url), self._revision, said) from late

    def _said(self, ran: subprocess.CompletedProcess[str]) -> str:
        text = ran.stderr.replace(self._url, shown(self._url))
        secret = secret_of(self._url)
        if secret:
            text = text.replace(secret, "***")
        lines = [line.strip().rstrip(".") for line in text.splitlines() if line.strip()]
        return " ".join(lines[-_LAST_LINES:]) or f"git ended with {ran.returncode}"
