"""The admin port: status, the write counter, faults; and what it refuses."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests

from localcloud.errors.program import StartError
from localcloud.store.path import ResourcePath
from localcloud.store.store import Store
from tests.ports import free_ports

from .conftest import Cloud, Running

COMPUTE = "https://compute.googleapis.com/compute/v1/projects/flaskscale-local"
HEADER = {"X-Localcloud": "1"}


@pytest.fixture
def admin(cloud: Any) -> str:
    return f"http://127.0.0.1:{cloud.settings.admin_port}"


def test_status_says_what_runs(cloud: Any, session: Any, admin: str) -> None:
    path = ResourcePath("compute", cloud.settings.project, "zones/us-central1-a", "instances", "sick-instance")
    health = {"state": "UNHEALTHY", "detail": "it answered 503"}
    with cloud.store.transaction() as transaction:
        transaction.put(path, {"name": path.name, "status": "RUNNING"}, {"health": {"check": health}})
    status = requests.get(f"{admin}/status", timeout=5).json()
    assert status["ports"]["LOCALCLOUD_DOOR_PORT"] == cloud.settings.door_port
    assert status["counts"]["compute/instances"] == 1
    sick = {"name": "sick-instance", "status": "RUNNING", "health": "UNHEALTHY", "detail": "it answered 503"}
    assert status["unhealthy"] == [sick]
    assert not [kind for kind in status["counts"] if "Token" in kind]
    with cloud.store.transaction() as transaction:
        transaction.delete(path)


def test_only_calls_that_change_something_are_counted(session: Any, admin: str) -> None:
    def writes() -> int:
        return int(requests.get(f"{admin}/writes", timeout=5).json()["api"])

    before = writes()
    session.get(f"{COMPUTE}/zones")
    assert session.post(f"{COMPUTE}/global/networks", json={"name": "Bad Name"}).status_code == 400
    assert writes() == before
    network = {"name": "counted-network", "autoCreateSubnetworks": False}
    assert session.post(f"{COMPUTE}/global/networks", json=network).status_code == 200
    removed = session.delete(f"{COMPUTE}/global/networks/counted-network")
    assert removed.status_code == 200, removed.text
    assert writes() == before + 2


def test_a_fault_strikes_as_often_as_it_was_asked_to(session: Any, admin: str) -> None:
    fault = {"method": "compute.zones.*", "status": 429, "rate": 1, "count": 2}
    requests.post(f"{admin}/faults", json=fault, headers=HEADER, timeout=5).raise_for_status()
    statuses = [session.get(f"{COMPUTE}/zones").status_code for _ in range(3)]
    assert statuses == [429, 429, 200]
    assert requests.delete(f"{admin}/faults", headers=HEADER, timeout=5).json() == {"faults": []}


def test_instances_are_killed_and_their_health_hangs_by_a_mark(cloud: Any, admin: str) -> None:
    path = ResourcePath("compute", cloud.settings.project, "zones/us-central1-a", "instances", "victim")
    with cloud.store.transaction() as transaction:
        transaction.put(path, {"name": "victim", "status": "RUNNING"}, {})
    requests.post(f"{admin}/instances/victim/kill", headers=HEADER, timeout=5).raise_for_status()
    hang = {"state": "hang"}
    requests.post(f"{admin}/health/victim", json=hang, headers=HEADER, timeout=5).raise_for_status()
    assert cloud.store.get(path).internal == {"fault": "kill", "fault_health": "hang"}
    requests.post(f"{admin}/health/victim", json={"state": "ok"}, headers=HEADER, timeout=5).raise_for_status()
    assert cloud.store.get(path).internal == {"fault": "kill"}
    with cloud.store.transaction() as transaction:
        transaction.delete(path)
    gone = requests.post(f"{admin}/instances/victim/kill", headers=HEADER, timeout=5)
    assert (gone.status_code, gone.json()["error"]) == (
        400,
        "0 instances are named 'victim'; expected one, as instances.list shows it",
    )


def test_namesakes_in_two_zones_are_told_apart_by_their_zone(cloud: Any, admin: str) -> None:
    one, other = (
        ResourcePath("compute", cloud.settings.project, f"zones/us-central1-{letter}", "instances", "twin")
        for letter in "ab"
    )
    with cloud.store.transaction() as transaction:
        for path in (one, other):
            transaction.put(path, {"name": "twin", "status": "RUNNING"}, {})
    sentence = "2 instances are named 'twin', in us-central1-a, us-central1-b; write the zone before the name, as in "
    for url, body in ((f"{admin}/instances/twin/kill", None), (f"{admin}/health/twin", {"state": "hang"})):
        unclear = requests.post(url, json=body, headers=HEADER, timeout=5)
        assert (unclear.status_code, unclear.json()["error"]) == (400, f"{sentence}us-central1-a/twin")
    killed = requests.post(f"{admin}/instances/us-central1-b/twin/kill", headers=HEADER, timeout=5)
    assert killed.json() == {"instance": "twin", "zone": "us-central1-b"}
    hang = {"state": "hang"}
    requests.post(f"{admin}/health/us-central1-a/twin", json=hang, headers=HEADER, timeout=5).raise_for_status()
    assert cloud.store.get(one).internal == {"fault_health": "hang"}
    assert cloud.store.get(other).internal == {"fault": "kill"}
    with cloud.store.transaction() as transaction:
        transaction.delete(one)
        transaction.delete(other)
    gone = requests.post(f"{admin}/instances/us-central1-b/twin/kill", headers=HEADER, timeout=5)
    assert gone.json()["error"] == (
        "0 instances are named 'twin' in us-central1-b; expected one, as instances.list shows it"
    )


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"method": "x"}, "method is 'x'; expected a method id such as compute.instances.list"),
        ({"method": "a.b", "status": 200}, "status is '200'; expected an HTTP status from 400 to 599"),
        ({"method": "a.b", "rate": 2}, "rate is '2'; expected a number above 0, up to 1"),
        ({"method": "a.b", "count": 0}, "count is '0'; expected a whole number from 1"),
        ({"method": "a.b", "odds": 1}, "a fault has no 'odds'; expected count, method, rate, status"),
    ],
)
def test_a_bad_fault_is_refused(admin: str, fault: dict[str, Any], sentence: str) -> None:
    reply = requests.post(f"{admin}/faults", json=fault, headers=HEADER, timeout=5)
    assert (reply.status_code, reply.json()["error"]) == (400, sentence)


def test_a_stock_out_is_a_fact_of_the_store(cloud: Any, admin: str) -> None:
    body = {"zone": "us-central1-b"}
    requests.post(f"{admin}/stockouts", json=body, headers=HEADER, timeout=5).raise_for_status()
    with cloud.store.transaction() as transaction:
        assert transaction.fact("stockout/us-central1-b") == "1"
    body["state"] = "off"
    requests.post(f"{admin}/stockouts", json=body, headers=HEADER, timeout=5).raise_for_status()
    with cloud.store.transaction() as transaction:
        assert transaction.fact("stockout/us-central1-b") == ""


@pytest.mark.parametrize(
    "headers", [{}, HEADER | {"Origin": "https://evil.example"}, HEADER | {"Host": "evil.example"}]
)
def test_browsers_of_other_sites_are_refused(admin: str, headers: dict[str, str]) -> None:
    assert requests.delete(f"{admin}/faults", headers=headers, timeout=5).status_code == 403


@pytest.mark.parametrize("setting", ["LOCALCLOUD_DOOR_PORT", "LOCALCLOUD_ADMIN_PORT"])
def test_a_taken_port_is_named_before_anything_else_happens(tmp_path: Any, setting: str) -> None:
    from localcloud.settings import read_settings

    door, admin_port = free_ports(2)
    environment = {"LOCALCLOUD_DOOR_PORT": str(door), "LOCALCLOUD_ADMIN_PORT": str(admin_port)}
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path), **environment})
    port = int(environment[setting])
    store = Store(settings.database)
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(
            StartError,
            match=f"^port {port} is already in use; stop what uses it or set {setting} to a free port$",
        ),
        Running(Cloud(settings, store)),
    ):
        pass
    store.close()
    assert not settings.operator_key.exists()
