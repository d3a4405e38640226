"""Health checks (https://cloud.google.com/compute/docs/reference/rest/v1/healthChecks; gce-behaviour section 4)."""

from __future__ import annotations

from localcloud.errors.api import invalid_field, required_field
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.resources.fields import check_range, fill
from localcloud.store.store import Document

PROTOCOL_FIELDS = {
    "HTTP": "httpHealthCheck",
    "HTTPS": "httpsHealthCheck",
    "HTTP2": "http2HealthCheck",
    "TCP": "tcpHealthCheck",
    "SSL": "sslHealthCheck",
    "GRPC": "grpcHealthCheck",
    "GRPC_WITH_TLS": "grpcTlsHealthCheck",
}
_DEFAULT_PORTS = {"HTTP": 80, "HTTPS": 443, "HTTP2": 443, "TCP": 80, "SSL": 443}


def _rule(change: Change) -> None:
    """One protocol's settings, intervals and thresholds in Google's ranges, timeout at most the interval."""
    body = change.body
    protocol = body.get("type")
    if protocol is None:
        raise required_field("resource.type")
    if protocol not in PROTOCOL_FIELDS:
        raise invalid_field("resource.type", protocol, f"Must be one of {', '.join(PROTOCOL_FIELDS)}.")
    own = PROTOCOL_FIELDS[protocol]
    for field in PROTOCOL_FIELDS.values():
        if field != own and field in body:
            raise invalid_field(f"resource.{field}", field, f"A health check of type {protocol} only has {own}.")
    fill(
        body,
        {"checkIntervalSec": 5, "timeoutSec": 5, "healthyThreshold": 2, "unhealthyThreshold": 2, own: {}},
    )
    fill(body, {"logConfig": {"enable": False}})
    check_range("resource.checkIntervalSec", body["checkIntervalSec"], 1, 300)
    check_range("resource.timeoutSec", body["timeoutSec"], 1, 300)
    check_range("resource.healthyThreshold", body["healthyThreshold"], 1, 10)
    check_range("resource.unhealthyThreshold", body["unhealthyThreshold"], 1, 10)
    if body["timeoutSec"] > body["checkIntervalSec"]:
        raise invalid_field(
            "resource.timeoutSec",
            body["timeoutSec"],
            f"It must not be greater than checkIntervalSec, which is {body['checkIntervalSec']}.",
        )
    _complete_protocol(protocol, body[own], f"resource.{own}")


def _complete_protocol(protocol: str, settings: Document, field: str) -> None:
    if protocol in ("HTTP", "HTTPS", "HTTP2"):
        fill(settings, {"requestPath": "/"})
        if not settings["requestPath"].startswith("/"):
            raise invalid_field(f"{field}.requestPath", settings["requestPath"], "Must start with '/'.")
    if protocol in _DEFAULT_PORTS:
        fill(settings, {"proxyHeader": "NONE"})
    specification = settings.get("portSpecification", "USE_FIXED_PORT")
    if specification == "USE_NAMED_PORT" and "portName" not in settings:
        raise required_field(f"{field}.portName")
    if specification == "USE_SERVING_PORT" and ("port" in settings or "portName" in settings):
        raise invalid_field(f"{field}.portSpecification", specification, "It excludes port and portName.")
    if specification != "USE_FIXED_PORT" or "portName" in settings:
        return
    if "port" not in settings and protocol not in _DEFAULT_PORTS:
        raise required_field(f"{field}.port")
    fill(settings, {"port": _DEFAULT_PORTS.get(protocol)})
    check_range(f"{field}.port", settings["port"], 1, 65535)


HEALTH_CHECK = register(
    Kind(
        collection="healthChecks",
        kind="compute#healthCheck",
        noun="health_check",
        parameter="healthCheck",
        services={"global": "healthChecks"},
        verbs=("patch", "update"),
        aggregated="healthChecks",
        rule=_rule,
    )
)
