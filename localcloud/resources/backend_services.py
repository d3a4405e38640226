"""Global backend services (https://cloud.google.com/compute/docs/reference/rest/v1/backendServices)."""

from __future__ import annotations

from localcloud.errors.api import invalid, invalid_field, required_field
from localcloud.resources.call import Call, handles
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import check_range, fill
from localcloud.resources.instance_groups import instances_of
from localcloud.resources.references import Place, Reference, resolve
from localcloud.store.path import compute_path
from localcloud.store.store import Document, Resource

_PORT_NAMES = {
    "HTTP": "http",
    "HTTPS": "https",
    "HTTP2": "http2",
    "TCP": "tcp",
    "SSL": "ssl",
    "GRPC": "grpc",
    "H2C": "h2c",
}
_SCHEMES = ("EXTERNAL", "EXTERNAL_MANAGED", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED")
_RATES = ("maxRate", "maxRatePerInstance", "maxRatePerEndpoint")
_CONNECTIONS = ("maxConnections", "maxConnectionsPerInstance", "maxConnectionsPerEndpoint")


def _rule(change: Change) -> None:
    """Scheme, protocol, health check, backends with their balancing modes, timeouts and draining."""
    body = change.body
    fill(
        body,
        {
            "protocol": "HTTP",
            "loadBalancingScheme": "EXTERNAL",
            "timeoutSec": 30,
            "sessionAffinity": "NONE",
            "affinityCookieTtlSec": 0,
            "enableCDN": False,
            "backends": [],
        },
    )
    if body["protocol"] not in _PORT_NAMES:
        raise invalid_field("resource.protocol", body["protocol"], f"Must be one of {', '.join(_PORT_NAMES)}.")
    if body["loadBalancingScheme"] not in _SCHEMES:
        raise invalid_field(
            "resource.loadBalancingScheme", body["loadBalancingScheme"], f"Must be one of {', '.join(_SCHEMES)}."
        )
    fill(body, {"portName": _PORT_NAMES[body["protocol"]], "connectionDraining": {"drainingTimeoutSec": 0}})
    fill(body, {"port": {"HTTPS": 443, "SSL": 443}.get(body["protocol"], 80)})
    if body["loadBalancingScheme"] != "EXTERNAL":
        fill(body, {"localityLbPolicy": "ROUND_ROBIN"})
    fill(body, {"logConfig": {"enable": False}})
    check_range("resource.timeoutSec", body["timeoutSec"], 1, 2**31 - 1)
    check_range(
        "resource.connectionDraining.drainingTimeoutSec", body["connectionDraining"]["drainingTimeoutSec"], 0, 3600
    )
    check_range("resource.affinityCookieTtlSec", body["affinityCookieTtlSec"], 0, 1209600)
    if "sampleRate" in body["logConfig"]:
        check_range("resource.logConfig.sampleRate", body["logConfig"]["sampleRate"], 0, 1)
    if not body.get("healthChecks"):
        raise required_field("resource.healthChecks")
    if len(body["healthChecks"]) > 1:
        raise invalid_field(
            "resource.healthChecks", len(body["healthChecks"]), "Exactly one health check is supported."
        )
    _complete_backends(body)


def _complete_backends(body: Document) -> None:
    seen = set()
    for index, backend in enumerate(body["backends"]):
        field = f"resource.backends[{index}]"
        if "group" not in backend:
            raise required_field(f"{field}.group")
        if backend["group"] in seen:
            raise invalid_field(f"{field}.group", backend["group"], "The group is given twice.")
        seen.add(backend["group"])
        _complete_backend(backend, body, field)
    if len(body["backends"]) == 1 and body["backends"][0]["capacityScaler"] == 0:
        raise invalid_field(
            "resource.backends[0].capacityScaler", 0, "It cannot be 0 on the only backend of a backend service."
        )


def _complete_backend(backend: Document, service: Document, field: str) -> None:
    mode = backend.setdefault("balancingMode", "UTILIZATION")
    if mode not in ("UTILIZATION", "RATE", "CONNECTION"):
        raise invalid_field(f"{field}.balancingMode", mode, "Must be one of UTILIZATION, RATE, CONNECTION.")
    fill(backend, {"capacityScaler": 1.0})
    scaler = backend["capacityScaler"]
    if scaler != 0 and not 0.1 <= scaler <= 1:
        raise invalid_field(f"{field}.capacityScaler", scaler, "Must be 0, or from 0.1 to 1.")
    proxied = service["protocol"] in ("HTTP", "HTTPS", "HTTP2", "GRPC", "H2C")
    if mode == "CONNECTION" and proxied:
        raise invalid_field(
            f"{field}.balancingMode", mode, f"Protocol {service['protocol']} balances by RATE or UTILIZATION."
        )
    _complete_utilization(backend, field)
    if mode == "RATE" and not any(backend.get(rate) for rate in _RATES):
        raise invalid_field(
            f"{field}.balancingMode", mode, "RATE needs one of maxRate, maxRatePerInstance and maxRatePerEndpoint."
        )
    if "maxRate" in backend and "/regions/" in backend["group"]:
        raise invalid_field(f"{field}.maxRate", backend["maxRate"], "A regional group takes maxRatePerInstance only.")
    for rate in (*_RATES, *_CONNECTIONS):
        if rate in backend and backend[rate] <= 0:
            raise invalid_field(f"{field}.{rate}", backend[rate], "Must be greater than 0.")


def _complete_utilization(backend: Document, field: str) -> None:
    mode = backend["balancingMode"]
    if mode == "UTILIZATION":
        fill(backend, {"maxUtilization": 0.8})
        if not 0 < backend["maxUtilization"] <= 1:
            raise invalid_field(
                f"{field}.maxUtilization", backend["maxUtilization"], "Must be greater than 0 and at most 1."
            )
    elif "maxUtilization" in backend:
        raise invalid_field(
            f"{field}.maxUtilization", backend["maxUtilization"], f"It cannot be set with balancing mode {mode}."
        )


BACKEND_SERVICE = register(
    Kind(
        collection="backendServices",
        kind="compute#backendService",
        noun="backend_service",
        parameter="backendService",
        services={"global": "backendServices"},
        verbs=("patch", "update"),
        aggregated="backendServices",
        references=(
            Reference("healthChecks[]", ("healthChecks",)),
            Reference("backends[].group", ("instanceGroups",)),
            Reference("securityPolicy", ("securityPolicies",)),
        ),
        immutable=("loadBalancingScheme",),
        output_only=("securityPolicy", "edgeSecurityPolicy", "usedBy"),
        fingerprint=True,
        fingerprint_required=True,
        rule=_rule,
    )
)


@mutates("compute.backendServices.setSecurityPolicy")
def set_security_policy(call: Call) -> Document:
    """The policy must exist; an empty one detaches."""
    resource = existing(BACKEND_SERVICE, call)
    place = Place(call.transaction, call.project, call.settings)
    body = dict(resource.body)
    body.pop("securityPolicy", None)
    if policy := call.body.get("securityPolicy"):
        body["securityPolicy"] = resolve(place, "securityPolicy", policy, ("securityPolicies",)).self_link
    stored = call.transaction.put(resource.path, body)
    return operation_on(call, stored)


@handles("compute.backendServices.getHealth")
def get_health(call: Call) -> Document:
    """Health of each instance of one of its groups, at the group's named port."""
    service = existing(BACKEND_SERVICE, call)
    place = Place(call.transaction, call.project, call.settings)
    if not call.body.get("group"):
        raise required_field("resource.group")
    group = resolve(place, "resource.group", call.body["group"], ("instanceGroups",))
    if group.self_link not in [backend["group"] for backend in service.body["backends"]]:
        raise invalid(f"Instance group '{group.relative}' is not a backend of '{service.path.relative}'.")
    resource = call.transaction.get(group)
    port = serving_port(service.body, resource.body if resource else {})
    check = compute_path(service.body["healthChecks"][0]).relative
    statuses = [_health(instance, check, port) for instance in instances_of(call.transaction, group)]
    reply: Document = {"kind": "compute#backendServiceGroupHealth"}
    return reply | ({"healthStatus": statuses} if statuses else {})


def serving_port(service: Document, group: Document) -> int:
    """The port a backend service sends requests to: the group's port of that name, else the service's own.

    Args:
        service: BackendService document.
        group: InstanceGroup document.
    """
    for named in group.get("namedPorts", []):
        if named["name"] == service["portName"]:
            return int(named["port"])
    return int(service["port"])


def _health(instance: Resource, check: str, port: int) -> Document:
    state = instance.internal["health"].get(check, {}).get("state")
    return {
        "instance": instance.path.self_link,
        "ipAddress": instance.body["networkInterfaces"][0]["networkIP"],
        "port": port,
        "healthState": "HEALTHY" if state == "HEALTHY" else "UNHEALTHY",
    }
