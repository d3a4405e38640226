"""What the role builder says when Google does not make its machine."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from tests.unit.roles.templates import load, settings

POLICY = "Constraint constraints/compute.vmExternalIpAccess violated for the project's builder."
ANSWER = (
    f"""GCP returned error: {{'error': {{'code': 412, 'message': "{POLICY}", 'errors': [{{'message': 'again'}}]}}}}"""
)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            ANSWER,
            f"{POLICY[:-1]}; a policy of the organisation forbids such a machine, so set app_image_method to engine or "
            "prebuilt",
        ),
        (
            "GCP returned error: {'error': {'code': 403, 'message': 'Quota exceeded.', 'errors': []}}",
            "Quota exceeded; mend that, then run the same command again",
        ),
        ("The request timed out", "The request timed out; mend that, then run the same command again"),
    ],
)
def test_googles_words_and_what_to_do(failure: str, said: str) -> None:
    (rescue,) = [task for block in load("roles/builder/tasks/machine.yml") for task in block.get("rescue", [])]
    known = settings(_builder_made={"msg": failure}, _builder_name="builder", _builder_zone="us-central1-a")
    templar = Templar(loader=DataLoader(), variables={**known, **rescue["vars"]})
    found = templar.template(rescue["ansible.builtin.fail"]["msg"])
    assert found == f"builder could not be made or started in us-central1-a: {said}"
