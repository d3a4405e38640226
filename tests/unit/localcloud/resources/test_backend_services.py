"""Backend services: defaults, backends, fingerprints, health."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX

ZONE = "us-central1-a"
GROUP = f"zones/{ZONE}/instanceGroups/web"


@pytest.fixture
def grouped(cloud):
    """A cloud with the group `web` and the health check `web`."""
    cloud.network()
    cloud.template()
    cloud.group()
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    return cloud


def service(**fields):
    return {"name": "web", "healthChecks": ["global/healthChecks/web"], "backends": [{"group": GROUP}]} | fields


def backend(**fields):
    return service(backends=[{"group": GROUP} | fields])


def test_defaults(grouped):
    grouped.call("backendServices.insert", service(loadBalancingScheme="EXTERNAL_MANAGED"))
    stored = grouped.body("global/backendServices/web")
    assert stored["backends"] == [
        {"group": f"{PREFIX}{GROUP}", "balancingMode": "UTILIZATION", "capacityScaler": 1.0, "maxUtilization": 0.8}
    ]
    expected = {
        "protocol": "HTTP",
        "portName": "http",
        "port": 80,
        "timeoutSec": 30,
        "sessionAffinity": "NONE",
        "localityLbPolicy": "ROUND_ROBIN",
        "connectionDraining": {"drainingTimeoutSec": 0},
        "enableCDN": False,
    }
    assert {key: stored[key] for key in expected} == expected
    assert stored["fingerprint"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (service(healthChecks=[]), "Required field 'resource.healthChecks' not specified"),
        (backend(capacityScaler=0.05), "'resource.backends[0].capacityScaler': '0.05'. Must be 0, or from 0.1 to 1."),
        (backend(capacityScaler=0), "It cannot be 0 on the only backend of a backend service."),
        (backend(balancingMode="RATE"), "RATE needs one of maxRate, maxRatePerInstance and maxRatePerEndpoint."),
        (backend(balancingMode="CONNECTION"), "Protocol HTTP balances by RATE or UTILIZATION."),
        (
            backend(balancingMode="RATE", maxRatePerInstance=10, maxUtilization=0.5),
            "It cannot be set with balancing mode RATE.",
        ),
        (backend(maxUtilization=1.5), "Must be greater than 0 and at most 1."),
        (service(backends=[{}]), "Required field 'resource.backends[0].group' not specified"),
        (service(backends=[{"group": GROUP}, {"group": GROUP}]), "The group is given twice."),
        (
            backend(group=f"zones/{ZONE}/instanceGroupManagers/web"),
            "Unexpected resource collection 'instanceGroupManagers'.",
        ),
        (service(connectionDraining={"drainingTimeoutSec": 4000}), "Must be less than or equal to 3600"),
        (service(timeoutSec=0), "Must be greater than or equal to 1"),
    ],
)
def test_refused(grouped, body, sentence):
    code, told = grouped.refused("backendServices.insert", body)
    assert code == 400
    assert told.endswith(sentence)


def test_update_needs_the_current_fingerprint(grouped):
    grouped.call("backendServices.insert", service())
    assert grouped.refused("backendServices.update", service(), backendService="web") == (
        400,
        "Required field 'resource.fingerprint' not specified",
    )
    current = grouped.body("global/backendServices/web")["fingerprint"]
    grouped.call("backendServices.update", service(timeoutSec=60, fingerprint=current), backendService="web")
    assert grouped.body("global/backendServices/web")["timeoutSec"] == 60
    stale = service(fingerprint=current)
    assert grouped.refused("backendServices.update", stale, backendService="web")[0] == 412
    assert grouped.refused("backendServices.patch", {"fingerprint": current}, backendService="web")[0] == 412


def test_a_health_check_in_use_cannot_be_deleted(grouped):
    grouped.call("backendServices.insert", service())
    assert grouped.refused("healthChecks.delete", healthCheck="web") == (
        400,
        "The health_check resource 'projects/flaskscale-local/global/healthChecks/web' is already being used by "
        "'projects/flaskscale-local/global/backendServices/web'",
    )


def test_health_is_shown_at_the_named_port(grouped):
    grouped.call("backendServices.insert", service())
    grouped.member("web-aaaa")
    grouped.member("web-bbbb")
    ports = {"namedPorts": [{"name": "http", "port": 5000}]}
    grouped.call("instanceGroups.setNamedPorts", ports, zone=ZONE, instanceGroup="web")
    check = "projects/flaskscale-local/global/healthChecks/web"
    grouped.change(f"zones/{ZONE}/instances/web-aaaa", health={check: {"state": "HEALTHY", "since": 0.0}})
    reply = grouped.call("backendServices.getHealth", {"group": GROUP}, backendService="web")
    assert [(status["healthState"], status["port"]) for status in reply["healthStatus"]] == [
        ("HEALTHY", 5000),
        ("UNHEALTHY", 5000),
    ]


def test_health_of_a_group_that_is_no_backend(grouped):
    grouped.call("backendServices.insert", service(backends=[]))
    assert grouped.refused("backendServices.getHealth", {"group": GROUP}, backendService="web") == (
        400,
        f"Instance group 'projects/flaskscale-local/{GROUP}' is not a backend of "
        "'projects/flaskscale-local/global/backendServices/web'.",
    )


def test_security_policy_is_attached_and_detached(grouped):
    grouped.call("backendServices.insert", service())
    grouped.call("securityPolicies.insert", {"name": "guard"})
    body = {"securityPolicy": "global/securityPolicies/guard"}
    grouped.call("backendServices.setSecurityPolicy", body, backendService="web")
    assert grouped.body("global/backendServices/web")["securityPolicy"].endswith("/securityPolicies/guard")
    assert grouped.refused("securityPolicies.delete", securityPolicy="guard")[0] == 400
    grouped.call("backendServices.setSecurityPolicy", {}, backendService="web")
    grouped.call("securityPolicies.delete", securityPolicy="guard")
