"""The other shape of a group, all of it in one zone, and what only the cloud can know of the settings."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud, get

pytestmark = pytest.mark.timeout(600)
ZONE = ["-e", "instance_group_zone=us-central1-b"]


def said(output: str) -> str:
    return " ".join(output.split())


@pytest.fixture(scope="module", name="enabled", autouse=True)
def _enabled(cloud: LocalCloud) -> None:
    """A project with its services: before that, nothing of Compute Engine can be read."""
    run = cloud.playbook("site.yml", "--tags", "project")
    assert run.code == 0, run.output


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ["-e", "flaskscale_region=us-central9"],
            "flaskscale_region is us-central9 but project flaskscale-local has no such region; set flaskscale_region to"
            " one that 'gcloud compute regions list' shows",
        ),
        (
            ["-e", "instance_group_zone=us-central1-x"],
            "instance_group_zone has us-central1-x but region us-central1 has the zones us-central1-a, us-central1-b,"
            " us-central1-c, us-central1-f; choose among them",
        ),
        (
            ["-e", "instance_template_machine_type=e2-huge"],
            "instance_template_machine_type is e2-huge but no zone of us-central1 has it; choose one that 'gcloud"
            " compute machine-types list' shows",
        ),
    ],
    ids=["region", "zone", "machine type"],
)
def test_what_the_cloud_does_not_have_is_refused_before_a_change(
    cloud: LocalCloud, settings: list[str], sentence: str
) -> None:
    before = cloud.writes
    run = cloud.playbook("site.yml", *settings)
    assert run.code != 0
    assert sentence in said(run.output)
    assert cloud.writes == before


def test_a_template_without_a_release_is_refused(cloud: LocalCloud) -> None:
    run = cloud.playbook("site.yml", "--tags", "instance_template", "--skip-tags", "app_image")
    assert run.code != 0
    assert (
        "app_image_reference is '' but a template runs a release that is pinned by its digest; do not skip the tag"
        " app_image, or set app_image_reference"
    ) in said(run.output)


def test_a_group_in_one_zone_is_deployed_shown_and_deployed_again(cloud: LocalCloud) -> None:
    run = cloud.playbook("site.yml", *ZONE)
    assert run.code == 0, run.output
    assert "flaskscale-group in us-central1-b, 2 of 2 serving" in run.output
    assert get(f"{cloud.url}/health") == (200, "status: healthy")
    before = cloud.writes
    again = cloud.playbook("site.yml", *ZONE)
    assert (again.code, again.changed, cloud.writes) == (0, 0, before), again.output


def test_a_destroy_that_was_interrupted_is_carried_on(cloud: LocalCloud) -> None:
    refusal = {"method": "compute.backendServices.delete", "status": 403, "rate": 1.0, "count": 1}
    cloud.admin("POST", "/faults", refusal)
    interrupted = cloud.playbook("playbooks/destroy.yml", *ZONE)
    cloud.admin("DELETE", "/faults")
    assert interrupted.code != 0
    assert "backendServices.delete" in interrupted.output
    run = cloud.playbook("playbooks/destroy.yml", *ZONE)
    assert run.code == 0, run.output
    assert "What is left of flaskscale: nothing" in run.output
    again = cloud.playbook("playbooks/destroy.yml", *ZONE)
    assert (again.code, again.changed) == (0, 0), again.output
