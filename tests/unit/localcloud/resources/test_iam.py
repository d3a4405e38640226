"""Service accounts and their keys."""

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


PREFIX = "iam.projects.serviceAccounts"
PARENT = "projects/flaskscale-local"
EMAIL = "flaskscale-instance@flaskscale-local.iam.gserviceaccount.com"
NAME = f"{PARENT}/serviceAccounts/{EMAIL}"


def make(services: Services) -> None:
    body = {"accountId": "flaskscale-instance", "serviceAccount": {"displayName": "Instances"}}
    services.call(f"{PREFIX}.create", body, name=PARENT)


def test_an_account_is_made_read_listed_changed_and_deleted(services: Services) -> None:
    make(services)
    read = services.call(f"{PREFIX}.get", name=NAME)
    assert (read["name"], read["email"], read["displayName"]) == (NAME, EMAIL, "Instances")
    assert services.call(f"{PREFIX}.get", name=f"{PARENT}/serviceAccounts/{read['uniqueId']}") == read
    assert services.call(f"{PREFIX}.list", name=PARENT) == {"accounts": [read]}
    changed = services.call(f"{PREFIX}.update", {"displayName": "New"}, name=NAME)
    assert changed["displayName"] == "New"
    assert changed["etag"] != read["etag"]
    body = {"serviceAccount": {"description": "why"}, "updateMask": "description"}
    assert services.call(f"{PREFIX}.patch", body, name=NAME)["description"] == "why"
    assert services.call(f"{PREFIX}.delete", name=NAME) == {}
    assert services.refused(f"{PREFIX}.get", name=NAME) == (404, f"Unknown service account or key: {NAME}")


def test_a_second_account_of_the_name_is_refused(services: Services) -> None:
    make(services)
    refusal = services.refused(f"{PREFIX}.create", {"accountId": "flaskscale-instance"}, name=PARENT)
    assert refusal == (409, f"Service account {NAME} already exists")


@pytest.mark.parametrize("account_id", ["short", "Upper-case", "1-begins-with-a-digit", "x" * 31, "ends-with-a-dash-"])
def test_a_bad_account_id_is_refused(services: Services, account_id: str) -> None:
    code, message = services.refused(f"{PREFIX}.create", {"accountId": account_id}, name=PARENT)
    assert code == 400
    assert message.startswith(f"The account ID '{account_id}' does not have a length between 6 and 30")


def test_an_account_id_is_required(services: Services) -> None:
    assert services.refused(f"{PREFIX}.create", {}, name=PARENT) == (400, "Required field 'accountId' not specified")


def test_keys_go_with_their_account_and_private_ones_are_not_kept(services: Services) -> None:
    make(services)
    key = services.call(f"{PREFIX}.keys.create", {}, name=NAME)
    assert key["privateKeyData"]
    assert services.call(f"{PREFIX}.keys.list", name=NAME)["keys"] == [
        {name: value for name, value in key.items() if not name.startswith("privateKey")}
    ]
    assert b"PRIVATE KEY" not in services.settings.database.read_bytes()
    services.call(f"{PREFIX}.delete", name=NAME)
    make(services)
    assert services.call(f"{PREFIX}.keys.list", name=NAME) == {}


def test_other_kinds_of_keys_are_refused(services: Services) -> None:
    make(services)
    refusal = services.refused(f"{PREFIX}.keys.create", {"keyAlgorithm": "KEY_ALG_RSA_1024"}, name=NAME)
    assert refusal == (400, "the local cloud makes keys of keyAlgorithm KEY_ALG_RSA_2048 only")


def test_an_account_has_a_policy_of_its_own(services: Services) -> None:
    make(services)
    bindings = [{"role": "roles/iam.serviceAccountUser", "members": ["user:a@example.com"]}]
    services.call(f"{PREFIX}.setIamPolicy", {"policy": {"bindings": bindings}}, resource=NAME)
    assert services.call(f"{PREFIX}.getIamPolicy", resource=NAME)["bindings"] == bindings
