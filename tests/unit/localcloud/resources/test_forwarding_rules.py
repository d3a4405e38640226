"""Forwarding rules and the addresses and proxies they join."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX


@pytest.fixture
def front(cloud):
    """A cloud with the target HTTP proxies `web` and `other`, and the global address `web`."""
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    cloud.call("backendServices.insert", {"name": "web", "healthChecks": ["global/healthChecks/web"]})
    cloud.call("urlMaps.insert", {"name": "web", "defaultService": "global/backendServices/web"})
    for name in ("web", "other"):
        cloud.call("targetHttpProxies.insert", {"name": name, "urlMap": "global/urlMaps/web"})
    cloud.call("globalAddresses.insert", {"name": "web"})
    return cloud


def rule(name="web", **fields):
    return {"name": name, "target": "global/targetHttpProxies/web", "portRange": "80"} | fields


def test_a_reserved_address_is_in_use_while_the_rule_is(front):
    address = front.body("global/addresses/web")
    assert address["status"] == "RESERVED"
    front.call("globalForwardingRules.insert", rule(IPAddress="global/addresses/web"))
    stored = front.stored("global/forwardingRules/web")
    assert stored.body["IPAddress"] == address["address"]
    assert stored.body["portRange"] == "80-80"
    assert stored.internal["local_port"] == front.settings.http_port
    address = front.body("global/addresses/web")
    assert (address["status"], address["users"]) == ("IN_USE", [f"{PREFIX}global/forwardingRules/web"])
    front.call("globalForwardingRules.delete", forwardingRule="web")
    address = front.body("global/addresses/web")
    assert address["status"] == "RESERVED"
    assert "users" not in address


def test_an_address_in_use_cannot_be_deleted(front):
    front.call("globalForwardingRules.insert", rule(IPAddress=front.body("global/addresses/web")["address"]))
    assert front.refused("globalAddresses.delete", address="web") == (
        400,
        "The address resource 'projects/flaskscale-local/global/addresses/web' is already being used by "
        "'projects/flaskscale-local/global/forwardingRules/web'",
    )


def test_without_an_address_one_is_chosen(front):
    front.call("globalForwardingRules.insert", rule())
    chosen = front.body("global/forwardingRules/web")["IPAddress"]
    assert chosen.startswith("198.51.100.")
    assert chosen != front.body("global/addresses/web")["address"]


def test_port_443_is_the_other_listener(front):
    front.call("globalForwardingRules.insert", rule(portRange="443"))
    assert front.stored("global/forwardingRules/web").internal["local_port"] == front.settings.https_port


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({"target": None}, 400, "Required field 'resource.target' not specified"),
        ({"portRange": None}, 400, "Required field 'resource.portRange' not specified"),
        (
            {"portRange": "80-90"},
            400,
            "Invalid value for field 'resource.portRange': '80-90'. Must be a single port, such as 80 or 80-80.",
        ),
        (
            {"portRange": "8080"},
            400,
            "Invalid value for field 'resource.portRange': '8080-8080'. The local cloud answers at front-end "
            "ports 80 "
            "and 443 only.",
        ),
        (
            {"IPAddress": "192.0.2.7"},
            400,
            "Invalid value for field 'resource.IPAddress': '192.0.2.7'. The specified address is not a reserved "
            "global "
            "address.",
        ),
        (
            {"target": "global/targetHttpProxies/none"},
            404,
            "The resource 'projects/flaskscale-local/global/targetHttpProxies/none' was not found",
        ),
    ],
)
def test_refused(front, fields, code, sentence):
    assert front.refused("globalForwardingRules.insert", rule(**fields)) == (code, sentence)


def test_one_rule_for_a_front_end_port(front):
    front.call("globalForwardingRules.insert", rule())
    assert front.refused("globalForwardingRules.insert", rule("second")) == (
        400,
        "Front-end port 80 of the local cloud is already used by "
        "'projects/flaskscale-local/global/forwardingRules/web'; delete that forwarding rule or use the other of "
        "ports "
        "80 and 443.",
    )


def test_set_target(front):
    front.call("globalForwardingRules.insert", rule())
    body = {"target": "global/targetHttpProxies/other"}
    front.call("globalForwardingRules.setTarget", body, forwardingRule="web")
    assert front.body("global/forwardingRules/web")["target"] == f"{PREFIX}global/targetHttpProxies/other"


def test_set_url_map_of_a_proxy(front):
    front.call("urlMaps.insert", {"name": "next", "defaultService": "global/backendServices/web"})
    front.call("targetHttpProxies.setUrlMap", {"urlMap": "global/urlMaps/next"}, targetHttpProxy="web")
    assert front.body("global/targetHttpProxies/web")["urlMap"] == f"{PREFIX}global/urlMaps/next"
    missing = {"urlMap": "global/urlMaps/none"}
    assert front.refused("targetHttpProxies.setUrlMap", missing, targetHttpProxy="web")[0] == 404
