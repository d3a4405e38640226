"""The registry as a container: the public image registry:2, on no network, with its socket in the shared folder.

The Docker client is imported only where there is such a container: it takes a quarter of a second.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.errors import StartError
from localcloud.runtimes.runtime import RuntimeFaultError

if TYPE_CHECKING:
    from localcloud.runtimes.engine import Engine

REPOSITORY = "registry"
TAG = "2"
_MOUNT = "/registry"


class RegistryContainer:
    """One container named after the folder; a file there says that it was made, so that nobody asks an engine else.

    Args:
        folder: configuration, content and socket; mounted into the container.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "container"
        self._engine: Engine | None = None

    def running(self) -> bool:
        """Whether it was made and runs."""
        if not self._file.exists():
            return False
        state = self._connected().container(self._name)
        return state is not None and state.running

    def start(self, configuration: str) -> None:
        """Make and start it; the image is pulled when it is not here.

        Args:
            configuration: name of the file in the folder.

        Raises:
            RuntimeFaultError: no engine answers, or it refuses.
        """
        from localcloud.runtimes.engine import ServicePlan

        engine = self._connected()
        if not engine.images.has(f"{REPOSITORY}:{TAG}"):
            engine.images.pull(REPOSITORY, TAG)
        self._file.write_text(self._name)
        engine.remove_container(self._name)
        engine.run_service(
            ServicePlan(
                name=self._name,
                image=f"{REPOSITORY}:{TAG}",
                command=("serve", f"{_MOUNT}/{configuration}"),
                user=f"{os.getuid()}:{os.getgid()}",
                folder=self._folder,
                mount=_MOUNT,
            )
        )

    def console(self) -> list[str]:
        """The lines that it wrote since it was made; none when none was made.

        Raises:
            RuntimeFaultError: no engine answers, or it refuses.
        """
        return [line for _, line in self._connected().console(self._name, 0)] if self._file.exists() else []

    def remove(self) -> None:
        """Stop and remove it; nothing happens when none was made.

        Raises:
            RuntimeFaultError: no engine answers, or it refuses.
        """
        if self._file.exists():
            self._connected().remove_container(self._name)
            self._file.unlink()

    @property
    def _name(self) -> str:
        return f"localcloud-registry-{hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]}"

    def _connected(self) -> Engine:
        if self._engine is None:
            from localcloud.runtimes.engine import connect

            try:
                self._engine = connect()
            except StartError as error:
                raise RuntimeFaultError(str(error)) from error
        return self._engine
