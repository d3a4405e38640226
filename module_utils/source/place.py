"""Where a source's files are: a folder as it is, a repository as the folder of one of its commits."""

from __future__ import annotations

from pathlib import Path

from .git import fetch, is_url


def folder_of(source: str, revision: str, cache: Path) -> tuple[Path, str]:
    """The source's folder, and the commit where it is a repository's, fetched into `cache`; empty for a folder.

    Raises:
        GitMissingError, RepositoryUnreachableError, CacheUnwritableError: the repository cannot be had.
    """
    if not is_url(source):
        return Path(source).expanduser().absolute(), ""
    checkout = fetch(source, revision, cache)
    return checkout.folder, checkout.commit
