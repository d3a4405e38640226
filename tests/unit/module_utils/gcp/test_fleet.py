"""What is read of a fleet, and what may be missing of it."""

from __future__ import annotations

from typing import Any

import pytest

from module_utils.gcp.fleet import FleetQuestion, read_fleet
from module_utils.gcp.resource import Place

from .wire import Wire, client, refusal

ZONE = "https://www.googleapis.com/compute/v1/projects/p/zones/z"
MANAGER = {"name": "web", "baseInstanceName": "web", "targetSize": 1, "instanceGroup": f"{ZONE}/instanceGroups/web"}
LINK = f"{ZONE}/instances/web-abcd"
MEMBER = {"instance": LINK, "instanceStatus": "RUNNING", "instanceHealth": [{"detailedHealthState": "UNHEALTHY"}]}
INSTANCE = {"name": "web-abcd", "selfLink": LINK, "zone": ZONE, "status": "RUNNING"}


@pytest.mark.parametrize(
    ("answers", "log"),
    [
        ([(200, {"contents": "Listening\nModuleNotFoundError: No module named 'shop'\n"})], "No module named 'shop'"),
        ([refusal(400, "resourceNotReady", "The resource is not ready.")], ""),
        ([refusal(503, "backendError", "TIMEOUT")] * 4, ""),
        ([refusal(404, "notFound", "gone")], ""),
    ],
)
def test_a_log_that_google_does_not_read_is_no_reason_to_stop_looking(answers: list[Any], log: str) -> None:
    wire = Wire([(200, MANAGER), (200, {"managedInstances": [MEMBER]}), (200, {"items": [INSTANCE]}), *answers])
    found = read_fleet(client(wire), FleetQuestion(Place("p", "zone", "z"), "web"))
    (instance,) = found["instances"]
    assert log in instance["log_tail"]
    assert bool(instance["log_tail"]) == bool(log)
    assert wire.lines[-1] == "GET projects/p/zones/z/instances/web-abcd/serialPort"
