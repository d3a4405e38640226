"""Health checks: Google's defaults, and what it refuses."""

from __future__ import annotations

import pytest


def test_defaults(cloud):
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    check = cloud.body("global/healthChecks/web")
    assert {
        key: check[key] for key in ("checkIntervalSec", "timeoutSec", "healthyThreshold", "unhealthyThreshold")
    } == {
        "checkIntervalSec": 5,
        "timeoutSec": 5,
        "healthyThreshold": 2,
        "unhealthyThreshold": 2,
    }
    assert check["httpHealthCheck"] == {"port": 80, "requestPath": "/", "proxyHeader": "NONE"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"checkIntervalSec": 2},
            "Invalid value for field 'resource.timeoutSec': '5'. It must not be greater than checkIntervalSec, "
            "which is 2.",
        ),
        (
            {"checkIntervalSec": 301},
            "Invalid value for field 'resource.checkIntervalSec': '301'. Must be less than or equal to 300",
        ),
        (
            {"unhealthyThreshold": 11},
            "Invalid value for field 'resource.unhealthyThreshold': '11'. Must be less than or equal to 10",
        ),
        (
            {"tcpHealthCheck": {"port": 80}},
            "Invalid value for field 'resource.tcpHealthCheck': 'tcpHealthCheck'. A health check of type HTTP "
            "only has "
            "httpHealthCheck.",
        ),
        (
            {"httpHealthCheck": {"requestPath": "health"}},
            "Invalid value for field 'resource.httpHealthCheck.requestPath': 'health'. Must start with '/'.",
        ),
        (
            {"httpHealthCheck": {"port": 70000}},
            "Invalid value for field 'resource.httpHealthCheck.port': '70000'. Must be less than or equal to 65535",
        ),
        (
            {"httpHealthCheck": {"portSpecification": "USE_NAMED_PORT"}},
            "Required field 'resource.httpHealthCheck.portName' not specified",
        ),
        (
            {"httpHealthCheck": {"portSpecification": "USE_SERVING_PORT", "port": 80}},
            "Invalid value for field 'resource.httpHealthCheck.portSpecification': 'USE_SERVING_PORT'. It excludes "
            "port and portName.",
        ),
    ],
)
def test_refused(cloud, fields, sentence):
    assert cloud.refused("healthChecks.insert", {"name": "web", "type": "HTTP"} | fields) == (400, sentence)


def test_type_is_required(cloud):
    assert cloud.refused("healthChecks.insert", {"name": "web"}) == (
        400,
        "Required field 'resource.type' not specified",
    )


def test_serving_port_has_no_port(cloud):
    check = {"portSpecification": "USE_SERVING_PORT"}
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP", "httpHealthCheck": check})
    assert "port" not in cloud.body("global/healthChecks/web")["httpHealthCheck"]
