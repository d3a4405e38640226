"""Where a URL map sends a request."""

from __future__ import annotations

import pytest

from localcloud.resources.url_routing import Route, route

URL_MAP = {
    "defaultService": "default",
    "hostRules": [
        {"hosts": ["shop.example.com"], "pathMatcher": "shop"},
        {"hosts": ["*.example.com"], "pathMatcher": "any"},
    ],
    "pathMatchers": [
        {
            "name": "shop",
            "defaultService": "shop",
            "pathRules": [
                {"paths": ["/api/*"], "service": "api"},
                {"paths": ["/api/old/*", "/old"], "service": "old"},
                {"paths": ["/api/exact"], "service": "exact"},
                {"paths": ["/away"], "urlRedirect": {"hostRedirect": "else.example.com", "httpsRedirect": True}},
                {
                    "paths": ["/split"],
                    "routeAction": {
                        "weightedBackendServices": [
                            {"backendService": "small", "weight": 1},
                            {"backendService": "large", "weight": 9},
                        ]
                    },
                },
            ],
        },
        {"name": "any", "defaultService": "any"},
    ],
}


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("other.org", "/", "default"),
        ("shop.example.com", "/", "shop"),
        ("SHOP.example.com:8080", "/?q=1", "shop"),
        ("blog.example.com", "/api/x", "any"),
        ("shop.example.com", "/api/x", "api"),
        ("shop.example.com", "/api/", "api"),
        ("shop.example.com", "/api", "shop"),
        ("shop.example.com", "/api/old/x", "old"),
        ("shop.example.com", "/api/exact", "exact"),
        ("shop.example.com", "/old", "old"),
        ("shop.example.com", "/split", "large"),
    ],
)
def test_service(host, path, service):
    assert route(URL_MAP, host, path) == Route(service=service)


def test_redirect():
    expected = Route(redirect_url="https://else.example.com/away", redirect_code=301)
    assert route(URL_MAP, "shop.example.com", "/away") == expected
