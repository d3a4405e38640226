"""One instance and its controller, driven step by step as the loop does."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.controllers.instances import InstanceController
from localcloud.resources.instances import instance_from_template, request_delete
from localcloud.runtimes.process import ProcessRuntime
from localcloud.runtimes.runtime import MachineState, machine_folder
from localcloud.settings import PROJECT
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.runtimes.releases import eventually

NO_IMAGE = "docker.io/library/nothing:latest"
"""What the process runtime cannot boot."""

GROUP = "projects/flaskscale-local/regions/us-central1/instanceGroupManagers/group"


class Driver:
    """Reconciles one instance, as the loop does, until it is as asked."""

    def __init__(self, cloud: Cloud, runtime: ProcessRuntime) -> None:
        self.cloud = cloud
        self.runtime = runtime
        self.drained = False
        self.controller = InstanceController(
            cloud.store, cloud.clock, cloud.settings, runtime, lambda path: self.drained
        )
        self.path = ResourcePath("compute", PROJECT, "zones/us-central1-a", "instances", "web-1")
        self.statuses: list[str] = []

    def insert(self, image: str, created_by: str | None = None, disks: list[Document] | None = None) -> None:
        """Make the instance, for a caller or for a group, perhaps with other disks than the template's."""
        template = self.cloud.make_template(f"template-{len(self.statuses)}", image).body
        if disks is not None:
            template = template | {"properties": template["properties"] | {"disks": disks}}
        with self.cloud.store.transaction() as transaction:
            instance_from_template(
                transaction,
                template,
                "web-1",
                "us-central1-a",
                project=PROJECT,
                now=self.cloud.clock.now(),
                settings=self.cloud.settings,
                created_by=created_by,
            )

    def stored(self) -> Resource | None:
        return self.cloud.store.get(self.path)

    def get(self) -> Resource:
        found = self.stored()
        assert found is not None
        return found

    def put(self, **internal: object) -> None:
        with self.cloud.store.transaction() as transaction:
            instance = self.get_in(transaction.get(self.path))
            transaction.put(self.path, instance.body, instance.internal | internal)

    def set_automatic_restart(self, value: bool) -> None:
        with self.cloud.store.transaction() as transaction:
            body = self.get().body
            transaction.put(self.path, body | {"scheduling": body["scheduling"] | {"automaticRestart": value}})

    def get_in(self, found: Resource | None) -> Resource:
        assert found is not None
        return found

    def step(self) -> str:
        self.controller.reconcile(self.path)
        found = self.stored()
        status = found.body["status"] if found else "GONE"
        if not self.statuses or self.statuses[-1] != status:
            self.statuses.append(status)
        return str(status)

    def until(self, status: str) -> None:
        eventually(lambda: self.step() == status)

    def answers(self) -> bool:
        host, port = self.runtime.endpoint(self.get().internal["runtime"], 5000)
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/", timeout=5) as reply:
                return reply.read() == b"web-1"
        except OSError:
            return False

    def folder(self) -> Path:
        """Where the machine keeps its files."""
        return machine_folder(self.cloud.settings.state, self.get().internal["runtime"])

    def cut_off(self) -> None:
        """Cut the machine's power behind the controller's back."""
        handle = self.get().internal["runtime"]
        self.runtime.kill(handle)
        eventually(lambda: self.runtime.observe(handle) is MachineState.HALTED)

    def operation(self, kind: str) -> ResourcePath:
        """A new operation that waits for the controller."""
        path = ResourcePath("compute", PROJECT, "zones/us-central1-a", "operations", f"operation-{kind}")
        waiting = {"inserted": self.cloud.clock.now(), "latency": 0.0, "waits": True, "finished": None}
        with self.cloud.store.transaction() as transaction:
            transaction.put(path, {"name": path.name, "operationType": kind}, waiting)
        return path

    def ended(self, operation: ResourcePath) -> str | None:
        """How an operation ended: empty for well, the error's sentence for not, None while it waits."""
        found = self.cloud.store.get(operation)
        assert found is not None
        if found.internal["finished"] is None:
            return None
        errors: list[Document] = found.body.get("error", {}).get("errors", [])
        return " ".join(error["message"] for error in errors)


@contextmanager
def driven(cloud: Cloud, runtime: ProcessRuntime) -> Iterator[Driver]:
    """A driver whose instance is gone afterwards."""
    driver = Driver(cloud, runtime)
    yield driver
    found = driver.stored()
    if found is not None:
        with cloud.store.transaction() as transaction:
            request_delete(transaction, found, halt="kill")
        driver.put(drain_until=None)
        driver.until("GONE")
