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
from ..source.application import find_application
from . import environment
from .errors import SourceChangedError, StateUnwritableError

REGISTRY = "bundle.localcloud"
_ENVIRONMENT_NAME_LENGTH = 12


@dataclass(frozen=True)
class BundlePlan:
    """A bundle before it is made: everything about it follows from content."""

    name: str
    source: Path
    requirements: str
    python: str
    state: Path
    source_digest: str
    requirements_digest: str
    application: str

    @property
    def digest(self) -> str:
        """64 hexadecimal digits over the source and the requirements with their interpreter."""
        return hashlib.sha256(f"{self.source_digest}\0{self.requirements_digest}".encode()).hexdigest()

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
            "application": self.application,
            "created": created.isoformat(timespec="seconds"),
        }


def plan_bundle(name: str, folder: Path, requirements: str, python: str, state: Path) -> BundlePlan:
    """Read the source and say what the bundle would be; writes nothing.

    Raises:
        BundleError, SourceError: the source cannot be released; the sentence says why.
    """
    content = files.source_digest(folder)
    identity = environment.interpreter_identity(python)
    needs = environment.requirements_digest(folder, requirements, identity)
    return BundlePlan(name, folder, requirements, python, state, content, needs, find_application(folder).target)


def make_bundle(plan: BundlePlan) -> None:
    """Make what is missing of the bundle and its environment.

    Raises:
        BundleError, SourceError: it could not be made; nothing half-made is left where it would be used.
    """
    try:
        if not (plan.environment / "bin" / "python").exists():
            requirements = plan.source / plan.requirements
            _place(plan.environment, lambda folder: environment.make(folder, plan.python, requirements))
        if not (plan.folder / "bundle.json").is_file():
            _place(plan.folder, lambda folder: _write(plan, folder))
    except OSError as wrong:
        raise StateUnwritableError(plan.state, wrong.strerror or str(wrong)) from wrong


def _write(plan: BundlePlan, folder: Path) -> None:
    files.copy(plan.source, folder / "source")
    if files.source_digest(folder / "source") != plan.source_digest:
        raise SourceChangedError(plan.source)
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
