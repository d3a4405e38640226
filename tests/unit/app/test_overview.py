"""The document behind the page."""

from __future__ import annotations

import pytest
import requests
from flaskscale_app.compute import ComputeClient
from flaskscale_app.fleet import Instance
from flaskscale_app.overview import overview, state_of
from flaskscale_app.services import Services
from flaskscale_app.settings import Settings

from tests.unit.app.cloud_stand_in import Cloud


@pytest.mark.parametrize(
    ("status", "action", "health", "expected"),
    [
        ("RUNNING", "NONE", "HEALTHY", ("running", "good")),
        ("RUNNING", "NONE", None, ("running", "good")),
        ("RUNNING", "NONE", "UNHEALTHY", ("running", "bad")),
        ("RUNNING", "NONE", "TIMEOUT", ("running", "bad")),
        ("RUNNING", "VERIFYING", None, ("verifying", "busy")),
        ("", "CREATING", None, ("creating", "busy")),
        ("", "CREATING_WITHOUT_RETRIES", None, ("creating without retries", "busy")),
        ("STAGING", "NONE", None, ("staging", "idle")),
        ("TERMINATED", "NONE", "HEALTHY", ("terminated", "idle")),
        ("", "NONE", None, ("unknown", "idle")),
    ],
)
def test_the_state_of_an_instance(status: str, action: str, health: str | None, expected: tuple[str, str]) -> None:
    assert state_of(Instance("one", "us-central1-a", status, current_action=action, health=health)) == expected


def test_the_document_says_who_answered_and_what_the_fleet_is(cloud: Cloud) -> None:
    settings = Settings(
        group="flaskscale-group", region="us-central1", release="0123456789ab", metadata_host=cloud.host
    )
    with requests.Session() as session:
        document = overview(Services.from_settings(settings, ComputeClient(cloud.endpoint, session)))
    answered_by = document["answered_by"]
    assert answered_by["name"] == "flaskscale-group-aaaa"
    assert answered_by["zone"] == "us-central1-a"
    assert answered_by["release"] == "0123456789ab"
    assert answered_by["problem"] is None
    assert answered_by["stress"] == {
        "enabled": False,
        "remaining_seconds": 0,
        "default_seconds": 60,
        "max_seconds": 300,
    }
    assert document["group"] == {
        "name": "flaskscale-group",
        "location": "us-central1",
        "target_size": 3,
        "size": 3,
        "stable": False,
    }
    assert document["autoscaler"] == {
        "minimum": 2,
        "maximum": 6,
        "mode": "ON",
        "recommended_size": 3,
        "cpu_target": 0.5,
        "messages": ["The limit is reached."],
    }
    assert [(one["name"][-4:], one["state"], one["tone"], one["is_this"]) for one in document["instances"]] == [
        ("aaaa", "running", "good", True),
        ("bbbb", "running", "bad", False),
        ("cccc", "creating", "busy", False),
    ]
    assert document["read"]["error"] is None
    assert document["read"]["age_seconds"] < 60
