"""The page and the plain-text routes, with a stand-in cloud over real HTTP."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import requests
from flask.testing import FlaskClient
from flaskscale_app import create_app
from flaskscale_app.compute import ComputeClient
from flaskscale_app.services import Services, services_of
from flaskscale_app.settings import Settings

from tests.unit.app.cloud_stand_in import Cloud

MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def make_client(cloud: Cloud) -> Iterator[MakeClient]:
    """Clients of applications whose settings may be changed by keyword; their burns end with the test."""
    defaults = Settings(
        group="flaskscale-group", region="us-central1", metadata_host=cloud.host, stress_max_seconds=100
    )
    clients: list[FlaskClient] = []
    with requests.Session() as session:

        def make(**changes: object) -> FlaskClient:
            settings = replace(defaults, **changes)  # type: ignore[arg-type]  # by name
            services = Services.from_settings(settings, ComputeClient(cloud.endpoint, session))
            clients.append(create_app(services=services).test_client())
            return clients[-1]

        yield make
        for client in clients:
            services_of(client.application).stress.stop()


def plain(client: FlaskClient, path: str) -> tuple[int, str]:
    response = client.get(path)
    assert response.content_type == "text/plain; charset=utf-8"
    return response.status_code, response.text


def test_health_asks_nobody(make_client: MakeClient, cloud: Cloud) -> None:
    assert plain(make_client(metadata_host="127.0.0.1:9"), "/health") == (200, "status: healthy")
    assert cloud.calls == []


def test_health_while_draining(make_client: MakeClient) -> None:
    client = make_client()
    services_of(client.application).draining.begin()
    assert plain(client, "/health") == (503, "status: draining")


def test_instances_are_listed_one_a_line(make_client: MakeClient) -> None:
    client = make_client()
    assert plain(client, "/instances") == (
        200,
        "flaskscale-group-aaaa, RUNNING, 10.10.0.2, 34.1.2.3\nflaskscale-group-bbbb, RUNNING, 10.10.0.3, none",
    )
    assert float(client.get("/instances").headers["X-Fleet-Age-Seconds"]) < 60


def test_addresses_come_from_the_metadata_server(make_client: MakeClient, cloud: Cloud) -> None:
    client = make_client()
    assert plain(client, "/internal-ip") == (200, "10.10.0.2")
    assert plain(client, "/external-ip") == (200, "34.1.2.3")
    del cloud.metadata["instance/network-interfaces/0/access-configs/0/external-ip"]
    assert plain(client, "/external-ip") == (200, "none")


@pytest.mark.parametrize("path", ["/internal-ip", "/external-ip"])
def test_an_address_that_cannot_be_read_is_told(make_client: MakeClient, path: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        status, text = plain(make_client(metadata_host=host), path)
    assert status == 503
    assert text.startswith(f"The metadata server {host} could not be asked for instance/network-interfaces/0/")


def test_access_is_tested(make_client: MakeClient, cloud: Cloud) -> None:
    assert plain(make_client(), "/test-access") == (200, "access: ok\nThe Compute API lists 2 instances")
    cloud.failing = 403
    assert plain(make_client(), "/test-access") == (
        503,
        "access: failed\nThe Compute API answered 403 to instances.aggregatedList: Try again later.",
    )


def test_instances_without_any_reading_are_told(make_client: MakeClient, cloud: Cloud) -> None:
    cloud.failing = 500
    assert plain(make_client(), "/instances") == (
        503,
        "The Compute API answered 500 to instances.aggregatedList: Try again later.",
    )


def test_the_page_shows_who_answered_and_the_fleet(make_client: MakeClient) -> None:
    response = make_client(release="0123456789ab").get("/")
    assert response.status_code == 200
    page = response.text
    assert "<h1>flaskscale-group-aaaa</h1>" in page
    for text in ("us-central1-a", "10.10.0.2", "34.1.2.3", "0123456789ab", "Autoscaler keeps 2 to 6, recommends 3"):
        assert text in page
    assert re.findall(r'<tr data-name="([^"]+)"( class="this" aria-current="true")?>', page) == [
        ("flaskscale-group-aaaa", ' class="this" aria-current="true"'),
        ("flaskscale-group-bbbb", ""),
        ("flaskscale-group-cccc", ""),
    ]
    assert re.search(r"data-notice hidden>", page)
    assert 'action="/stress"' not in page


def test_the_pages_only_script_carries_the_nonce_of_its_policy(make_client: MakeClient) -> None:
    client = make_client()
    nonces = set()
    for _ in range(2):
        response = client.get("/")
        (script,) = re.findall(r"<script[^>]*>", response.text)
        found = re.search(r'nonce="([-_A-Za-z0-9]{16,})"', script)
        assert found is not None
        assert f"script-src 'nonce-{found[1]}'" in response.headers["Content-Security-Policy"]
        assert not re.search(r"\son\w+=|\sstyle=|javascript:|https?://", response.text)
        nonces.add(found[1])
    assert len(nonces) == 2


def test_many_page_loads_cost_one_reading(make_client: MakeClient, cloud: Cloud) -> None:
    client = make_client()
    for path in ("/", "/fleet.json", "/instances", "/test-access") * 5:
        assert client.get(path).status_code == 200
    assert len([call for call in cloud.calls if call.endswith("aggregated/instances")]) == 1


def test_the_page_renders_and_says_so_when_the_api_never_answered(make_client: MakeClient, cloud: Cloud) -> None:
    cloud.failing = 503
    response = make_client().get("/")
    assert response.status_code == 200
    assert "The Compute API answered 503 to instances.aggregatedList: Try again later." in response.text
    assert "Nothing is known of the other instances." in response.text
    assert "<h1>flaskscale-group-aaaa</h1>" in response.text


def test_the_page_says_why_it_does_not_know_its_own_instance(make_client: MakeClient, cloud: Cloud) -> None:
    cloud.metadata.clear()
    response = make_client(project="flaskscale-local", zone="us-central1-a").get("/")
    assert response.status_code == 200
    assert f"The metadata server {cloud.host} answered 404 for instance/name; expected 200." in response.text
    assert "flaskscale-group-bbbb" in response.text


def test_the_page_keeps_what_it_knew_when_the_api_fails(make_client: MakeClient, cloud: Cloud) -> None:
    failing = make_client(fleet_cache_seconds=0.1)
    failing.get("/")
    cloud.failing = 503
    deadline = time.monotonic() + 10
    while "Try again later." not in (response := failing.get("/")).text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert response.status_code == 200
    assert re.search(r"What you see is \d+ s old\.", response.text)
    assert 'data-name="flaskscale-group-bbbb"' in response.text


def test_what_the_api_says_is_escaped(make_client: MakeClient, cloud: Cloud) -> None:
    cloud.documents["projects/flaskscale-local/aggregated/instances"] = "<script>"
    cloud.metadata["instance/name"] = "<b>bold</b>"
    page = make_client().get("/").text
    assert "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


def test_fleet_json_is_the_pages_document(make_client: MakeClient) -> None:
    response = make_client().get("/fleet.json")
    assert response.content_type == "application/json"
    document = response.get_json()
    assert list(document) == ["answered_by", "group", "autoscaler", "instances", "read"]
    assert document["answered_by"]["name"] == "flaskscale-group-aaaa"


def test_stress_is_off_unless_enabled(make_client: MakeClient) -> None:
    response = make_client().post("/stress?seconds=5")
    assert (response.status_code, response.text) == (
        403,
        "Stress is off on this instance; set FLASKSCALE_STRESS_ENABLED=true to allow it",
    )


def test_stress_burns_and_says_where(make_client: MakeClient) -> None:
    client = make_client(stress_enabled=True, stress_processes=1)
    response = client.post("/stress", data={"seconds": "50"})
    assert (response.status_code, response.text) == (202, "flaskscale-group-aaaa burns CPU for 50 s")
    again = client.post("/stress?seconds=5")
    assert (again.status_code, again.headers["Retry-After"]) == (409, "50")
    assert client.get("/fleet.json").get_json()["answered_by"]["stress"]["remaining_seconds"] == 50
    page = client.get("/").text
    assert 'action="/stress"' in page
    assert "flaskscale-group-aaaa is burning for another 50 s." in page


def test_stress_from_a_page_of_another_site_is_refused(make_client: MakeClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"}
    response = make_client(stress_enabled=True).post("/stress?seconds=5", headers=headers)
    assert (response.status_code, response.text) == (
        403,
        "Stress was asked for by a page of another site (https://example.com); use this site's own page",
    )


def test_a_draining_instance_starts_no_burn(make_client: MakeClient) -> None:
    client = make_client(stress_enabled=True)
    services_of(client.application).draining.begin()
    response = client.post("/stress?seconds=5")
    assert (response.status_code, response.text) == (
        503,
        "This instance is draining and starts no new work; ask again and another will answer",
    )


def test_other_methods_and_paths_are_refused_in_plain_text(make_client: MakeClient) -> None:
    client = make_client()
    assert plain(client, "/absent") == (404, "404 Not Found")
    response = client.get("/stress")
    assert (response.status_code, response.text) == (405, "405 Method Not Allowed")
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
