"""A local cloud's API side, really listening, for tests that speak to it as Google's own clients do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

from localcloud.api.server import serve
from localcloud.clock import SystemClock
from localcloud.discovery.description import Method, Service
from localcloud.discovery.reply import validate_reply
from localcloud.registry.registry import Registry
from localcloud.resources.iam import make_service_account
from localcloud.settings import Settings, read_settings
from localcloud.store.store import Document, Store
from tests.contract.artifact_registry import API, NOBODY, PLACE, READER, make_repository
from tests.ports import free_ports
from tests.registry_client import needs_registry

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass
class Cloud:
    """A running API shell without controllers: operations that wait for a machine stay RUNNING."""

    settings: Settings
    store: Store
    wrong_replies: list[str] = field(default_factory=list)

    def session(self, scopes: tuple[str, ...] = (CLOUD_PLATFORM,)) -> AuthorizedSession:
        """Google's own client side: the operator's key, through the proxy."""
        key = str(self.settings.operator_key)
        credentials = service_account.Credentials.from_service_account_file(key, scopes=list(scopes))
        session = AuthorizedSession(credentials, auth_request=Request(self.anonymous()))
        return self.through_the_door(session)

    def anonymous(self) -> requests.Session:
        """A client without credentials."""
        return self.through_the_door(requests.Session())

    def through_the_door(self, session: requests.Session) -> requests.Session:
        session.proxies = {"https": self.settings.door_url}
        session.verify = str(self.settings.authority_bundle)
        session.trust_env = False
        return session

    def inspect(self, service: Service, method: Method, reply: Document) -> None:
        self.wrong_replies += [f"{method.id}: {problem}" for problem in validate_reply(service, method, reply)]


class Running:
    """`serve` in a thread of its own."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._registry = Registry(cloud.settings, cloud.store)
        self._thread = threading.Thread(target=self._run, name="cloud")

    def __enter__(self) -> Cloud:
        self._thread.start()
        assert self._ready.wait(20), "the local cloud did not get ready in 20 s"
        if self._failure:
            self._thread.join()
            raise self._failure
        return self._cloud

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the local cloud did not stop in 20 s"
        self._registry.stop()
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        clock = SystemClock(self._cloud.settings.time_scale)
        try:
            self._loop.run_until_complete(
                serve(
                    self._cloud.store,
                    clock,
                    self._cloud.settings,
                    self._registry,
                    ready=self._ready.set,
                    stop=self._stop,
                    inspect=self._cloud.inspect,
                )
            )
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error
            self._ready.set()
        finally:
            self._loop.close()


def fresh_settings(state: Path, **more: str) -> Settings:
    """Settings of a cloud in a folder of its own, on free ports."""
    names = [f"LOCALCLOUD_{name}_PORT" for name in ("DOOR", "ADMIN", "HTTP", "HTTPS", "REGISTRY")]
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    return read_settings({"LOCALCLOUD_STATE": str(state), **ports, **more})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A fresh local cloud on free ports; every good reply is checked against its response schema."""
    settings = fresh_settings(tmp_path_factory.mktemp("cloud"))
    store = Store(settings.database)
    with Running(Cloud(settings, store)) as running:
        yield running
    store.close()
    assert running.wrong_replies == []


@pytest.fixture(scope="module")
def session(cloud: Cloud) -> AuthorizedSession:
    """The operator, in a project whose services are enabled."""
    return ready_session(cloud)


def ready_session(cloud: Cloud) -> AuthorizedSession:
    """The operator's session, after enabling what a deployment enables first."""
    session = cloud.session()
    names = ("artifactregistry", "cloudresourcemanager", "compute", "iam")
    enabled = session.post(
        f"https://serviceusage.googleapis.com/v1/projects/{cloud.settings.project}/services:batchEnable",
        json={"serviceIds": [f"{name}.googleapis.com" for name in names]},
    )
    assert enabled.status_code == 200, enabled.text
    return session


@pytest.fixture(scope="module")
def repository(cloud: Cloud, session: Any) -> str:
    """The name of a repository in us-central1 and in us-east1, and accounts that may read it and may not."""
    needs_registry()
    for location in ("us-central1", "us-east1"):
        make_repository(session, "shop", location)
    with cloud.store.transaction() as transaction:
        for account in (READER, NOBODY):
            make_service_account(transaction, cloud.settings, account, {})
    binding = {"role": "roles/artifactregistry.reader", "members": [f"serviceAccount:{READER}"]}
    path = f"{API}/{PLACE}/repositories/shop:setIamPolicy"
    assert session.post(path, json={"policy": {"bindings": [binding]}}).status_code == 200
    return "shop"
