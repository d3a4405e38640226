"""gcp_backend_service and gcp_url_map: what is in front of the group."""

from __future__ import annotations

from typing import Any

from .conftest import Api


def group(api: Api, name: str, template: str) -> str:
    body: dict[str, Any] = {"name": name, "baseInstanceName": name, "targetSize": 0}
    body["versions"] = [{"instanceTemplate": f"global/instanceTemplates/{template}"}]
    api.call("POST", "zones/us-central1-a/instanceGroupManagers", body)
    return f"zones/us-central1-a/instanceGroups/{name}"


def test_backend_service(tell: Any, api: Api, unique: str, templates: list[str], health_check: str) -> None:
    one, two = (group(api, f"{unique}-{number}", templates[0]) for number in (1, 2))
    story = tell("gcp_backend_service", name=unique)
    story.step(False, state="absent")

    wanted: dict[str, Any] = {
        "load_balancing_scheme": "EXTERNAL_MANAGED",
        "protocol": "HTTP",
        "port_name": "http",
        "timeout_sec": 30,
        "health_checks": [health_check],
        "connection_draining": {"draining_timeout_sec": 0},
        "enable_cdn": False,
        "backends": [
            {"group": one, "balancing_mode": "UTILIZATION", "max_utilization": 0.8},
            {"group": two, "balancing_mode": "RATE", "max_rate_per_instance": 100, "capacity_scaler": 0.5},
        ],
    }
    made = story.step(True, **wanted)
    assert made["resource"]["fingerprint"]
    story.step(False, **wanted)
    story.step(False, **{**wanted, "backends": list(reversed(wanted["backends"]))})

    drained = story.step(True, backends=[{"group": one}, {"group": two, "capacity_scaler": 0}])
    kept = {backend["group"].rpartition("/")[2]: backend for backend in drained["resource"]["backends"]}
    assert kept[f"{unique}-1"]["maxUtilization"] == 0.8
    assert kept[f"{unique}-2"]["capacityScaler"] == 0
    rate = {"group": one, "balancing_mode": "RATE", "max_rate_per_instance": 50}
    for backend, absent in ((rate, "maxUtilization"), (wanted["backends"][0], "maxRatePerInstance")):
        changed = story.step(True, backends=[backend, {"group": two}])
        kept = {found["group"].rpartition("/")[2]: found for found in changed["resource"]["backends"]}
        assert absent not in kept[f"{unique}-1"]
        story.step(False, backends=[backend, {"group": two}])
    fewer = story.step(True, backends=[{"group": one}])
    assert len(fewer["resource"]["backends"]) == 1
    logged = story.step(
        True, log_config={"enable": True, "sample_rate": 1.0}, connection_draining={"draining_timeout_sec": 30}
    )
    assert logged["resource"]["logConfig"]["enable"] is True

    story.refused(
        f"load_balancing_scheme of backend service {unique} is 'EXTERNAL_MANAGED' and cannot become 'EXTERNAL', "
        f"because Google fixes it at creation; keep 'EXTERNAL_MANAGED', choose another name, or delete {unique} first",
        load_balancing_scheme="EXTERNAL",
    )
    story.refused(
        "group is 'web', a bare name, but its zone or region cannot be known from here; "
        "give a partial path such as regions/REGION/instanceGroups/web",
        backends=[{"group": "web"}],
    )
    empty = story.step(True, backends=[])
    assert empty["resource"].get("backends", []) == []
    story.step(True, state="absent")
    story.step(False, state="absent")


def test_url_map(tell: Any, api: Api, unique: str, health_check: str) -> None:
    for name in ("web", "static"):
        body = {"name": f"{unique}-{name}", "protocol": "HTTP", "loadBalancingScheme": "EXTERNAL_MANAGED"}
        body["healthChecks"] = [f"global/healthChecks/{health_check}"]  # type: ignore[assignment]  # a document
        api.call("POST", "global/backendServices", body)
    web, static = f"{unique}-web", f"global/backendServices/{unique}-static"
    story = tell("gcp_url_map", name=unique)
    story.step(False, state="absent")
    story.step(True, default_service=web)
    story.step(False, default_service=f"global/backendServices/{web}")

    rules = {
        "host_rules": [{"hosts": ["*"], "path_matcher": "all"}],
        "path_matchers": [
            {"name": "all", "default_service": web, "path_rules": [{"paths": ["/static/*"], "service": static}]}
        ],
    }
    story.step(True, **rules)
    story.step(False, **rules)
    moved = {"name": "all", "path_rules": [{"paths": ["/static/*", "/icons/*"], "service": static}]}
    matcher = story.step(True, path_matchers=[moved])["resource"]["pathMatchers"][0]
    assert matcher["defaultService"].endswith(web)
    assert sorted(matcher["pathRules"][0]["paths"]) == ["/icons/*", "/static/*"]
    cleared = story.step(True, host_rules=[], path_matchers=[])
    assert not cleared["resource"].get("hostRules")
    story.step(True, default_service=static, description="static only")
    absent = f"{unique}-absent"
    result = story.run(default_service=absent)
    assert result["failed"]
    assert absent in result["msg"]
    story.step(True, state="absent")
    story.step(False, state="absent")
