"""What images are built from in tests, and whom pip trusts meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

from localcloud.runtimes.engine import Engine
from localcloud.runtimes.machine_images import APPLICATION_BASE, image_tag

_PUBLIC = "python:3.13-slim"
_DEBIANS_OWN = Path("/usr/bin/docker")
_SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def application_base(engine: Engine) -> str:
    """The stand-in that the machine images come with where none can be pulled, else the public image."""
    stand_in = image_tag(APPLICATION_BASE)
    return stand_in if engine.images.has(stand_in) else _PUBLIC


def docker_command() -> str:
    """The distribution's docker command before any other: a newer one elsewhere may want buildx and not have it."""
    return str(_DEBIANS_OWN) if _DEBIANS_OWN.exists() else "docker"


def certificate_authority() -> Path | None:
    """What pip trusts on this machine, if it was told; else the system's, which is where a gateway's would be."""
    named = Path(os.environ.get("PIP_CERT") or _SYSTEM_AUTHORITIES)
    return named if named.is_file() else None
