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
from ..source.application import Application, find_application
from ..source.image import serving_target
from ..source.project import Project, read_project
from . import environment
from .errors import SourceChangedError, StateUnwritableError

REGISTRY = "bundle.localcloud"
_ENVIRONMENT_NAME_LENGTH = 12
_INSTALLED = "installed"


@dataclass(frozen=True)
class Serving:
    """A module that answers the health path for applications that do not, and that path."""

    module: Path
    health_path: str


@dataclass(frozen=True)
class BundlePlan:
    """A bundle before it is made: everything about it follows from content."""

    name: str
    source: Path
    python: str
    state: Path
    project: Project
    application: Application
    serving: Serving | None
    source_digest: str
    requirements_digest: str

    @property
    def digest(self) -> str:
        """64 hexadecimal digits over the source, the requirements with their interpreter, and what is served."""
        parts = (self.source_digest, self.requirements_digest, self.target)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def target(self) -> str:
        """What gunicorn is given, in the source's folder."""
        if self.serving is None:
            return self.application.target
        folders = [self.application.root] if self.application.root else []
        folders += [f"../{_INSTALLED}"] if self.project.itself else []
        return serving_target(self.application, self.serving.health_path, *folders)

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


def plan_bundle(name: str, folder: Path, python: str, state: Path, serving: Serving | None) -> BundlePlan:
    """Read the source and say what the bundle would be; writes nothing.

    An application that the source's own gunicorn configuration names is served as it is.

    Raises:
        BundleError, SourceError: the source cannot be released; the sentence says why.
    """
    content = files.source_digest(folder)
    project = read_project(folder)
    application = find_application(folder)
    added = None if application.configured else serving
    identity = environment.interpreter_identity(python)
    needs = environment.requirements_digest(project, identity, added.module.read_bytes() if added else b"")
    return BundlePlan(name, folder, python, state, project, application, added, content, needs)


def make_bundle(plan: BundlePlan) -> None:
    """Make what is missing of the bundle and its environment.

    Raises:
        BundleError, SourceError: it could not be made; nothing half-made is left where it would be used.
    """
    try:
        if not (plan.environment / "bin" / "python").exists():
            module = plan.serving.module if plan.serving else None
            _place(
                plan.environment,
                lambda folder: environment.make(folder, plan.python, plan.source, plan.project, module),
            )
        if not (plan.folder / "bundle.json").is_file():
            _place(plan.folder, lambda folder: _write(plan, folder))
    except OSError as wrong:
        raise StateUnwritableError(plan.state, wrong.strerror or str(wrong)) from wrong


def _write(plan: BundlePlan, folder: Path) -> None:
    files.copy(plan.source, folder / "source")
    if files.source_digest(folder / "source") != plan.source_digest:
        raise SourceChangedError(plan.source)
    if plan.project.itself:
        environment.install_source(folder / _INSTALLED, plan.environment / "bin" / "python", folder / "source")
    description = plan.description(datetime.datetime.now(datetime.UTC))
    text = json.dumps(description, indent=2, sort_keys=True) + "\n"
    (folder / "bundle.json").write_text(text, "utf-8")
    (folder / "bundle.json").chmod(0o644)


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
