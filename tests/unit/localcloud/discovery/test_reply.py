"""The guard of replies, shown to notice what handlers could get wrong."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.discovery.description import load
from localcloud.discovery.reply import validate_reply

COMPUTE = load("compute")


@pytest.mark.parametrize(
    ("reply", "problems"),
    [
        ({"kind": "compute#disk", "id": "7", "sizeGb": "10", "status": "READY"}, []),
        ({"id": 7}, ["reply.id is 7; expected '7'"]),
        ({"colour": "red"}, ["reply.colour is not a field of the response"]),
        ({"labels": {"a": 1}}, ["reply.labels.a is 1; expected a string"]),
        ({"licenses": "x"}, ["reply.licenses is 'x'; expected a list"]),
        (
            {"status": "FINE"},
            ["reply.status is 'FINE'; expected one of CREATING, DELETING, FAILED, READY, RESTORING, UNAVAILABLE"],
        ),
        ({"enableConfidentialCompute": "true"}, ["reply.enableConfidentialCompute is 'true'; expected True"]),
        ([], ["reply is []; expected an object"]),
    ],
)
def test_differences_are_named(reply: Any, problems: list[str]) -> None:
    assert validate_reply(COMPUTE, COMPUTE.methods["compute.disks.get"], reply) == problems
