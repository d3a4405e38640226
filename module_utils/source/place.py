"""Where a source's files are: a folder as it is, a repository as the folder of one of its commits, or one within."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import DirectoryMissingError, SourceMissingError
from .git import fetch, is_url, shown


@dataclass(frozen=True)
class Place:
    """The folder of the application, and the commit where it is a repository's; empty for a folder.

    `root` is the folder of the whole source, and `name` what the operator knows that by.
    """

    folder: Path
    commit: str
    root: Path
    name: str

    @property
    def shown(self) -> str:
        """The folder as the operator knows it."""
        return self.told(str(self.folder))

    def told(self, sentence: str) -> str:
        """The sentence with the repository's URL in the place of the folder that it was fetched into."""
        return sentence.replace(str(self.root), self.name)


def find_place(source: str, revision: str, cache: Path, directory: str = "") -> Place:
    """Where the application is; a repository is fetched into `cache`. `directory` is the folder within the source.

    Raises:
        GitMissingError, RepositoryUnreachableError, CacheUnwritableError: the repository cannot be had.
        SourceMissingError: the folder that the directory would be in is not there.
        DirectoryMissingError: the source has no such folder.
    """
    if is_url(source):
        checkout = fetch(source, revision, cache)
        root, commit, name = checkout.folder, checkout.commit, shown(source)
    else:
        root, commit = Path(source).expanduser().absolute(), ""
        name = str(root)
    return Place(_within(root, directory, name), commit, root, name)


def _within(root: Path, directory: str, name: str) -> Path:
    if not directory:
        return root
    if not root.is_dir():
        raise SourceMissingError(name)
    folder = root / directory
    if Path(directory).is_absolute() or not folder.is_dir() or not folder.resolve().is_relative_to(root.resolve()):
        raise DirectoryMissingError(name, directory)
    return folder
