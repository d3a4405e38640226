"""Bad input is refused with one sentence, before anything is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud import LocalCloud

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def enabled(cloud: LocalCloud) -> LocalCloud:
    """A cloud whose project has its services: only then can Compute Engine say what it has."""
    run = cloud.playbook("site.yml", "--tags", "project")
    assert run.code == 0, run.output
    return cloud


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"autoscaler_min_replicas": "4", "autoscaler_max_replicas": "2"},
            "autoscaler_max_replicas is 2 but autoscaler_min_replicas is 4; raise the maximum or lower the minimum",
        ),
        (
            {"flaskscale_region": "us-central9"},
            "flaskscale_region is us-central9 but project flaskscale-local has no such region; set flaskscale_region to"
            " one that 'gcloud compute regions list' shows",
        ),
        (
            {"instance_group_zones": "[us-central1-a, us-central1-x, us-central1-b]"},
            "instance_group_zones has us-central1-x but region us-central1 has the zones us-central1-a, us-central1-b,"
            " us-central1-c, us-central1-f; choose among them",
        ),
        (
            {"instance_template_machine_type": "e2-huge"},
            "instance_template_machine_type is e2-huge but no zone of us-central1 has it; choose one that 'gcloud"
            " compute machine-types list' shows",
        ),
        (
            {"flaskscale_name": "My_App"},
            "flaskscale_name is 'My_App' but Google's names are lower-case letters, digits and hyphens, beginning with"
            " a letter and not ending with a hyphen; choose another name",
        ),
        (
            {"autoscaler_cpu_target": "50"},
            "autoscaler_cpu_target is 50 but CPU utilisation is a share above 0 and up to 1; write 50 % as 0.5",
        ),
        (
            {"app_image_source": "/nowhere"},
            "app_image_source is /nowhere but there is no such folder; set app_image_source to the folder of the Flask"
            " application",
        ),
        (
            {"autoscaler_max_replicas": "many"},
            "argument 'autoscaler_max_replicas' is of type str and we were unable to convert to int",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_bad_value_stops_before_anything_changes(
    enabled: LocalCloud, variables: dict[str, str], sentence: str
) -> None:
    before = enabled.writes
    extra = [part for name, value in variables.items() for part in ("-e", f"{{{name}: {value}}}")]
    run = enabled.playbook("site.yml", *extra)
    assert run.code != 0
    assert sentence in " ".join(run.output.split())
    assert enabled.writes == before


def test_a_project_never_used_before_gets_nothing_but_its_services_and_its_service_account(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state")
    cloud.up()
    try:
        run = cloud.playbook("site.yml", "-e", "instance_group_zone=us-central1-x")
        writes = cloud.writes
    finally:
        cloud.down()
    assert run.code != 0
    assert (
        "instance_group_zone has us-central1-x but region us-central1 has the zones us-central1-a, us-central1-b,"
        " us-central1-c, us-central1-f; choose among them"
    ) in " ".join(run.output.split())
    services, service_account, policy = 4, 1, 1
    assert writes == services + service_account + policy
