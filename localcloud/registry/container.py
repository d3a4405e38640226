"""The registry as a container: the public image registry:2, on no network, with its socket in the shared folder.

The Docker client is imported only where there is such a container: it takes a quarter of a second.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.errors.program import EngineMissingError, StartError, registry_engine_silent
from localcloud.runtimes.engine_plans import ServicePlan
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
        """Whether it was made and runs.

        Raises:
            RegistryUnavailableError: it was made, and no engine answers.
            RuntimeFaultError: the engine refuses.
        """
        if not self._file.exists():
            return False
        with self._answering() as engine:
            state = engine.container(self._name)
        return state is not None and state.running

    def start(self, configuration: str) -> None:
        """Make and start it; the image is pulled when it is not here.

        Args:
            configuration: name of the file in the folder.

        Raises:
            RegistryUnavailableError: no engine answers.
            RuntimeFaultError: the engine refuses.
        """
        plan = ServicePlan(
            name=self._name,
            image=f"{REPOSITORY}:{TAG}",
            command=("serve", f"{_MOUNT}/{configuration}"),
            user=f"{os.getuid()}:{os.getgid()}",
            folder=self._folder,
            mount=_MOUNT,
        )
        with self._answering() as engine:
            if not engine.images.has(plan.image):
                engine.images.pull(REPOSITORY, TAG)
            self._file.write_text(self._name)
            engine.remove_container(self._name)
            engine.run_service(plan)

    def console(self) -> list[str]:
        """The lines that it wrote since it was made; none when none was made.

        Raises:
            RegistryUnavailableError: no engine answers.
            RuntimeFaultError: the engine refuses.
        """
        if not self._file.exists():
            return []
        with self._answering() as engine:
            return [line for _, line in engine.console(self._name, 0)]

    def remove(self) -> None:
        """Stop and remove it; nothing happens when none was made.

        Raises:
            RegistryUnavailableError: no engine answers.
            RuntimeFaultError: the engine refuses.
        """
        if self._file.exists():
            with self._answering() as engine:
                engine.remove_container(self._name)
            self._file.unlink()

    @property
    def _name(self) -> str:
        return f"localcloud-registry-{hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]}"

    @contextmanager
    def _answering(self) -> Iterator[Engine]:
        """The engine, whose silence is this registry's own sentence."""
        from localcloud.runtimes.engine import connect
        from localcloud.runtimes.engine_client import EngineSilentError, engine_address

        try:
            if self._engine is None:
                self._engine = connect()
            yield self._engine
        except EngineMissingError as error:
            raise registry_engine_silent(error.address, error.reason) from error
        except EngineSilentError as error:
            raise registry_engine_silent(engine_address(), error.reason) from error
        except StartError as error:
            raise RuntimeFaultError(str(error)) from error
