"""An image before it is built: its build context, and a key over everything that makes it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import files
from .application import Application, check_flask, find_application, flask_seen, named_application
from .errors import (
    BaseArchiveUnreadableError,
    ContextUnwritableError,
    DockerfileMissingError,
    PythonUnsuitableError,
    RequirementsMissingError,
    SourceError,
    SourceMissingError,
)
from .project import Project, read_project

DOCKERFILE = "Dockerfile"
KEY_LENGTH = 16
_YEAR_2000 = 946684800
_FIFTEEN_YEARS = 15 * 365 * 24 * 3600
_SERVING = ("start.py", "gunicorn.conf.py", "flaskscale_serving.py")
_TAKES_BASE = re.compile(r"^\s*ARG\s+BASE\b", re.MULTILINE | re.IGNORECASE)
_BASE_VERSION = re.compile(r":(?P<version>3\.\d+)(?![\d])")


@dataclass(frozen=True)
class Wishes:
    """What the operator sets; empty means found, or the source's own."""

    application: str = ""
    dockerfile: str = ""
    base: str = ""
    base_archive: Path | None = None
    health_path: str = "/health"
    start_command: str = ""
    platform: str = "linux/amd64"


@dataclass(frozen=True)
class ImagePlan:
    """`recipe` is None where the source brings the Dockerfile. `application` is then None too, unless it was named."""

    source: Path
    dockerfile: str
    takes_base: bool
    base: str
    base_identity: str
    application: Application | None
    project: Project
    recipe: Path | None
    settings: str
    platform: str

    @property
    def key(self) -> str:
        """16 hexadecimal digits over the context, the Dockerfile's path in it, the base and the platform."""
        digest = hashlib.sha256()
        base = f"{self.base}\0{self.base_identity}" if self.takes_base else ""
        digest.update(f"{self.dockerfile}\0{base}\0{self.platform}\0".encode())
        for name, content, executable in self._entries():
            digest.update(f"{name}\0{'x' if executable else '-'}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:KEY_LENGTH]

    @property
    def tag(self) -> str:
        """The image's tag in the registry."""
        return f"source-{self.key}"

    def write_context(self, file: Path) -> None:
        """Write the build context as a tar file, for its owner alone: the same bytes for the same content.

        Raises:
            ContextUnwritableError: the file system refuses.
        """
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = file.with_name(f".{file.name}.part")
            beside.unlink(missing_ok=True)
            with open(beside, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
                self._write(output)
            beside.replace(file)
        except OSError as wrong:
            raise ContextUnwritableError(file, wrong.strerror or str(wrong)) from wrong

    def _write(self, output: IO[bytes]) -> None:
        with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name, content, executable in self._entries():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(content), 0o755 if executable else 0o644, _time_of(content)
                archive.addfile(entry, io.BytesIO(content))

    def _entries(self) -> Iterator[tuple[str, bytes, bool]]:
        """Path in the context, bytes, and whether it can be executed; no time and no owner."""
        if self.recipe is None:
            yield from _of_source(self.source, "", also=self.dockerfile)
            return
        yield DOCKERFILE, (self.recipe / DOCKERFILE).read_bytes(), False
        for name, text in sorted(self.project.requirements.items()):
            yield f"requirements/{name}", text.encode(), False
        for name in _SERVING:
            yield f"serving/{name}", (self.recipe / name).read_bytes(), False
        yield "serving/settings.json", self.settings.encode(), False
        if self.project.itself:
            yield "serving/install", self.project.at(".").encode(), False
        yield from _of_source(self.source, "source/")


def plan_image(source: Path, wishes: Wishes, recipe: Path) -> ImagePlan:
    """Read the source and say what its image would be made of; writes nothing.

    `recipe` is the folder with our Dockerfile and what it copies beside the source.

    Raises:
        SourceError: no image can be made of it; the sentence says why.
    """
    if not source.is_dir():
        raise SourceMissingError(str(source))
    dockerfile = _own_dockerfile(source, wishes.dockerfile)
    project = _project(source, own=bool(dockerfile), named=bool(wishes.application))
    named = named_application(source, wishes.application) if wishes.application else None
    if named is None and not dockerfile:
        check_flask(source, project)
    text = ((source / dockerfile) if dockerfile else (recipe / DOCKERFILE)).read_text("utf-8", "replace")
    takes_base = bool(_TAKES_BASE.search(text))
    application = named if dockerfile else named or find_application(source)
    if takes_base:
        _check_python(project.python, wishes.base)
    return ImagePlan(
        source=source,
        dockerfile=dockerfile or DOCKERFILE,
        takes_base=takes_base,
        base=wishes.base,
        base_identity=_archived_image(wishes.base_archive) if wishes.base_archive and takes_base else "",
        application=application,
        project=project,
        recipe=None if dockerfile else recipe,
        settings="" if dockerfile or application is None else _settings(application, wishes),
        platform=wishes.platform,
    )


def serving_target(application: Application, health_path: str, *folders: str) -> str:
    """What gunicorn is given, so that the health path is answered whatever the application has.

    `folders` are those to import from beside the working directory.
    """
    arguments = ", ".join(map(repr, (application.target, health_path, *folders)))
    return f"flaskscale_serving:serve({arguments})"


def _time_of(content: bytes) -> int:
    """A file's time, in seconds since 1970, made of its content, after 1980 because zip files can tell none before.

    BuildKit takes a file of the same path, size and time for the file it has already: with one time for all of them, a
    change that leaves the size alone would not be seen.
    """
    return _YEAR_2000 + int.from_bytes(hashlib.sha256(content).digest()[:8], "big") % _FIFTEEN_YEARS


def _settings(application: Application, wishes: Wishes) -> str:
    settings = {
        "application": serving_target(application, wishes.health_path),
        "root": application.root,
        "start_command": wishes.start_command,
    }
    return json.dumps(settings, indent=1, sort_keys=True) + "\n"


def _own_dockerfile(source: Path, named: str) -> str:
    if named and not ((source / named).is_file() and (source / named).resolve().is_relative_to(source.resolve())):
        raise DockerfileMissingError(source, named)
    return named or (DOCKERFILE if (source / DOCKERFILE).is_file() else "")


def _project(source: Path, *, own: bool, named: bool) -> Project:
    """What the source requires; with a Dockerfile of its own that is its business, where it can be read or not."""
    try:
        return read_project(source)
    except SourceError as refused:
        if own:
            return Project()
        if isinstance(refused, RequirementsMissingError) and not named:
            check_flask(source, Project())  # a folder of something else would not be helped by requirements
        raise RequirementsMissingError(source, flask_seen(source)) from None


def _check_python(wanted: str, base: str) -> None:
    """Compare where the base's tag says its Python; pip compares for itself where it does not."""
    found = _BASE_VERSION.search(base)
    if not wanted or not found:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        suits = SpecifierSet(wanted).contains(f"{found['version']}.99")
    except InvalidSpecifier:
        return
    if not suits:
        raise PythonUnsuitableError(wanted, base, found["version"])


def _archived_image(archive: Path) -> str:
    """The identity of the image in an archive of `docker save`: its configuration's digest."""
    try:
        with tarfile.open(archive) as opened:
            member = opened.extractfile("manifest.json")
            manifest = json.load(member) if member else []
        return str(manifest[0]["Config"])
    except OSError as wrong:
        raise BaseArchiveUnreadableError(archive, wrong.strerror or str(wrong)) from wrong
    except (tarfile.TarError, ValueError, KeyError, IndexError, TypeError) as wrong:
        raise BaseArchiveUnreadableError(archive, "it has no manifest.json that names an image") from wrong


def _of_source(source: Path, prefix: str, also: str = "") -> Iterator[tuple[str, bytes, bool]]:
    """The source's files; `also` is one that belongs to it even where .dockerignore names it."""
    paths = set(files.files(source)) | ({Path(also)} if also else set())
    for path in sorted(paths):
        yield f"{prefix}{path.as_posix()}", files.read(source / path), files.is_executable(source / path)
