"""What Envoy is told, held by golden files; `UPDATE_GOLDEN=1 pytest` writes them anew, to be read in the diff."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.dataplane.render import render, render_bootstrap
from localcloud.dataplane.snapshot import (
    BackendService,
    Destination,
    Endpoint,
    EndpointHealth,
    FrontEnd,
    HostRoute,
    Locality,
    PathRoute,
    Redirect,
    Snapshot,
)

GOLDEN = Path(__file__).parent / "golden"
FOLDER = Path("/state/envoy")

WEB = BackendService(
    name="web",
    timeout_seconds=30,
    localities=(
        Locality(
            "us-central1-a",
            "group",
            20000,
            (
                Endpoint("web-1", "127.0.0.1", 20001, EndpointHealth.HEALTHY),
                Endpoint("web-2", "127.0.0.1", 20002, EndpointHealth.DRAINING),
            ),
        ),
        Locality("us-central1-b", "group", 10000, (Endpoint("web-3", "127.0.0.1", 20003, EndpointHealth.UNHEALTHY),)),
    ),
)
CANARY = replace(WEB, name="canary", timeout_seconds=2.5, localities=(), affinity="GENERATED_COOKIE")
SIMPLE = Snapshot(
    (FrontEnd("rule", "203.0.113.7", 8080, (HostRoute("default", ("*",), (), Destination((("web", 1),))),)),), (WEB,)
)
ROUTED = Snapshot(
    (
        FrontEnd(
            "rule",
            "203.0.113.7",
            8080,
            (
                HostRoute(
                    "shop",
                    ("shop.example.com", "*.shop.example.com"),
                    (
                        PathRoute("/*", Destination((("web", 1),))),
                        PathRoute("/cart/*", Destination((("web", 90), ("canary", 10)))),
                        PathRoute("/cart", Destination((("canary", 1),))),
                        PathRoute("/old/*", Destination(redirect=Redirect("FOUND", True, "new.example.com", "/new"))),
                    ),
                    Destination((("web", 1),)),
                ),
                HostRoute("default", ("*",), (), Destination(redirect=Redirect(https=True, strip_query=True))),
            ),
            keep_alive_seconds=60,
        ),
    ),
    (CANARY, WEB),
)


@pytest.mark.parametrize(("name", "snapshot"), [("simple", SIMPLE), ("routed", ROUTED)])
def test_files_are_as_they_were(name: str, snapshot: Snapshot) -> None:
    files = {**render(snapshot, FOLDER), "bootstrap.json": render_bootstrap(FOLDER)}
    text = "".join(f"== {file}\n{content}" for file, content in sorted(files.items()))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


def routes(snapshot: Snapshot) -> list[dict[str, Any]]:
    listener = json.loads(render(snapshot, FOLDER)["lds.json"])["resources"][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return list(manager["route_config"]["virtual_hosts"])


def test_exact_paths_come_first_then_the_longest() -> None:
    shop = routes(ROUTED)[0]["routes"]
    matches = [route["match"].get("path") or route["match"]["prefix"] for route in shop]
    assert list(dict.fromkeys(matches)) == ["/cart", "/cart/", "/old/", "/"]


def test_only_requests_without_a_body_are_retried_and_only_once() -> None:
    retried, other = routes(SIMPLE)[0]["routes"]
    assert retried["match"]["headers"][0]["string_match"]["safe_regex"]["regex"] == "GET|HEAD"
    assert retried["route"]["retry_policy"]["num_retries"] == 1
    assert "retry_policy" not in other["route"]


def test_rendering_is_deterministic() -> None:
    assert render(ROUTED, FOLDER) == render(ROUTED, FOLDER)
