"""Running the registry: started when it is first needed, adopted after a restart, stopped with the local cloud.

It listens on a Unix socket in a folder that only this user may enter, because it asks nobody who they are: that is the
API's part.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.errors.program import RegistryUnavailableError, registry_failed, registry_missing, registry_not_stopped
from localcloud.registry.container import RegistryContainer
from localcloud.registry.content import discard_upload, orphans, remove_orphans
from localcloud.registry.upstream import UpstreamError, connect
from localcloud.resources.artifact_registry import content_names
from localcloud.runtimes.detached import DetachedProcess
from localcloud.runtimes.runtime import RuntimeFaultError
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Store

PROGRAM = "docker-registry"
_LOGGER = logging.getLogger(__name__)
_SOCKET = "registry.sock"
_CONFIGURATION = "config.json"
_CONTENT = "content"
_READY_SECONDS = 15.0
_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_LOG_LIMIT_BYTES = 1024 * 1024
_LOG_TAIL_LINES = 3


class Registry:
    """Debian's docker-registry as a process of its own, else the image registry:2 where the runtime has an engine.

    Args:
        settings: state folder and runtime.
        store: which repositories there are; content of a deleted one is removed.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._folder = settings.state / "registry"
        self._log = settings.state / "log" / "registry.log"
        self._process = DetachedProcess(self._folder / "process")
        self._container = RegistryContainer(self._folder)
        self._starting = threading.Lock()
        self._counting = threading.Lock()
        self._users = 0
        store.subscribe(self._committed)

    @property
    def socket(self) -> Path:
        """Where it listens while it runs."""
        return self._folder / _SOCKET

    @property
    def content(self) -> Path:
        """The folder of its files."""
        return self._folder / _CONTENT

    def acquire(self) -> None:
        """Have it run until `release`; blocks while it starts.

        Raises:
            RegistryUnavailableError: nothing is installed that could run, or it did not start.
        """
        with self._starting:
            self._ensure()
            with self._counting:
                self._users += 1

    def release(self) -> None:
        """One user less; it runs on."""
        with self._counting:
            self._users -= 1

    def discard_upload(self, name: str, upload: str) -> None:
        """Remove what has arrived of a blob when no more of it can.

        The registry itself cannot cancel an upload whose state it could not write, and it keeps the file open: so it
        is stopped when nobody else uses it, for the disk to have its space again. The next request starts it.

        Args:
            name: of the image, as the registry calls it.
            upload: its identifier, which is not empty.
        """
        discard_upload(self.content, name, upload)
        with self._starting:
            if not self._users:
                self._stop()

    def running(self) -> bool:
        """Whether it is there; one that has died is reaped.

        Raises:
            RegistryUnavailableError: it is a container, and no engine answers.
            RuntimeFaultError: it is a container, and the engine refuses.
        """
        if self._process.poll() is None:
            return True
        try:
            return self._container.running()
        except (RegistryUnavailableError, RuntimeFaultError):
            if _program() is None:
                raise
            return False  # an earlier one's engine is gone, and none is needed

    def stop(self) -> None:
        """End it and wait until it has ended; its content stays.

        Raises:
            RegistryUnavailableError: it is a container, and no engine answers to end it; where docker-registry is
                installed, that is only logged.
        """
        with self._starting:
            self._stop()

    def _ensure(self) -> None:
        program = _program()
        try:
            if self.running():
                return
            if program is None and self._settings.runtime != "vm":
                raise registry_missing()
            self._prepare()
            if program is not None:
                self._start_process(program)
            else:
                self._container.start(_CONFIGURATION)
            self._wait_ready()
        except (OSError, RuntimeFaultError) as error:
            raise registry_failed(str(error)) from error

    def _prepare(self) -> None:
        self.content.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT_BYTES:
            self._log.unlink()
        self.socket.unlink(missing_ok=True)
        remove_orphans(self.content, self._wanted())
        secret = self._secret()
        file = self._folder / _CONFIGURATION
        file.touch(mode=0o600)
        file.write_text(json.dumps(configuration(secret), indent=2))

    def _secret(self) -> str:
        """The same at each start, so that an upload that is under way goes on."""
        try:
            found = json.loads((self._folder / _CONFIGURATION).read_text())
            return str(found["http"]["secret"])
        except (FileNotFoundError, ValueError, KeyError):
            return secrets.token_hex(32)

    def _start_process(self, program: str) -> None:
        command = [program, "serve", _CONFIGURATION]
        self._process.start(command, folder=self._folder, environment={"PATH": os.defpath}, output=self._log)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            try:
                connect(self.socket).close()
            except UpstreamError:
                if not self.running():
                    raise registry_failed(f"it ended at once; its log ends with: {self._log_tail()}") from None
                time.sleep(_POLL_SECONDS)
            else:
                return
        raise registry_failed(f"it was not ready after {_READY_SECONDS:g} s; its log ends with: {self._log_tail()}")

    def _stop(self) -> None:
        self._process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                self._process.kill()
            time.sleep(_POLL_SECONDS)
        self._process.forget()
        try:
            self._remove_container()
        except RegistryUnavailableError as error:
            if _program() is None:
                raise
            _LOGGER.warning("an earlier registry is left: %s", error)

    def _remove_container(self) -> None:
        try:
            self._container.remove()
        except RuntimeFaultError as fault:
            raise registry_not_stopped(str(fault)) from fault

    def _wanted(self) -> frozenset[str]:
        with self._store.transaction() as transaction:
            return content_names(transaction)

    def _committed(self, paths: frozenset[ResourcePath]) -> None:
        """Remove the content of a repository that was deleted: at once when nobody uses the registry, which restarts
        for the next one who does; else when it starts again.
        """
        if not any(path.service == "artifactregistry" and path.collection == "repositories" for path in paths):
            return
        if not orphans(self.content, self._wanted()):
            return
        with self._starting:
            wanted = self._wanted()
            if self._users:
                return
            try:
                self._stop()
                remove_orphans(self.content, wanted)
            except (OSError, RegistryUnavailableError):
                # Nobody can see this content any more; the next start tries again.
                _LOGGER.exception("content of a deleted repository is still there")

    def _log_tail(self) -> str:
        if _program() is None and (said := self._container.console()):
            return " ".join(said[-_LOG_TAIL_LINES:])
        if not self._log.exists():
            return "nothing"
        with self._log.open(errors="replace") as stream:
            return " ".join(line.strip() for line in deque(stream, _LOG_TAIL_LINES)) or "nothing"


def _program() -> str | None:
    """Where Debian's docker-registry is; None where it is not installed."""
    return shutil.which(PROGRAM, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/bin")


def configuration(secret: str) -> Mapping[str, Any]:
    """The distribution's configuration; paths are relative to the folder it runs in.

    Args:
        secret: signs the state of uploads that are under way.
    """
    return {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        # No cache of descriptors: what was deleted is gone.
        "storage": {"filesystem": {"rootdirectory": _CONTENT}, "delete": {"enabled": True}},
        "http": {"net": "unix", "addr": _SOCKET, "relativeurls": True, "secret": secret},
    }
