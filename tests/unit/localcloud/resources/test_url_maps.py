"""URL maps: what can be loaded, the map's own tests, validate."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX

WEB = "global/backendServices/web"
API = "global/backendServices/api"


@pytest.fixture
def served(cloud):
    """A cloud with the backend services `web` and `api`."""
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    for name in ("web", "api"):
        cloud.call("backendServices.insert", {"name": name, "healthChecks": ["global/healthChecks/web"]})
    return cloud


def url_map(**fields):
    return {
        "name": "web",
        "defaultService": WEB,
        "hostRules": [{"hosts": ["*"], "pathMatcher": "all"}],
        "pathMatchers": [{"name": "all", "defaultService": WEB, "pathRules": [{"paths": ["/api/*"], "service": API}]}],
    } | fields


def test_references_are_canonical_and_held(served):
    served.call("urlMaps.insert", url_map())
    stored = served.body("global/urlMaps/web")
    assert stored["pathMatchers"][0]["pathRules"][0]["service"] == f"{PREFIX}{API}"
    assert stored["fingerprint"]
    assert served.refused("backendServices.delete", backendService="api") == (
        400,
        "The backend_service resource 'projects/flaskscale-local/global/backendServices/api' is already being "
        "used by "
        "'projects/flaskscale-local/global/urlMaps/web'",
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"defaultService": None}, "Exactly one of defaultService, defaultUrlRedirect and weighted services of"),
        ({"hostRules": [{"hosts": ["a"], "pathMatcher": "none"}]}, "No path matcher has this name."),
        ({"hostRules": []}, "No host rule uses this path matcher."),
        ({"hostRules": [{"hosts": ["a*b"], "pathMatcher": "all"}]}, "A '*' must be first,"),
        (
            {"pathMatchers": [{"name": "all", "defaultService": WEB, "pathRules": [{"paths": ["a"], "service": API}]}]},
            "Must start with '/';",
        ),
        (
            {"pathMatchers": [{"name": "all", "defaultService": WEB, "pathRules": [{"paths": ["/a"]}]}]},
            "Exactly one of service, urlRedirect and weighted services of routeAction must be specified.",
        ),
    ],
)
def test_refused(served, fields, sentence):
    code, told = served.refused("urlMaps.insert", url_map(**fields))
    assert code == 400
    assert sentence in told


def test_route_rules_are_not_there(served):
    matcher = {"name": "all", "defaultService": WEB, "routeRules": [{"priority": 1}]}
    assert served.refused("urlMaps.insert", url_map(pathMatchers=[matcher]))[0] == 501


def test_its_own_tests_must_pass(served):
    tests = [{"host": "a.org", "path": "/api/x", "service": WEB}]
    assert served.refused("urlMaps.insert", url_map(tests=tests)) == (
        400,
        "Invalid value for field 'resource.tests': Test failure: Expect URL 'a.org/api/x' to map to service "
        f"'{PREFIX}{WEB}', but actually mapped to '{PREFIX}{API}'.",
    )
    served.call("urlMaps.insert", url_map(tests=[tests[0] | {"service": API}]))


def test_validate_stores_nothing(served):
    tests = [{"host": "a.org", "path": "/api/x", "service": WEB}]
    reply = served.call("urlMaps.validate", {"resource": url_map(tests=tests)}, urlMap="web")
    assert reply["result"] == {
        "loadSucceeded": True,
        "testPassed": False,
        "testFailures": [
            {
                "host": "a.org",
                "path": "/api/x",
                "expectedService": f"{PREFIX}{WEB}",
                "actualService": f"{PREFIX}{API}",
            }
        ],
    }
    assert not served.exists("global/urlMaps/web")


def test_update_needs_a_fingerprint(served):
    served.call("urlMaps.insert", url_map())
    assert served.refused("urlMaps.update", url_map(), urlMap="web") == (
        400,
        "Required field 'resource.fingerprint' not specified",
    )


def test_invalidate_cache(served):
    served.call("urlMaps.insert", url_map())
    assert served.call("urlMaps.invalidateCache", {"path": "/*"}, urlMap="web")["status"] == "DONE"
    assert served.refused("urlMaps.invalidateCache", {"path": "x"}, urlMap="web")[0] == 400
