"""Every error of reading a source, one constructor each, one sentence each."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SHOWN = 4  # files in one sentence


class SourceError(Exception):
    """The base of the catalogue; `str(error)` is the sentence shown to the operator."""


@dataclass(frozen=True)
class FlaskSeen:
    """The files of a source that make a Flask(), and those of their folders that could be a source of their own."""

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    @property
    def clause(self) -> str:
        """What a sentence says of the files; empty when there is none."""
        if not self.files:
            return ""
        more = f" and {len(self.files) - _SHOWN} more" if len(self.files) > _SHOWN else ""
        return f"{', '.join(self.files[:_SHOWN])}{more} {'make' if self.files[1:] else 'makes'} a Flask(); "

    @property
    def way_out(self) -> str:
        """The folder to take instead, as the end of a sentence; empty when there is none."""
        return f", or set app_image_source to its folder {' or '.join(self.folders[:_SHOWN])}" if self.folders else ""


NO_FLASK_SEEN = FlaskSeen()


class SourceMissingError(SourceError):
    """The source is not a folder."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"app_image_source is {source} but there is no such folder; set app_image_source to the folder of the "
            "Flask application or to a git URL"
        )


class DirectoryMissingError(SourceError):
    """The source has no folder of that name within it."""

    def __init__(self, source: str, directory: str) -> None:
        super().__init__(
            f"app_image_directory is {directory} but {source} has no such folder; name one by its path in the source, "
            "or leave it empty"
        )


class FlaskMissingError(SourceError):
    """Nothing in the source has to do with Flask."""

    def __init__(self, source: Path) -> None:
        super().__init__(
            f"app_image_source is {source}, where no file imports flask and no requirement names it; expected a Flask "
            "application; set app_image_source to its folder, or name its WSGI application in app_image_application"
        )


class ApplicationMissingError(SourceError):
    """No WSGI application was found in the source; `seen` is where it has Flask all the same."""

    def __init__(self, source: Path, seen: FlaskSeen = NO_FLASK_SEEN) -> None:
        super().__init__(
            f"app_image_source is {source}, where no WSGI application can be seen; expected app, application, "
            "create_app or make_app in wsgi.py, app.py, main.py, run.py or a package; "
            f"{seen.clause}set app_image_application to the one to serve, as in shop.web:create_app()"
            f"{seen.way_out}"
        )


class ApplicationAmbiguousError(SourceError):
    """More than one WSGI application was found, none in a place that says it is the one to serve."""

    def __init__(self, source: Path, found: Sequence[str]) -> None:
        super().__init__(
            f"app_image_source is {source}, where {' and '.join(found)} can be seen; expected one WSGI application; "
            "set app_image_application to the one to serve"
        )


class FactoryNeedsArgumentsError(SourceError):
    """The only factory cannot be called without arguments."""

    def __init__(self, file: Path, target: str, arguments: Sequence[str]) -> None:
        super().__init__(
            f"{file} has a factory that needs {', '.join(arguments)}; expected one that can be called without "
            f"arguments; give them in app_image_application, as in {target}('production')"
        )


class ApplicationInvalidError(SourceError):
    """What the operator named is no WSGI application as gunicorn takes it."""

    def __init__(self, application: str) -> None:
        super().__init__(
            f"app_image_application is {application!r} but gunicorn takes module:app or module:create_app(); correct "
            "it, or leave it empty to have it found"
        )


class SourceUnreadableError(SourceError):
    """A file of the source cannot be parsed or read."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} cannot be read: {reason}; correct it and run the same command again")


class ModuleNotPythonError(SourceError):
    """A module cannot be parsed by the Python that runs Ansible, whatever the image's Python makes of it."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"{file} cannot be read to find the application: Python {platform.python_version()}, which runs Ansible "
            f"here, says {reason}; correct it, or name the application in app_image_application, which needs no reading"
        )


class NamedModuleMissingError(SourceError):
    """A file of the source names an application whose module is not there."""

    def __init__(self, file: Path, said: str) -> None:
        super().__init__(
            f"{file} says {said}, but the source has no such module; correct it there, or set app_image_application "
            "to the one to serve"
        )


class FlaskAppUnseenError(SourceError):
    """FLASK_APP names a module in which no application can be seen."""

    def __init__(self, file: Path, said: str) -> None:
        super().__init__(
            f"{file} says {said}, where no application can be seen; expected app, application, create_app or "
            f"make_app; name it there, as in {said}:build, or in app_image_application"
        )


class ServerStartsOnImportError(SourceError):
    """The module to be served runs its own server when it is imported."""

    def __init__(self, file: Path, line: int) -> None:
        super().__init__(
            f"{file} runs its own server in line {line}, which would start a second one inside each worker; put it "
            'under if __name__ == "__main__":, or name another application in app_image_application'
        )


class LinkLeavesSourceError(SourceError):
    """A symbolic link that a snapshot cannot carry."""

    def __init__(self, link: Path) -> None:
        super().__init__(
            f"{link} is a symbolic link to a folder or to something outside the source, which a release cannot carry; "
            "replace it by the files themselves"
        )


class IgnorePatternError(SourceError):
    """A line of .dockerignore or .gitignore is no pattern."""

    def __init__(self, file: Path, number: int, line: str) -> None:
        super().__init__(
            f"line {number} of {file} is {line!r}, which is no pattern: a bracket in it is not closed, or its range "
            "runs backwards; correct it, or write \\[ for a bracket in a name"
        )


class FileNameUnreadableError(SourceError):
    """A name that no release can carry, because it is no text."""

    def __init__(self, file: Path) -> None:
        shown = os.fsencode(file).decode("utf-8", "replace")
        super().__init__(
            f"{shown} has a name that is not UTF-8, which a release cannot carry; rename it, or leave it out with a "
            "pattern in .dockerignore, a * in the place of what cannot be read"
        )


class CredentialsInSourceError(SourceError):
    """A key of Google's in the source, which would be in every image."""

    def __init__(self, file: Path, path: str, ignore: str) -> None:
        super().__init__(
            f"{file} is a credential for Google Cloud, which whoever may pull the image could read; instances have a "
            f"service account of their own, so name {path} in {ignore}, or take it along with !{path} there"
        )


class RequirementsMissingError(SourceError):
    """Nothing in the source says what has to be installed; `seen` is where it has Flask all the same."""

    def __init__(self, source: Path, seen: FlaskSeen = NO_FLASK_SEEN) -> None:
        clause = seen.clause if seen.folders else ""  # Flask at the root is what is missing requirements, and no news
        super().__init__(
            f"app_image_source is {source}, which has no requirements.txt, no pyproject.toml with [project], no "
            f"setup.cfg and no setup.py; {clause}add a requirements.txt that names Flask and what else "
            f"the application needs{seen.way_out}"
        )


class RequirementsElsewhereError(RequirementsMissingError):
    """What has to be installed is written where pip does not read it."""

    def __init__(self, source: Path, found: str, remedy: str) -> None:
        SourceError.__init__(
            self,
            f"app_image_source is {source}, which says what to install in {found}; expected a requirements.txt at its "
            f"root, or a project there that pip can install; {remedy}",
        )


class RequirementsEncodingError(SourceError):
    """A requirements file is text in an encoding that pip does not know it by."""

    def __init__(self, file: Path, encoding: str) -> None:
        super().__init__(
            f"{file} is not {encoding.upper()}, as pip would read it; save it as UTF-8, or as UTF-16 with a byte order "
            "mark"
        )


class IncludedRequirementsMissingError(SourceError):
    """A requirements file includes one that the source does not have."""

    def __init__(self, file: Path, line: str) -> None:
        super().__init__(f"{file} says {line!r}, a file that the source does not have; add it or remove the line")


class RequirementLocalError(SourceError):
    """A requirement points to a folder or a file."""

    def __init__(self, file: Path, line: str) -> None:
        super().__init__(
            f"{file} asks for {line!r}, a local path, but requirements are installed before the source is there; "
            "name a released package instead, or bring a Dockerfile of your own"
        )


class PythonUnsuitableError(SourceError):
    """The base has a Python that the source does not want."""

    def __init__(self, wanted: str, base: str, version: str) -> None:
        super().__init__(
            f"the source requires Python {wanted} but app_image_base is {base}, which has {version}; set "
            "app_image_base to an image with such a Python, as in python:3.12-slim"
        )


class DockerfileMissingError(SourceError):
    """The Dockerfile that the operator named is not in the source."""

    def __init__(self, source: Path, dockerfile: str) -> None:
        super().__init__(
            f"app_image_dockerfile is {dockerfile} but {source} has no such file; name one by its path in the source, "
            "or leave it empty"
        )


class BaseArchiveUnreadableError(SourceError):
    """The archive with the base is not what `docker save` writes."""

    def __init__(self, archive: Path, reason: str) -> None:
        super().__init__(
            f"app_image_base_archive is {archive}, which cannot be used: {reason}; make it with docker save, or leave "
            "it empty to have the base pulled"
        )


class ContextUnwritableError(SourceError):
    """The build context cannot be written."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"the build context {file} cannot be written: {reason}; make room or choose another folder")


class GitMissingError(SourceError):
    """The source is a git URL and there is no git."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"app_image_source is {source}, but git is not installed here; install git, or set app_image_source to a "
            "folder"
        )


class RepositoryUnreachableError(SourceError):
    """The repository could not be fetched."""

    def __init__(self, source: str, revision: str, said: str) -> None:
        super().__init__(
            f"app_image_source is {source}, but its revision {revision or 'HEAD'} cannot be fetched: {said}; correct "
            "app_image_source or app_image_revision, or see that git can log in"
        )


class CacheUnwritableError(SourceError):
    """The folder that keeps fetched sources cannot be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"app_image_cache_directory is {folder}, which cannot be written: {reason}; make room or choose another "
            "folder"
        )
