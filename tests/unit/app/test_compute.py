"""The Compute API, over real HTTP: which calls are made, and the sentence of every failure."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flaskscale_app.compute import ComputeClient, FleetReader
from flaskscale_app.errors import SourceUnavailableError
from flaskscale_app.metadata import Identity
from flaskscale_app.settings import Settings

from tests.unit.app.cloud_stand_in import Cloud

GROUP = "projects/flaskscale-local/regions/us-central1/instanceGroupManagers/flaskscale-group"
REGIONAL = Settings(group="flaskscale-group", region="us-central1")
SELF = Identity("flaskscale-group-aaaa", "flaskscale-local", "us-central1-a", "10.10.0.2", "34.1.2.3")


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def test_a_regional_fleet_is_read_in_five_calls_and_then_in_four(cloud: Cloud, session: requests.Session) -> None:
    reader = FleetReader(REGIONAL, ComputeClient(cloud.endpoint, session))
    fleet = reader.read(SELF)
    assert cloud.calls == [
        "GET projects/flaskscale-local/aggregated/instances",
        f"GET {GROUP}",
        f"POST {GROUP}/listManagedInstances",
        "GET projects/flaskscale-local/regions/us-central1/autoscalers/flaskscale-autoscaler",
        "GET projects/flaskscale-local/zones/us-central1-a/machineTypes/e2-medium",
    ]
    assert [machine.name for machine in fleet.machines] == ["flaskscale-group-aaaa", "flaskscale-group-bbbb"]
    assert [member.name[-4:] for member in fleet.members] == ["aaaa", "bbbb", "cccc"]
    assert fleet.group is not None
    assert fleet.group.target_size == 3
    assert fleet.autoscaler is not None
    assert (fleet.autoscaler.minimum, fleet.autoscaler.maximum) == (2, 6)
    assert fleet.own_vcpus == 2
    assert reader.read(SELF) == fleet
    assert len(cloud.calls) == 9


def test_without_a_group_the_zones_machines_are_the_fleet(cloud: Cloud, session: requests.Session) -> None:
    fleet = FleetReader(Settings(), ComputeClient(cloud.endpoint, session)).read(SELF)
    assert fleet.members == fleet.machines
    assert [machine.name for machine in fleet.machines] == ["flaskscale-group-aaaa"]
    assert fleet.group is None
    assert fleet.autoscaler is None


def test_a_zonal_group_without_autoscaler_is_read(cloud: Cloud, session: requests.Session) -> None:
    group = "projects/flaskscale-local/zones/us-central1-a/instanceGroupManagers/flaskscale-group"
    cloud.documents[group] = {"name": "flaskscale-group", "zone": "us-central1-a", "targetSize": 1}
    cloud.documents[f"{group}/listManagedInstances"] = {}
    fleet = FleetReader(Settings(group="flaskscale-group"), ComputeClient(cloud.endpoint, session)).read(SELF)
    assert fleet.group is not None
    assert (fleet.group.location, fleet.group.stable, fleet.members) == ("us-central1-a", False, ())
    assert fleet.autoscaler is None


def test_the_settings_win_over_the_metadata_server(cloud: Cloud, session: requests.Session) -> None:
    settings = Settings(project="other-project", zone="us-central1-f")
    cloud.documents["projects/other-project/zones/us-central1-f/instances"] = {}
    FleetReader(settings, ComputeClient(cloud.endpoint, session)).read(SELF)
    assert cloud.calls == ["GET projects/other-project/zones/us-central1-f/instances"]


def test_every_page_of_a_list_is_read() -> None:
    pages = {None: {"items": [1], "nextPageToken": "t"}, "t": {"items": [2]}}

    class Paged:
        def request(self, method: str, url: str, **options: Any) -> requests.Response:
            response = requests.Response()
            response.status_code = 200
            response.json = lambda **_: pages[options["params"].get("pageToken")]  # type: ignore[method-assign]  # one reply
            return response

    assert list(ComputeClient("http://unused/", Paged()).pages("instances.list", "GET", "x")) == list(pages.values())


def test_an_error_answer_is_told_in_one_line(cloud: Cloud, session: requests.Session) -> None:
    cloud.failing = 503
    with pytest.raises(SourceUnavailableError) as failure:
        FleetReader(REGIONAL, ComputeClient(cloud.endpoint, session)).read(SELF)
    assert str(failure.value) == "The Compute API answered 503 to instances.aggregatedList: Try again later."


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            "<html>",
            "The Compute API answered regionInstanceGroupManagers.get with a document that was not understood "
            "(not JSON)",
        ),
        (
            [],
            "The Compute API answered regionInstanceGroupManagers.get with a document that was not understood "
            "(not an object)",
        ),
        (
            {"name": "flaskscale-group"},
            "The Compute API answered a call that reads the fleet with a document that was not understood "
            "(KeyError: 'region')",
        ),
    ],
)
def test_an_unexpected_document_is_told(cloud: Cloud, session: requests.Session, document: Any, sentence: str) -> None:
    cloud.documents[GROUP] = document
    with pytest.raises(SourceUnavailableError) as failure:
        FleetReader(REGIONAL, ComputeClient(cloud.endpoint, session)).read(SELF)
    assert str(failure.value) == sentence


def test_no_answer_is_told(session: requests.Session) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(SourceUnavailableError) as failure:
            ComputeClient(endpoint, session).call("instances.list", "GET", "x")
    assert str(failure.value) == "The Compute API did not answer instances.list (ConnectionError)"


def test_missing_credentials_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "absent.json"))
    with pytest.raises(SourceUnavailableError) as failure:
        ComputeClient().call("instances.list", "GET", "x")
    assert str(failure.value) == (
        "The Compute API was not asked because this instance has no working credentials "
        f"(File {tmp_path}/absent.json was not found.); attach a service account with roles/compute.viewer "
        "to the instance"
    )


def test_an_unknown_place_is_told(session: requests.Session) -> None:
    reader = FleetReader(Settings(), ComputeClient("http://127.0.0.1:9/", session))
    with pytest.raises(SourceUnavailableError) as failure:
        reader.read(Identity("host"), "it did not answer")
    assert str(failure.value) == (
        "The fleet cannot be read because this instance does not know its project and zone "
        "(set FLASKSCALE_PROJECT and FLASKSCALE_ZONE): it did not answer"
    )
