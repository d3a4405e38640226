"""Which services are enabled, and what enabling does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.settings import read_settings
from localcloud.store.store import Store

from .calls import Services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path)})
    store = Store(settings.database)
    yield Services(store, settings)
    store.close()


PARENT = "projects/flaskscale-local"
COMPUTE = f"{PARENT}/services/compute.googleapis.com"


def test_a_new_project_has_no_compute_engine(services: Services) -> None:
    assert services.call("serviceusage.services.get", name=COMPUTE)["state"] == "DISABLED"
    usage = services.call("serviceusage.services.get", name=f"{PARENT}/services/serviceusage.googleapis.com")
    assert usage["state"] == "ENABLED"


def test_enabling_compute_engine_makes_its_account_an_editor(services: Services) -> None:
    operation = services.call("serviceusage.services.enable", {}, name=COMPUTE)
    assert operation["response"]["service"]["state"] == "ENABLED"
    assert services.call("serviceusage.operations.get", name=operation["name"]) == operation
    policy = services.call("cloudresourcemanager.projects.getIamPolicy", {}, resource="flaskscale-local")
    assert policy["bindings"] == [
        {
            "role": "roles/editor",
            "members": ["serviceAccount:100000000001-compute@developer.gserviceaccount.com"],
        }
    ]
    services.call("serviceusage.services.enable", {}, name=COMPUTE)
    again = services.call("cloudresourcemanager.projects.getIamPolicy", {}, resource="flaskscale-local")
    assert again == policy


def test_a_batch_with_an_unknown_service_enables_none(services: Services) -> None:
    body = {"serviceIds": ["dns.googleapis.com", "nothing.googleapis.com"]}
    refusal = services.refused("serviceusage.services.batchEnable", body, parent=PARENT)
    assert refusal == (
        404,
        "Service 'nothing.googleapis.com' was not found; the local cloud knows those that services.list shows",
    )
    assert (
        services.call("serviceusage.services.get", name=f"{PARENT}/services/dns.googleapis.com")["state"] == "DISABLED"
    )


@pytest.mark.parametrize("number", [0, 21])
def test_a_batch_has_a_size(services: Services, number: int) -> None:
    body = {"serviceIds": ["dns.googleapis.com"] * number}
    refusal = services.refused("serviceusage.services.batchEnable", body, parent=PARENT)
    assert refusal == (400, f"serviceIds names {number} services; expected 1 to 20")


def test_a_service_that_another_needs_is_disabled_only_with_it(services: Services) -> None:
    services.call("serviceusage.services.enable", {}, name=COMPUTE)
    login = f"{PARENT}/services/oslogin.googleapis.com"
    assert services.refused("serviceusage.services.disable", {}, name=login) == (
        400,
        "The service oslogin.googleapis.com is needed by compute.googleapis.com, which is enabled; disable that first "
        "or send disableDependentServices",
    )
    services.call("serviceusage.services.disable", {"disableDependentServices": True}, name=login)
    assert services.call("serviceusage.services.get", name=COMPUTE)["state"] == "DISABLED"


def test_lists_are_filtered_by_state(services: Services) -> None:
    enabled = services.call("serviceusage.services.list", parent=PARENT, filter="state:ENABLED")["services"]
    every = services.call("serviceusage.services.list", parent=PARENT)["services"]
    assert {item["state"] for item in enabled} == {"ENABLED"}
    assert len(enabled) == sum(item["state"] == "ENABLED" for item in every) < len(every)
    assert services.refused("serviceusage.services.list", parent=PARENT, filter="state:ON") == (
        400,
        "The filter 'state:ON' is not known; expected state:ENABLED or state:DISABLED",
    )
