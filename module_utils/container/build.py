"""Builds an image with BuildKit, from a context that is there already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .engine import Engine, Said
from .errors import (
    BaseArchiveRefusedError,
    BaseMissingError,
    BaseNotInArchiveError,
    BuildFailedError,
    BuildToolMissingError,
    BuildxMissingError,
    NoSpaceError,
)
from .errors import CertificateRefusedError as NotTrusted

_NOISE = re.compile(r"^#\d+ (?:sha256:|DONE|CACHED|\.\.\.|extracting|resolve)|^#\d+\s*$|^\s*$")
_NOT_TRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError", re.IGNORECASE)
_NO_BUILDX = re.compile(r"buildx component is missing", re.IGNORECASE)
_NOT_PULLED = re.compile(r"failed to (?:solve|create LLB|load metadata|resolve source)[^\n]*", re.IGNORECASE)
_FETCHING = re.compile(r"load metadata|pull access denied|failed to do request|not found|no such host|i/o timeout")
# What pip and the builds that it starts write where a slim image lacks what they need.
_TOOLS = {
    "git": re.compile(r"Cannot find command 'git'"),
    "pg_config": re.compile(r"pg_config executable not found|pg_config is required"),
    "the MySQL client library": re.compile(r"mysql_config: not found|Can not find valid pkg-config name"),
    "a compiler": re.compile(
        r"command '[^']*(?:cc|\+\+|clang|-gcc-\d+)' failed: No such file|unable to execute '[^']*'"
        r"|(?:gcc|cc|g\+\+): (?:command )?not found|No such file or directory: '(?:gcc|cc|g\+\+|c\+\+)'"
        r"|Unknown compiler\(s\)"
    ),
}


@dataclass(frozen=True)
class Build:
    """What is built: a folder with the context, a Dockerfile in it, the tag that the image gets, and the platform that
    it is for.
    """

    context: Path
    dockerfile: str
    tag: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)
    platform: str = "linux/amd64"


def load_base(engine: Engine, base: str, archive: Path) -> bool:
    """Load the base from a file of `docker save` unless the engine has it; true when it was loaded.

    Raises:
        BaseArchiveRefusedError: the engine cannot load the file.
        BaseNotInArchiveError: it holds another image.
        NoSpaceError: the disk is full.
    """
    if engine.image(base):
        return False
    said = engine.run(["load", "--quiet", "--input", str(archive)])
    if said.no_space:
        raise NoSpaceError("the base", said.log)
    if said.code:
        raise BaseArchiveRefusedError(str(archive), said.log)
    if not engine.image(base):
        raise BaseNotInArchiveError(base, str(archive))
    return True


def build(engine: Engine, wanted: Build) -> str:
    """Build with BuildKit and answer with the image's id.

    Raises:
        ContainerError: it could not be built; the sentence says why, the end of the log below it.
    """
    command = ["build", "--progress", "plain", "--file", str(wanted.context / wanted.dockerfile), "--tag", wanted.tag]
    command += ["--platform", wanted.platform]
    for name, value in wanted.arguments.items():
        command += ["--build-arg", f"{name}={value}"]
    for name, file in wanted.secrets.items():
        command += ["--secret", f"id={name},src={file}"]
    said = engine.run([*command, str(wanted.context)], environment={"DOCKER_BUILDKIT": "1"})
    if said.code:
        raise failure(said, wanted)
    return engine.image(wanted.tag)


def failure(said: Said, wanted: Build) -> Exception:
    """Why a build failed, from what it wrote."""
    if said.no_space:
        return NoSpaceError("the image", said.log)
    if _NO_BUILDX.search(said.log):
        return BuildxMissingError()
    log = "\n".join(line for line in said.log.splitlines() if not _NOISE.search(line))
    if _NOT_TRUSTED.search(said.log):
        return NotTrusted(log)
    base = wanted.arguments.get("BASE", "")
    solving = _NOT_PULLED.search(said.log)
    if base and solving and base.partition("@")[0] in solving[0] + log and _FETCHING.search(solving[0]):
        return BaseMissingError(base, log)
    tool = next((tool for tool, sign in _TOOLS.items() if sign.search(said.log)), "")
    if base and tool:
        return BuildToolMissingError(wanted.dockerfile, base, tool, _without_repetition(log))
    return BuildFailedError(wanted.dockerfile, _without_repetition(log))


def _without_repetition(log: str) -> str:
    """BuildKit ends with the failed command once more, a screen long: the lines before it say what happened."""
    return re.split(r"\n------\n", log, maxsplit=1)[0] if "#" in log else log
