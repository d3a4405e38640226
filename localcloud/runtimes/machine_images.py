"""The two machine images that the vm runtime boots, built once from the folder machine-images.

Where no public image can be pulled, the base that applications' images need is built beside them.

Their tag is a hash of what they are made from, so an image is never used for anything else, and building twice is
building once.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from localcloud.errors.program import (
    StartError,
    base_not_packed,
    debootstrap_failed,
    machine_base_missing,
    machine_image_failed,
)
from localcloud.runtimes.engine import Engine
from localcloud.runtimes.engine_client import EngineFaultError
from localcloud.runtimes.runtime import RuntimeFaultError
from localcloud.settings import REPOSITORY

DEBIAN = "debian-12"
CONTAINER_OPTIMIZED = "container-optimized"
APPLICATION_BASE = "application-base"

_SOURCES = REPOSITORY / "machine-images"
_RELEASE = "bookworm"
_PUBLIC_BASE = ("debian", "12")
_OWN_BASE = ("localcloud/base-debian-12", _RELEASE)
_KINDS = {"debian-12-": DEBIAN, "cos-": CONTAINER_OPTIMIZED}
_LONGEST_PROGRESS = 100
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy")

Say = Callable[[str], None]


def machine_image(boot_image: str, sources: Path = _SOURCES) -> str:
    """Tag of the machine image that stands for an image of Google's, by the image's name.

    Raises:
        RuntimeFaultError: none stands for it.
    """
    for prefix, kind in _KINDS.items():
        if boot_image.startswith(prefix):
            return image_tag(kind, sources)
    raise RuntimeFaultError(
        f"the vm runtime has no machine image for '{boot_image}'; use one of the family debian-12 or cos-stable"
    )


def image_tag(kind: str, sources: Path = _SOURCES) -> str:
    """Name and content-addressed tag of a machine image."""
    machines = [file for file in _files(sources) if file.relative_to(sources).parts[0] != APPLICATION_BASE]
    files = _files(sources / APPLICATION_BASE) if kind == APPLICATION_BASE else machines
    return f"localcloud/{kind}:{_edition(files, sources)}"


def build_machine_images(engine: Engine, say: Say, sources: Path = _SOURCES) -> None:
    """Build what is missing; `say` gets a line of progress now and then.

    Raises:
        StartError: there is no base, or a build fails.
    """
    try:
        debian, container_optimized = image_tag(DEBIAN, sources), image_tag(CONTAINER_OPTIMIZED, sources)
        if engine.images.has(debian):
            say(f"{debian} is there already.")
        else:
            _build(engine, say, sources, DEBIAN, debian, {"BASE": _base(engine, say), **_mirrors()})
        if engine.images.has(container_optimized):
            say(f"{container_optimized} is there already.")
        else:
            _build(engine, say, sources, CONTAINER_OPTIMIZED, container_optimized, {"BASE": debian})
        own_base, application_base = ":".join(_OWN_BASE), image_tag(APPLICATION_BASE, sources)
        if engine.images.has(own_base) and not engine.images.has(application_base):
            _build(engine, say, sources, APPLICATION_BASE, application_base, {"BASE": own_base, **_mirrors()})
    except EngineFaultError as fault:
        raise StartError(str(fault)) from fault


def _build(engine: Engine, say: Say, sources: Path, kind: str, tag: str, arguments: dict[str, str]) -> None:
    say(f"Building {tag} (about half a minute)")
    proxies = {name: os.environ[name] for name in _PROXY_VARIABLES if name in os.environ}
    last_lines: list[str] = []
    try:
        for line in engine.images.build(_context(sources), f"{kind}/Dockerfile", tag, {**proxies, **arguments}):
            last_lines = [*last_lines[-4:], line]
            if line.startswith("Step "):
                say(f"  {line[:_LONGEST_PROGRESS]}")
    except EngineFaultError as fault:
        raise machine_image_failed(str(fault), last_lines) from fault
    say(f"{tag} is built.")


def _base(engine: Engine, say: Say) -> str:
    """The public Debian image, or one made by debootstrap where none can be pulled."""
    own = ":".join(_OWN_BASE)
    public = ":".join(_PUBLIC_BASE)
    for image in (own, public):
        if engine.images.has(image):
            return image
    try:
        say(f"Pulling {public}")
        engine.images.pull(*_PUBLIC_BASE)
    except EngineFaultError as fault:
        say(f"  {fault}")
        _bootstrap(engine, say)
        return own
    return public


def _bootstrap(engine: Engine, say: Say) -> None:
    """Make the base from packages.

    Raises:
        StartError: debootstrap is not there, this is not root, it fails, or what it made does not fit on the disk.
    """
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise machine_base_missing(":".join(_PUBLIC_BASE))
    say("Making a base from packages with debootstrap (about a minute)")
    mirror = _mirror_of(_RELEASE)
    with tempfile.TemporaryDirectory(prefix="localcloud-base-") as folder, tempfile.TemporaryFile() as log:
        command = ["debootstrap", "--variant=minbase", _RELEASE, folder, *([mirror] if mirror else [])]
        if subprocess.run(command, stdout=log, stderr=log, check=False).returncode != 0:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            raise debootstrap_failed(said[-3:])
        with tempfile.TemporaryFile() as archive:
            pack(folder, archive)
            archive.seek(0)
            engine.images.import_archive(archive, *_OWN_BASE)


def pack(folder: str, archive: IO[bytes]) -> None:
    """Write a folder to an open file as a tar stream, owners and rights included.

    Raises:
        StartError: it cannot be written.
    """
    command = ["tar", "--create", "--directory", folder, "."]
    packed = subprocess.run(command, stdout=archive, stderr=subprocess.PIPE, text=True, check=False)
    if packed.returncode != 0:
        raise base_not_packed(packed.stderr.strip().splitlines()[-3:], tempfile.gettempdir())


def _mirrors() -> dict[str, str]:
    """Build arguments that point a machine's apt at the mirrors this machine uses; none where it uses no Debian."""
    arguments = {
        "DEBIAN_MIRROR": _mirror_of(_RELEASE),
        "DEBIAN_SECURITY_MIRROR": _mirror_of(f"{_RELEASE}-security"),
    }
    return {name: mirror for name, mirror in arguments.items() if mirror}


def _mirror_of(release: str) -> str:
    """Where this machine's apt gets a release from; empty when it does not."""
    if shutil.which("apt-get") is None:
        return ""
    command = ["apt-get", "indextargets", "--format", "$(RELEASE) $(SITE)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = (line.split(" ", 1) for line in listed.splitlines())
    return next((site for name, site in found if name == release), "")


def _edition(files: list[Path], sources: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(sources)}\0{os.access(file, os.X_OK)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _context(sources: Path) -> io.BytesIO:
    """The folder as the tar stream that a build takes, owned by root whoever owns it here."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file in _files(sources):
            entry = tarfile.TarInfo(str(file.relative_to(sources)))
            entry.size, entry.mode = file.stat().st_size, 0o755 if os.access(file, os.X_OK) else 0o644
            tar.addfile(entry, io.BytesIO(file.read_bytes()))
    archive.seek(0)
    return archive


def _files(sources: Path) -> list[Path]:
    return sorted(file for file in sources.rglob("*") if file.is_file())
