"""The project and its IAM policy."""

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


PREFIX = "cloudresourcemanager.projects"
PROJECT = "flaskscale-local"
VIEWER = {"role": "roles/compute.viewer", "members": ["serviceAccount:b@example.com", "user:a@example.com"]}


def test_the_project_is_there_and_no_other(services: Services) -> None:
    project = services.call(f"{PREFIX}.get", projectId=PROJECT)
    assert (project["projectNumber"], project["lifecycleState"]) == ("100000000001", "ACTIVE")
    code, message = services.refused(f"{PREFIX}.get", projectId="another-project")
    assert code == 403
    assert message.startswith("Permission denied on resource project another-project, or it may not exist")


def test_a_policy_is_kept_in_one_order_and_guarded_by_its_etag(services: Services) -> None:
    first = services.call(f"{PREFIX}.getIamPolicy", {}, resource=PROJECT)
    twice = [
        {"role": "roles/compute.viewer", "members": ["user:a@example.com"]},
        {"role": "roles/browser", "members": []},
        {"role": "roles/compute.viewer", "members": ["serviceAccount:b@example.com", "user:a@example.com"]},
    ]
    body = {"policy": {"bindings": twice, "etag": first["etag"]}}
    written = services.call(f"{PREFIX}.setIamPolicy", body, resource=PROJECT)
    assert written["bindings"] == [VIEWER]
    assert services.call(f"{PREFIX}.getIamPolicy", {}, resource=PROJECT) == written
    assert services.refused(f"{PREFIX}.setIamPolicy", body, resource=PROJECT) == (
        409,
        "There were concurrent policy changes of projects/flaskscale-local; read the policy again and retry the whole "
        "change",
    )


@pytest.mark.parametrize(
    ("binding", "sentence"),
    [
        ({"role": "owner", "members": []}, "Role 'owner' is not a role name; expected roles/NAME"),
        (
            {"role": "roles/owner", "members": ["a@example.com"]},
            "Member 'a@example.com' is not an IAM member; expected TYPE:ID, such as user:NAME@DOMAIN",
        ),
        (
            {"role": "roles/owner", "members": [], "condition": {"expression": "true"}},
            "the local cloud knows no IAM conditions; remove the condition of roles/owner",
        ),
    ],
)
def test_a_bad_binding_is_refused(services: Services, binding: dict[str, object], sentence: str) -> None:
    body = {"policy": {"bindings": [binding]}}
    assert services.refused(f"{PREFIX}.setIamPolicy", body, resource=PROJECT) == (400, sentence)


def test_permissions_are_tested_for_the_caller(services: Services) -> None:
    asked = {"permissions": ["compute.instances.get", "compute.instances.delete"]}
    assert services.call(f"{PREFIX}.testIamPermissions", asked, resource=PROJECT) == {}
    caller = "serviceAccount:operator@flaskscale-local.iam.gserviceaccount.com"
    bindings = [{"role": "roles/compute.viewer", "members": [caller]}]
    services.call(f"{PREFIX}.setIamPolicy", {"policy": {"bindings": bindings}}, resource=PROJECT)
    held = services.call(f"{PREFIX}.testIamPermissions", asked, resource=PROJECT)
    assert held == {"permissions": ["compute.instances.get"]}
