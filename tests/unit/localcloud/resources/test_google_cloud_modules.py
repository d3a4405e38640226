"""The unmodified google.cloud modules see no difference between what they sent and what the rules reply."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

BASE = "https://www.googleapis.com/compute/v1/projects/flaskscale-local"


def module_with(module: str, **params: Any) -> tuple[Any, SimpleNamespace]:
    """A google.cloud module's code, and a stand-in for AnsibleModule that carries parameters as its own would."""
    code = importlib.import_module(f"ansible_collections.google.cloud.plugins.modules.gcp_compute_{module}")
    spec: dict[str, Any] = {}

    class Spec(Exception):  # noqa: N818 - carries the argument spec out of main()
        pass

    def capture(argument_spec: dict[str, Any], **_: Any) -> None:
        spec.update(argument_spec)
        raise Spec

    original, code.GcpModule = code.GcpModule, capture
    try:
        with pytest.raises(Spec):
            code.main()
    finally:
        code.GcpModule = original
    defaults = {key: option.get("default") for key, option in spec.items()}
    return code, SimpleNamespace(params=_completed(spec, defaults | {"project": "flaskscale-local"} | params))


def _completed(spec: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Sub-options that were left out are None, as AnsibleModule makes them."""
    for key, option in spec.items():
        options, value = option.get("options"), params.get(key)
        if options and isinstance(value, dict):
            params[key] = _with_defaults(options, value)
        elif options and isinstance(value, list):
            params[key] = [_with_defaults(options, item) for item in value]
    return params


def _with_defaults(options: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    return _completed(options, {name: option.get("default") for name, option in options.items()} | value)


CASES = [
    (
        "network",
        "networks",
        {"name": "shop", "auto_create_subnetworks": False, "routing_config": {"routing_mode": "GLOBAL"}},
        {},
    ),
    ("network", "networks", {"name": "shop", "auto_create_subnetworks": False}, {}),
    (
        "subnetwork",
        "subnetworks",
        {
            "name": "shop",
            "network": {"selfLink": f"{BASE}/global/networks/web"},
            "ip_cidr_range": "10.20.0.0/20",
            "private_ip_google_access": True,
            "region": "us-central1",
        },
        {"region": "us-central1"},
    ),
    (
        "firewall",
        "firewalls",
        {
            "name": "shop",
            "description": "Health checks",
            "network": {"selfLink": f"{BASE}/global/networks/web"},
            "allowed": [{"ip_protocol": "tcp", "ports": ["5000"]}],
            "source_ranges": ["35.191.0.0/16", "130.211.0.0/22"],
            "target_tags": ["shop"],
        },
        {},
    ),
    ("global_address", "globalAddresses", {"name": "shop", "ip_version": "IPV4"}, {}),
    (
        "health_check",
        "healthChecks",
        {
            "name": "shop",
            "type": "HTTP",
            "check_interval_sec": 5,
            "timeout_sec": 5,
            "healthy_threshold": 2,
            "unhealthy_threshold": 2,
            "http_health_check": {"port": 5000, "request_path": "/health"},
        },
        {},
    ),
]


@pytest.mark.parametrize(("module", "service", "params", "location"), CASES)
def test_second_run_changes_nothing(cloud, module, service, params, location):
    cloud.network()
    code, ansible = module_with(module, **params)
    cloud.call(f"{service}.insert", code.resource_to_request(ansible), **location)
    parameter = {"globalAddresses": "address"}.get(service, service.removesuffix("s"))
    reply = cloud.call(f"{service}.get", **{parameter: params["name"]}, **location)
    assert code.is_different(ansible, reply) is False


def test_proxy_and_forwarding_rule_of_the_front_end(cloud):
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    cloud.call("backendServices.insert", {"name": "web", "healthChecks": ["global/healthChecks/web"]})
    cloud.call("urlMaps.insert", {"name": "web", "defaultService": "global/backendServices/web"})
    cloud.call("globalAddresses.insert", {"name": "web"})
    code, ansible = module_with("target_http_proxy", name="web", url_map={"selfLink": f"{BASE}/global/urlMaps/web"})
    cloud.call("targetHttpProxies.insert", code.resource_to_request(ansible))
    assert code.is_different(ansible, cloud.call("targetHttpProxies.get", targetHttpProxy="web")) is False
    code, ansible = module_with(
        "global_forwarding_rule",
        name="web",
        ip_address=cloud.body("global/addresses/web")["address"],
        ip_protocol="TCP",
        port_range="80-80",
        load_balancing_scheme="EXTERNAL_MANAGED",
        target=f"{BASE}/global/targetHttpProxies/web",
    )
    cloud.call("globalForwardingRules.insert", code.resource_to_request(ansible))
    assert code.is_different(ansible, cloud.call("globalForwardingRules.get", forwardingRule="web")) is False
