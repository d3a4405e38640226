"""Which runtime a local cloud has: the one its state was made with, else the one that is asked for.

The state remembers it, so that whoever stops, resets or deploys to a local cloud need not say it again. What only the
vm runtime needs is imported where it is used: the Docker client alone takes a quarter of a second.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.discovery.routes import HOSTS
from localcloud.errors.program import engine_elsewhere, machine_images_missing
from localcloud.resources.artifact_registry import DOCKER_HOSTS
from localcloud.runtimes.process import ProcessRuntime
from localcloud.runtimes.runtime import Runtime
from localcloud.settings import Settings

if TYPE_CHECKING:
    from localcloud.runtimes.vm import VmRuntime

_ASKED_BY_LIBRARIES = ("iamcredentials", "logging", "storage", "cloudtrace")
"""Services that Google's client libraries ask on their own; they are told that they are not served here."""


def remembered_runtime(state: Path) -> str:
    """Name of the runtime that the state was made with; empty when nothing was."""
    file = _file(state)
    return file.read_text().strip() if file.exists() else ""


def remember_runtime(state: Path, name: str) -> None:
    """Note it for whoever comes next."""
    _file(state).write_text(f"{name}\n")


def forget_runtime(state: Path) -> None:
    """The state is empty, and may be used with any runtime."""
    _file(state).unlink(missing_ok=True)


def require_runtime(settings: Settings) -> None:
    """Refuse before anything is started when the runtime cannot boot a machine.

    Raises:
        StartError: no Docker engine answers, it is too old or not on this machine, or the machine images are not built.
    """
    if settings.runtime == ProcessRuntime.name:
        return
    from localcloud.runtimes.engine import connect
    from localcloud.runtimes.engine_client import engine_address
    from localcloud.runtimes.machine_images import CONTAINER_OPTIMIZED, DEBIAN, image_tag

    engine = connect()
    theirs, ours = engine.kernel_release(), os.uname().release
    if not is_same_kernel(theirs, ours):
        raise engine_elsewhere(engine_address(), f"its kernel is {theirs}, this machine's {ours}")
    if engine.is_rootless():
        raise engine_elsewhere(engine_address(), "it is rootless, with a network namespace of its own")
    if not all(engine.images.has(image_tag(kind)) for kind in (DEBIAN, CONTAINER_OPTIMIZED)):
        raise machine_images_missing()


def is_same_kernel(theirs: str, ours: str) -> bool:
    """Whether an engine's kernel can be this machine's, by what the engine and `uname -r` call their releases.

    An engine writes the third number also where the kernel leaves it out: 6.18.0-rc1 is 6.18-rc1.
    """
    return theirs in (ours, re.sub(r"^(\d+\.\d+)(?![\d.])", r"\1.0", ours))


def make_runtime(settings: Settings) -> Runtime:
    """The runtime that the settings name.

    Raises:
        StartError: no Docker engine answers, or it is too old.
    """
    return ProcessRuntime(settings.state) if settings.runtime == ProcessRuntime.name else _vm_runtime(settings)


def remove_machines(settings: Settings) -> None:
    """Delete what machines have outside the state folder.

    Raises:
        StartError: no Docker engine answers.
    """
    if settings.runtime != ProcessRuntime.name:
        _vm_runtime(settings).remove_everything()


def build_images(settings: Settings, say: Callable[[str], None]) -> None:
    """Build what the vm runtime boots, and the base of applications' images where none can be pulled.

    Args:
        settings: the state folder must be usable.
        say: gets a line of progress now and then.

    Raises:
        StartError: no Docker engine answers, or a build fails.
        SettingError: the state folder cannot be written.
    """
    from localcloud.runtimes.application_base import keep_application_base
    from localcloud.runtimes.engine import connect
    from localcloud.runtimes.machine_images import build_machine_images

    engine = connect(building=True)
    build_machine_images(engine, say)
    keep_application_base(engine, say, settings.state)


def _vm_runtime(settings: Settings) -> VmRuntime:
    from localcloud.runtimes.engine import connect
    from localcloud.runtimes.vm import VmRuntime

    services = (f"{name}.googleapis.com" for name in _ASKED_BY_LIBRARIES)
    names = sorted({*HOSTS, *DOCKER_HOSTS, *services})
    return VmRuntime(settings.state, settings.cores_per_vcpu, connect(), names, settings.authority_bundle)


def _file(state: Path) -> Path:
    return state / "runtime"
