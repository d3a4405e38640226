"""A project that does not let the builder be made."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud

pytestmark = pytest.mark.timeout(300)


def test_a_builder_that_may_not_be_made_ends_the_run_with_googles_words_and_what_to_do(cloud: LocalCloud) -> None:
    cloud.admin("POST", "/faults", {"method": "compute.instances.insert", "status": 403})
    run = cloud.playbook("site.yml", "--tags", "project,network,builder", "-e", "app_image_method=builder")
    cloud.admin("DELETE", "/faults")
    assert run.code != 0
    assert (
        " could not be made or started in us-central1-a: compute.instances.insert was made to fail with 403 by a fault"
        " on the admin port; mend that, then run the same command again"
    ) in " ".join(run.output.split())
    run = cloud.playbook("playbooks/destroy.yml", "-e", "app_image_method=builder")
    assert "What is left of flaskscale: nothing" in run.output
