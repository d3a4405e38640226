"""A store with rules on top: what a call through the API shell would do, without HTTP, identity and time."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import localcloud.resources
from localcloud.discovery.description import load
from localcloud.discovery.reply import validate_reply
from localcloud.discovery.validate import validate_body, validate_parameters
from localcloud.errors.api import ApiError
from localcloud.resources.call import HANDLERS, Call
from localcloud.settings import PROJECT, Settings, read_settings
from localcloud.store.path import ResourcePath, compute_path
from localcloud.store.store import Document, Resource, Store

NOW = 1_700_000_000.0
PREFIX = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/"

for module in pkgutil.iter_modules(localcloud.resources.__path__):
    importlib.import_module(f"{localcloud.resources.__name__}.{module.name}")


class Cloud:
    """Calls handlers as the API shell does: discovery checks what goes in and what comes out, in one transaction."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.now = NOW

    def call(
        self, method_id: str, body: Document | None = None, *, service: str = "compute", **parameters: Any
    ) -> Document:
        """The reply of a method, of Compute Engine when nothing else is said; the project is filled in."""
        api = load(service)
        method = api.methods[f"{service}.{method_id}"]
        given = {"project": PROJECT, **{name: _text(value) for name, value in parameters.items()}}
        places = {name: method.parameters.get(name, {}).get("location") for name in given}
        path = {name: value for name, value in given.items() if places[name] == "path"}
        query = [(name, value) for name, value in given.items() if places[name] != "path"]
        typed = validate_parameters(api, method, path, query)
        document = validate_body(api, method, body)
        with self.store.transaction() as transaction:
            principal = "operator@example.com"
            call = Call(method.id, typed, document, transaction, self.now, principal, self.settings)
            reply = HANDLERS[method.id](call)
        assert validate_reply(api, method, reply) == []
        return reply

    def refused(self, method_id: str, body: Document | None = None, **parameters: Any) -> tuple[int, str]:
        """Status and sentence of a refused call."""
        with pytest.raises(ApiError) as caught:
            self.call(method_id, body, **parameters)
        return caught.value.code, caught.value.message

    def stored(self, relative: str) -> Resource:
        """The resource at `global/…`, `zones/…` or `regions/…`."""
        resource = self.store.get(self.path(relative))
        assert resource is not None, relative
        return resource

    def path(self, relative: str) -> ResourcePath:
        """The path of `global/…`, `zones/…` or `regions/…`."""
        return compute_path(f"projects/{PROJECT}/{relative}")

    def exists(self, relative: str) -> bool:
        """Whether the resource is stored."""
        return self.store.get(self.path(relative)) is not None

    def body(self, relative: str) -> Document:
        """The stored document."""
        return self.stored(relative).body

    def change(self, relative: str, **internal: Any) -> None:
        """Write into the internal document, as a controller does."""
        with self.store.transaction() as transaction:
            resource = transaction.get(self.path(relative))
            assert resource is not None
            transaction.put(resource.path, resource.body, resource.internal | internal)

    def show(self, relative: str, **body: Any) -> None:
        """Write into the shown document, as a controller does."""
        with self.store.transaction() as transaction:
            resource = transaction.get(self.path(relative))
            assert resource is not None
            transaction.put(resource.path, resource.body | body, resource.internal)

    def network(self) -> None:
        """The network `web` with subnetwork `web` in us-central1."""
        self.call("networks.insert", {"name": "web", "autoCreateSubnetworks": False})
        subnetwork = {"name": "web", "network": "global/networks/web", "ipCidrRange": "10.10.0.0/28"}
        self.call("subnetworks.insert", subnetwork, region="us-central1")

    def template(self, name: str = "web-1", **properties: Any) -> None:
        """An instance template on subnetwork `web`."""
        body = {"name": name, "properties": template_properties() | properties}
        self.call("instanceTemplates.insert", body)

    def group(self, name: str = "web", size: int = 2, **fields: Any) -> None:
        """A zonal managed instance group of template `web-1` in us-central1-a."""
        body = {"name": name, "targetSize": size, "instanceTemplate": "global/instanceTemplates/web-1"} | fields
        self.call("instanceGroupManagers.insert", body, zone="us-central1-a")

    def member(self, name: str, group: str = "zones/us-central1-a/instanceGroupManagers/web") -> str:
        """An instance with its managed instance document, as the controller makes both; its URL."""
        self.call("instances.insert", instance_body(name), zone="us-central1-a")
        link = f"{PREFIX}zones/us-central1-a/instances/{name}"
        manager = self.stored(group)
        body = {
            "name": name,
            "instance": link,
            "currentAction": "NONE",
            "targetStatus": "RUNNING",
            "version": {"instanceTemplate": manager.body["instanceTemplate"]},
        }
        internal = {"zone": "us-central1-a", "intent": None}
        with self.store.transaction() as transaction:
            transaction.put(manager.path.child("managedInstances", name), body, internal)
        return link

    def intent(self, name: str, group: str = "zones/us-central1-a/instanceGroupManagers/web") -> str | None:
        """What a caller asked for a managed instance."""
        managed = self.store.get(self.path(group).child("managedInstances", name))
        assert managed is not None
        intent: str | None = managed.internal["intent"]
        return intent


def template_properties() -> Document:
    """InstanceProperties of a small web server."""
    return {
        "machineType": "e2-medium",
        "disks": [
            {
                "boot": True,
                "autoDelete": True,
                "initializeParams": {"sourceImage": "projects/cos-cloud/global/images/family/cos-stable"},
            }
        ],
        "networkInterfaces": [{"subnetwork": "regions/us-central1/subnetworks/web", "accessConfigs": [{}]}],
        "metadata": {"items": [{"key": "container-port", "value": "5000"}]},
    }


def instance_body(name: str) -> Document:
    """An Instance as `instances.insert` takes it."""
    return template_properties() | {"name": name, "machineType": "zones/us-central1-a/machineTypes/e2-medium"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """An empty cloud."""
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path)})
    store = Store(settings.database)
    yield Cloud(store, settings)
    store.close()


@pytest.fixture
def instance(cloud):
    """A cloud with network `web` and the instance `web-1`, still PROVISIONING."""
    cloud.network()
    cloud.call("instances.insert", instance_body("web-1"), zone="us-central1-a")
    return cloud
