"""The docker command of the build host: whether it is there, new enough, and what it says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import EngineMissingError, EngineSilentError, EngineTooOldError

_OLDEST = (20, 10)
_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """How a command ended and all it wrote; `output` is the standard output alone."""

    code: int
    output: str
    log: str

    @property
    def no_space(self) -> bool:
        """Whether the disk was full."""
        return bool(self.code and _NO_SPACE.search(self.log))


class Engine:
    """Runs the docker command. `configuration` is the folder with the login to use; the user's own where empty."""

    def __init__(self, docker: str = "docker", configuration: str = "") -> None:
        self._docker = docker
        self._configuration = ["--config", configuration] if configuration else []

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None, given: str | None = None
    ) -> Said:
        """Run one command; `given` is its standard input.

        Raises:
            EngineMissingError: there is no such command.
        """
        try:
            ran = subprocess.run(
                [self._docker, *self._configuration, *arguments],
                input=given,
                stdin=subprocess.DEVNULL if given is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                env={**os.environ, **(environment or {})},
            )
        except (FileNotFoundError, PermissionError) as missing:
            raise EngineMissingError(self._docker) from missing
        return Said(ran.returncode, ran.stdout, ran.stdout + ran.stderr)

    def check(self) -> str:
        """The engine's version.

        Raises:
            EngineMissingError: there is no docker command.
            EngineSilentError: the engine does not answer it.
            EngineTooOldError: it is older than 20.10.
        """
        said = self.run(["version", "--format", "{{.Server.Version}}"])
        version = said.output.strip()
        if said.code or not version:
            raise EngineSilentError(said.log)
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if numbers and tuple(map(int, numbers.groups())) < _OLDEST:
            raise EngineTooOldError(version)
        return version

    def image(self, name: str) -> str:
        """An image's id; empty where the engine does not have it."""
        said = self.run(["image", "inspect", "--format", "{{.Id}}", name])
        return "" if said.code else said.output.strip()
