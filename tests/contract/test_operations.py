"""Operations that take their time, and a store that cannot write."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.clock import SystemClock
from localcloud.resources.call import Call
from localcloud.resources.operations import operation
from localcloud.store.path import ResourcePath
from localcloud.store.store import Store

from .conftest import Cloud, Running, fresh_settings, ready_session

COMPUTE = "https://compute.googleapis.com/compute/v1/projects/flaskscale-local"
NETWORK = {"name": "slow-network", "autoCreateSubnetworks": False}


@pytest.fixture
def slow_cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud whose operations take one second."""
    settings = fresh_settings(tmp_path, LOCALCLOUD_OPERATION_LATENCY_SECONDS="1")
    store = Store(settings.database)
    with Running(Cloud(settings, store)) as running:
        yield running
    store.close()
    assert running.wrong_replies == []


def test_wait_blocks_until_the_operation_is_done_and_nobody_else(slow_cloud: Cloud) -> None:
    session: Any = ready_session(slow_cloud)
    started = time.monotonic()
    operation = session.post(f"{COMPUTE}/global/networks", json=NETWORK).json()
    assert operation["status"] == "PENDING"
    seen = session.get(f"{COMPUTE}/global/operations/{operation['name']}").json()
    assert seen["status"] in ("PENDING", "RUNNING")
    done = session.post(f"{COMPUTE}/global/operations/{operation['name']}/wait").json()
    assert (done["status"], done["progress"]) == ("DONE", 100)
    assert 0.9 < time.monotonic() - started < 10
    wanted = {"filter": f"(status = DONE) (operationType = {operation['operationType']})"}
    listed = session.get(f"{COMPUTE}/global/operations", params=wanted).json()["items"]
    assert [item["name"] for item in listed] == [operation["name"]]
    aggregated = session.get(f"{COMPUTE}/aggregated/operations").json()["items"]
    assert [item["name"] for item in aggregated["global"]["operations"]] == [operation["name"]]
    assert session.delete(f"{COMPUTE}/global/operations/{operation['name']}").status_code == 204
    assert session.get(f"{COMPUTE}/global/operations/{operation['name']}").status_code == 404


def endless_operation(cloud: Cloud) -> str:
    """The name of an operation that waits for a controller, of which there is none here."""
    with cloud.store.transaction() as transaction:
        parameters = {"project": cloud.settings.project}
        call = Call("", parameters, {}, transaction, SystemClock().now(), "tester", cloud.settings)
        target = ResourcePath("compute", cloud.settings.project, "global", "networks", "any")
        return str(operation(call, target, "1", "any", waits=True)["name"])


def test_who_waits_is_answered_when_the_local_cloud_stops_and_the_log_stays_quiet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = Cloud(fresh_settings(tmp_path), Store(tmp_path / "cloud.sqlite3"))
    statuses = []
    with caplog.at_level(logging.INFO), Running(cloud):
        session: Any = ready_session(cloud)
        url = f"{COMPUTE}/global/operations/{endless_operation(cloud)}"
        waiting = threading.Thread(target=lambda: statuses.append(session.post(f"{url}/wait").json()["status"]))
        waiting.start()
        with pytest.raises(requests.Timeout):
            session.post(f"{url}/wait", timeout=0.5)
        log = cloud.settings.state / "log" / "access.log"
        deadline = time.monotonic() + 10
        # The abandoned wait ends by itself, which its line in the log shows.
        while log.read_text().count("globalOperations.wait") < 1 and time.monotonic() < deadline:
            time.sleep(0.05)
    waiting.join(10)
    cloud.store.close()
    assert statuses == ["RUNNING"]
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []
    assert log.read_text().count("globalOperations.wait") == 2


def test_a_full_disk_is_a_503_with_a_sentence_and_nothing_is_stored(cloud: Any, session: Any) -> None:
    with cloud.store._lock:
        pages = cloud.store._connection.execute("PRAGMA page_count").fetchone()[0]
        cloud.store._connection.execute(f"PRAGMA max_page_count = {pages}")
    body = NETWORK | {"description": "x" * 2048}
    names = [f"full-disk-{number}" for number in range(40)]
    replies = {name: session.post(f"{COMPUTE}/global/networks", json=body | {"name": name}) for name in names}
    with cloud.store._lock:
        cloud.store._connection.execute("PRAGMA max_page_count = 1073741823")
    refused = [name for name, reply in replies.items() if reply.status_code != 200]
    assert refused
    assert {replies[name].status_code for name in refused} == {503}
    assert replies[refused[0]].json()["error"]["message"] == (
        f"the disk that holds {cloud.settings.state} is full, so nothing was stored; "
        "free space or move LOCALCLOUD_STATE"
    )
    assert session.get(f"{COMPUTE}/global/networks/{refused[0]}").status_code == 404
