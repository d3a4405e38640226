"""The status a person reads."""

from __future__ import annotations

from localcloud.status_table import status_table

STATUS = {
    "pid": 41,
    "runtime": "process",
    "time_scale": 1.0,
    "state": "/state",
    "api_writes": 12,
    "ports": {"LOCALCLOUD_DOOR_PORT": 8890, "LOCALCLOUD_HTTP_PORT": 8080},
    "counts": {"compute/instances": 2},
    "unhealthy": [{"name": "web-x1y2", "status": "RUNNING", "health": "UNHEALTHY", "detail": "it answered 503"}],
}


def test_the_table_is_aligned_and_complete() -> None:
    assert status_table(STATUS) == (
        "LOCAL CLOUD\n"
        "  pid                   41\n"
        "  runtime               process\n"
        "  time scale            1\n"
        "  state                 /state\n"
        "  API writes            12\n"
        "\n"
        "PORTS\n"
        "  LOCALCLOUD_HTTP_PORT  8080\n"
        "  LOCALCLOUD_DOOR_PORT  8890\n"
        "\n"
        "RESOURCES\n"
        "  compute/instances     2\n"
        "\n"
        "UNHEALTHY\n"
        "  web-x1y2              RUNNING UNHEALTHY: it answered 503"
    )


def test_nested_collections_are_counted_by_kind() -> None:
    nested = {f"compute/instanceGroupManagers/{name}/managedInstances": 2 for name in ("web", "api")}
    assert "  compute/managedInstances  4" in status_table({**STATUS, "counts": nested})


def test_an_empty_cloud_says_so() -> None:
    text = status_table({**STATUS, "counts": {}, "unhealthy": []})
    assert "nothing yet" in text
    assert text.endswith("UNHEALTHY\n  nothing")
