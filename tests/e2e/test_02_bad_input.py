"""Bad input is refused with one sentence, before anything is changed."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"autoscaler_min_replicas": "4", "autoscaler_max_replicas": "2"},
            "autoscaler_max_replicas is 2 but autoscaler_min_replicas is 4; raise the maximum or lower the minimum",
        ),
        ({"instance_group_zones": "[us-central1-x]"}, "us-central1-x"),
        ({"flaskscale_name": "My_App"}, "flaskscale_name is 'My_App'"),
        ({"autoscaler_cpu_target": "50"}, "autoscaler_cpu_target is 50"),
        ({"app_image_source": "/nowhere"}, "app_image_source is /nowhere"),
        ({"instance_template_machine_type": "e2-huge"}, "e2-huge"),
        ({"autoscaler_max_replicas": "many"}, "autoscaler_max_replicas"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_bad_value_stops_before_anything_changes(cloud: LocalCloud, variables: dict[str, str], sentence: str) -> None:
    before = cloud.writes
    extra = [part for name, value in variables.items() for part in ("-e", f"{{{name}: {value}}}")]
    run = cloud.playbook("site.yml", *extra)
    assert run.code != 0
    assert sentence in " ".join(run.output.split())
    assert cloud.writes == before


def test_the_gcp_inventory_without_a_project_says_what_to_set(cloud: LocalCloud) -> None:
    run = cloud.playbook("-i", "inventory/gcp", "site.yml")
    assert run.code != 0
    assert "GCP_PROJECT" in run.output
    assert cloud.playbook("-i", "inventory/gcp", "site.yml", "--syntax-check").code == 0
