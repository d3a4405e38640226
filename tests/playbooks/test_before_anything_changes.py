"""What site.yml says, through Ansible itself, when it cannot or must not begin. No cloud runs here."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.cloud import LocalCloud, Run

pytestmark = pytest.mark.timeout(120)


def google(tmp_path: Path, *arguments: str, **settings: str) -> Run:
    """`ansible-playbook -i inventory/gcp site.yml` on a machine where nobody has logged in."""
    cloud = LocalCloud(tmp_path, {"HOME": str(tmp_path), "CLOUDSDK_CONFIG": "", "GOOGLE_APPLICATION_CREDENTIALS": ""})
    cloud = dataclasses.replace(cloud, settings=cloud.settings | settings)
    return cloud.playbook("-i", "inventory/gcp", "site.yml", *arguments)


def said(run: Run) -> str:
    """The output as one line, since Ansible folds long messages."""
    return " ".join(run.output.split())


@pytest.mark.parametrize("inventory", ["inventory/local", "inventory/gcp"])
@pytest.mark.parametrize("playbook", ["site.yml", "playbooks/status.yml", "playbooks/destroy.yml"])
def test_every_playbook_has_good_syntax_with_either_inventory(tmp_path: Path, inventory: str, playbook: str) -> None:
    run = LocalCloud(tmp_path).playbook("-i", inventory, playbook, "--syntax-check")
    assert run.code == 0, run.output


def test_google_without_a_project_says_what_to_set(tmp_path: Path) -> None:
    run = google(tmp_path)
    assert run.code != 0
    assert "flaskscale_project is empty; export GCP_PROJECT or set flaskscale_project to the project's id" in said(run)


def test_google_without_credentials_says_what_to_set(tmp_path: Path) -> None:
    run = google(tmp_path, GCP_PROJECT="a-project")
    assert run.code != 0
    looked_at = tmp_path / ".config/gcloud/application_default_credentials.json"
    assert (
        f"There are no Application Default Credentials at {looked_at};"
        " run 'gcloud auth application-default login', or export GCP_SERVICE_ACCOUNT_FILE with the path of a service"
        " account's key, or on a machine of Google's export GCP_AUTH_KIND=machineaccount"
    ) in said(run)


def test_google_with_a_key_that_is_not_there_says_so(tmp_path: Path) -> None:
    run = google(tmp_path, GCP_PROJECT="a-project", GCP_SERVICE_ACCOUNT_FILE=str(tmp_path / "key.json"))
    assert run.code != 0
    assert f"GCP_SERVICE_ACCOUNT_FILE is {tmp_path}/key.json but there is no such file; give the path" in said(run)


def test_a_local_cloud_that_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path)
    for playbook in ("site.yml", "playbooks/destroy.yml"):
        run = cloud.playbook(playbook)
        assert run.code != 0
        assert (
            f"The local cloud does not answer at 127.0.0.1:{cloud.settings['LOCALCLOUD_DOOR_PORT']}; start it with"
            " 'make up' or '.venv/bin/python -m localcloud up'"
        ) in said(run)


def test_a_value_of_the_wrong_type_is_named(tmp_path: Path) -> None:
    run = LocalCloud(tmp_path).playbook("site.yml", "-e", "flaskscale_cloud_port=many")
    assert run.code != 0
    assert "flaskscale_cloud_port" in said(run)
    assert "unable to convert to int" in said(run)
