"""Where a URL map sends a request: host rules, then path rules, the longest match first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from localcloud.store.store import Document

REDIRECT_CODES = {
    "MOVED_PERMANENTLY_DEFAULT": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}


@dataclass(frozen=True)
class Route:
    """Where a request goes: a backend service (its URL), or a redirect."""

    service: str = ""
    redirect_url: str = ""
    redirect_code: int = 0


def route(url_map: Document, host: str, path: str) -> Route:
    """The route of one request.

    Args:
        url_map: UrlMap document with canonical references.
        host: of the request, a port is ignored.
        path: of the request, a query is ignored.
    """
    bare_host, bare_path = host.partition(":")[0].lower(), path.partition("?")[0]
    matcher = _matcher(url_map, bare_host)
    if matcher is None:
        return _default(url_map, bare_host, bare_path)
    rules = [(pattern, rule) for rule in matcher.get("pathRules", []) for pattern in rule["paths"]]
    matching = [(pattern, rule) for pattern, rule in rules if path_matches(pattern, bare_path)]
    if not matching:
        return _default(matcher, bare_host, bare_path)
    _, rule = max(matching, key=lambda item: (not item[0].endswith("/*"), len(item[0])))
    return _destination(rule.get("service"), rule.get("urlRedirect"), rule.get("routeAction"), bare_host, bare_path)


def host_matches(pattern: str, host: str) -> bool:
    """True when a host rule's pattern covers the host; `*` may stand first."""
    pattern = pattern.partition(":")[0].lower()
    return host.endswith(pattern[1:]) if pattern.startswith("*") else host == pattern


def path_matches(pattern: str, path: str) -> bool:
    """True when a path rule's pattern covers the path: exact, or everything below `/…/*`."""
    if not pattern.endswith("/*"):
        return path == pattern
    return path.startswith(pattern[:-1])


def _matcher(url_map: Document, host: str) -> Document | None:
    patterns = [
        (pattern, host_rule["pathMatcher"])
        for host_rule in url_map.get("hostRules", [])
        for pattern in host_rule["hosts"]
        if host_matches(pattern, host)
    ]
    if not patterns:
        return None
    _, name = max(patterns, key=lambda item: (not item[0].startswith("*"), len(item[0])))
    return next((item for item in url_map.get("pathMatchers", []) if item["name"] == name), None)


def _default(document: Document, host: str, path: str) -> Route:
    return _destination(
        document.get("defaultService"),
        document.get("defaultUrlRedirect"),
        document.get("defaultRouteAction"),
        host,
        path,
    )


def _destination(
    service: str | None, redirect: Document | None, action: Document | None, host: str, path: str
) -> Route:
    if redirect:
        return _redirect(redirect, host, path)
    weighted = (action or {}).get("weightedBackendServices", [])
    if weighted:
        heaviest = max(weighted, key=lambda item: int(item.get("weight", 0)))
        return Route(service=str(heaviest["backendService"]))
    return Route(service=service or "")


def _redirect(redirect: Document, host: str, path: str) -> Route:
    scheme = "https" if redirect.get("httpsRedirect") else "http"
    target = redirect.get("pathRedirect", path)
    url = f"{scheme}://{redirect.get('hostRedirect', host)}{quote(target, safe='/%')}"
    code = REDIRECT_CODES[redirect.get("redirectResponseCode", "MOVED_PERMANENTLY_DEFAULT")]
    return Route(redirect_url=url, redirect_code=code)
