"""The status, letter by letter."""

from __future__ import annotations

from module_utils.fleet.table import aligned, line_color, status_lines

from .pictures import NO_GROUP, fleet, instance

AUTOSCALER = {
    "minimum": 2,
    "maximum": 6,
    "recommended_size": 3,
    "mode": "ON",
    "status": "ACTIVE",
    "details": [],
    "cpu_target": 0.5,
}


def test_a_serving_fleet() -> None:
    picture = fleet(
        instance("web-group-a1b2"), instance("web-group-c3d4", zone="us-central1-f", external_ip="34.1.2.3")
    )
    picture["autoscaler"] = AUTOSCALER
    lines = status_lines(picture, "web-group", "http://127.0.0.1:8080", ["make down stops everything"])
    assert "\n".join(lines) == (
        "URL         http://127.0.0.1:8080\n"
        "Release     1a2b3c4d5e6f\n"
        "Group       web-group in us-central1, 2 of 2 serving, settled\n"
        "Autoscaler  2 to 6 instances, recommends 3, CPU target 50 %\n"
        "\n"
        "INSTANCE        ZONE           STATE    DOING  HEALTH   BALANCER  RELEASE       ADDRESS\n"
        "web-group-a1b2  us-central1-a  RUNNING  -      HEALTHY  HEALTHY   1a2b3c4d5e6f  10.10.0.2\n"
        "web-group-c3d4  us-central1-f  RUNNING  -      HEALTHY  HEALTHY   1a2b3c4d5e6f  34.1.2.3\n"
        "\n"
        "make down stops everything"
    )


def test_a_fleet_on_its_way() -> None:
    waiting = {"status": "", "current_action": "CREATING_WITHOUT_RETRIES", "health": None, "lb_health": "UNKNOWN"}
    picture = fleet(instance("a", release="000000000000"), instance("b", **waiting, release="", internal_ip=""))
    picture["autoscaler"] = {**AUTOSCALER, "recommended_size": None, "cpu_target": None, "mode": "OFF"}
    picture["autoscaler"]["details"] = [{"type": "MODE_OFF", "message": ""}]
    assert "\n".join(status_lines(picture, "web-group")) == (
        "URL         -\n"
        "Release     000000000000\n"
        "Group       web-group in us-central1, 1 of 2 serving, changing\n"
        "Autoscaler  2 to 6 instances, mode OFF, MODE_OFF\n"
        "\n"
        "INSTANCE  ZONE           STATE    DOING                     HEALTH   BALANCER  RELEASE       ADDRESS\n"
        "a         us-central1-a  RUNNING  -                         HEALTHY  HEALTHY   000000000000  10.10.0.2\n"
        "b         us-central1-a  -        creating without retries  -        UNKNOWN   -             -"
    )


def test_the_log_of_an_instance_that_is_not_healthy_stands_below_the_table() -> None:
    picture = fleet(instance("a"), instance("b", health="UNHEALTHY", log_tail="Traceback\nKeyError: 'DATABASE'"))
    assert status_lines(picture, "web-group", following=["next"])[-6:] == [
        "",
        "The last lines of b's log:",
        "  Traceback",
        "  KeyError: 'DATABASE'",
        "",
        "next",
    ]


def test_an_empty_fleet() -> None:
    assert status_lines(fleet(), "web-group")[-1] == "Autoscaler  none"


def test_no_fleet() -> None:
    assert status_lines(NO_GROUP, "web-group") == ["web-group does not exist; ansible-playbook site.yml makes it"]


def test_columns() -> None:
    assert aligned([("a", "bb"), ("ccc", "d")]) == ["a    bb", "ccc  d"]


def test_colours() -> None:
    picture = fleet(instance("a"), instance("ab", health="TIMEOUT"))
    assert [line_color(line, picture) for line in ("URL  x", "a  z", "ab  z")] == [None, "green", "yellow"]
