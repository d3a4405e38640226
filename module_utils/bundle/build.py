"""Makes a bundle: planned from content, made beside its place, moved there in one step.

A crash leaves a folder that starts with a dot and is taken for nothing; two makers at once make the same thing,
and the second finds it there.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..source import files
from ..source.application import (
    CONFIGURATION,
    Application,
    check_flask,
    find_application,
    flask_seen,
    named_application,
)
from ..source.errors import RequirementsMissingError
from ..source.image import serving_target
from ..source.project import Project, read_project
from . import environment
from .errors import SourceChangedError, StateUnwritableError

REGISTRY = "bundle.localcloud"
_ENVIRONMENT_NAME_LENGTH = 12
_INSTALLED = "installed"


@dataclass(frozen=True)
class Recipe:
    """The folder with what a bundle is served with, and the health path that is answered where the source does not."""

    folder: Path
    health_path: str

    @property
    def module(self) -> Path:
        """The module that answers the health path; the configuration imports it too."""
        return self.folder / "flaskscale_serving.py"

    @property
    def configuration(self) -> Path:
        """How gunicorn serves a source that does not say it."""
        return self.folder / CONFIGURATION


@dataclass(frozen=True)
class BundlePlan:
    """A bundle before it is made: everything about it follows from content.

    `recipe` is None where nothing is added to the source; `configuration` is empty where the source brings its own.
    """

    name: str
    source: Path
    python: str
    state: Path
    project: Project
    application: Application
    recipe: Recipe | None
    configuration: bytes
    source_digest: str
    requirements_digest: str

    @property
    def digest(self) -> str:
        """64 hexadecimal digits over the source, the requirements with their interpreter, and how it is served."""
        parts = [self.source_digest, self.requirements_digest, self.target]
        if self.configuration:
            parts.append(hashlib.sha256(self.configuration).hexdigest())
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def target(self) -> str:
        """What gunicorn is given, in the source's folder."""
        if self.recipe is None:
            return self.application.target
        folders = [self.application.root] if self.application.root else []
        folders += [f"../{_INSTALLED}"] if self.project.itself else []
        return serving_target(self.application, self.recipe.health_path, *folders)

    @property
    def reference(self) -> str:
        """How a template names it: `bundle.localcloud/<name>@sha256:<digest>`."""
        return f"{REGISTRY}/{self.name}@sha256:{self.digest}"

    @property
    def folder(self) -> Path:
        """Where it lives, whole or not at all."""
        return self.state / "bundles" / "sha256" / self.digest

    @property
    def environment(self) -> Path:
        """Where its environment lives."""
        return self.state / "environments" / self.requirements_digest[:_ENVIRONMENT_NAME_LENGTH]

    @property
    def is_made(self) -> bool:
        """Whether both are there."""
        return (self.folder / "bundle.json").is_file() and (self.environment / "bin" / "python").exists()

    def description(self, created: datetime.datetime) -> dict[str, str]:
        """What bundle.json says."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source_digest": self.source_digest,
            "requirements_digest": self.requirements_digest,
            "environment": f"../../../environments/{self.environment.name}",
            "application": self.target,
            "created": created.isoformat(timespec="seconds"),
        }


def plan_bundle(
    name: str, folder: Path, python: str, state: Path, recipe: Recipe | None, application: str = ""
) -> BundlePlan:
    """Read the source and say what the bundle would be; writes nothing.

    `application` is the one that the operator named, empty where it is to be found. One that the source's own gunicorn
    configuration names is served as it is.

    Raises:
        BundleError, SourceError: the source cannot be released; the sentence says why.
    """
    content = files.source_digest(folder)
    project, served = _read(folder, application)
    added = None if served.configured else recipe
    own = Path(CONFIGURATION) in files.files(folder)
    identity = environment.interpreter_identity(python)
    return BundlePlan(
        name=name,
        source=folder,
        python=python,
        state=state,
        project=project,
        application=served,
        recipe=added,
        configuration=files.read(added.configuration) if added and not own else b"",
        source_digest=content,
        requirements_digest=environment.requirements_digest(
            project, identity, files.read(added.module) if added else b""
        ),
    )


def make_bundle(plan: BundlePlan) -> None:
    """Make what is missing of the bundle and its environment.

    Raises:
        BundleError, SourceError: it could not be made; nothing half-made is left where it would be used.
    """
    try:
        if not (plan.environment / "bin" / "python").exists():
            _place(plan.environment, lambda folder: _make_environment(plan, folder))
        if not (plan.folder / "bundle.json").is_file():
            _place(plan.folder, lambda folder: _write(plan, folder))
    except OSError as wrong:
        raise StateUnwritableError(plan.state, wrong.strerror or str(wrong)) from wrong


def _read(source: Path, application: str) -> tuple[Project, Application]:
    """What has to be installed and what is served; what the operator names need not be seen to be Flask's."""
    try:
        project = read_project(source)
    except RequirementsMissingError:
        if not application:
            check_flask(source, Project())  # a folder of something else would not be helped by requirements
        raise RequirementsMissingError(source, flask_seen(source)) from None
    if application:
        return project, named_application(source, application)
    check_flask(source, project)
    return project, find_application(source)


def _make_environment(plan: BundlePlan, folder: Path) -> None:
    module = plan.recipe.module if plan.recipe else None
    if not plan.project.itself:
        environment.make(folder, plan.python, plan.source, plan.project, module)
        return
    with tempfile.TemporaryDirectory() as beside:
        copied = Path(beside) / "source"
        _copy(plan, copied)
        environment.make(folder, plan.python, plan.source, plan.project, module, copied)


def _copy(plan: BundlePlan, target: Path) -> None:
    if files.copy(plan.source, target) != plan.source_digest:
        raise SourceChangedError(plan.source)


def _write(plan: BundlePlan, folder: Path) -> None:
    _copy(plan, folder / "source")
    if plan.project.itself:
        environment.install_source(folder / _INSTALLED, plan.environment / "bin" / "python", folder / "source")
    if plan.configuration:
        _write_file(folder / CONFIGURATION, plan.configuration)
    description = plan.description(datetime.datetime.now(datetime.UTC))
    _write_file(folder / "bundle.json", (json.dumps(description, indent=2, sort_keys=True) + "\n").encode())


def _write_file(file: Path, content: bytes) -> None:
    """Whatever the caller's umask is, instances can read it."""
    file.write_bytes(content)
    file.chmod(0o644)


def _place(target: Path, make: Callable[[Path], None]) -> None:
    """Make a folder beside its place and move it there; somebody else's that came first is as good."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        made = beside / "made"
        made.mkdir(mode=0o755)
        made.chmod(0o755)
        make(made)
        try:
            os.replace(made, target)  # noqa: PTH105 - the one call that moves a folder in one step
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
