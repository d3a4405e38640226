"""URL maps: host rules, path matchers and their tests (v1/urlMaps; gce-behaviour section 6)."""

from __future__ import annotations

from localcloud.errors.api import invalid, invalid_field, not_implemented, required_field
from localcloud.resources.call import Call, handles
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import checked_name, without_nulls
from localcloud.resources.references import Place, Reference, canonicalise
from localcloud.resources.url_routing import route
from localcloud.store.store import Document

_REFERENCES = (
    Reference("defaultService", ("backendServices",)),
    Reference("defaultRouteAction.weightedBackendServices[].backendService", ("backendServices",)),
    Reference("pathMatchers[].defaultService", ("backendServices",)),
    Reference("pathMatchers[].defaultRouteAction.weightedBackendServices[].backendService", ("backendServices",)),
    Reference("pathMatchers[].pathRules[].service", ("backendServices",)),
    Reference("pathMatchers[].pathRules[].routeAction.weightedBackendServices[].backendService", ("backendServices",)),
    Reference("tests[].service", ("backendServices",), holds=False),
)
_DESTINATIONS = ("defaultService", "defaultUrlRedirect", "defaultRouteAction")
_RULE_DESTINATIONS = ("service", "urlRedirect", "routeAction")


def _rule(change: Change) -> None:
    """One default destination, matchers that host rules name, paths that can be matched; its tests must pass."""
    check_url_map(change.body)
    failures = failing_tests(change.body)
    if failures:
        first = failures[0]
        raise invalid(
            f"Invalid value for field 'resource.tests': Test failure: Expect URL "
            f"'{first['host']}{first['path']}' to map to service '{first.get('expectedService', '')}', but actually "
            f"mapped to '{first.get('actualService', '')}'."
        )


def check_url_map(body: Document) -> None:
    """Refuse a URL map that cannot be loaded.

    Raises:
        ApiError: 400 for the first fault; 501 for route rules, which the local cloud does not have.
    """
    _check_destination(body, _DESTINATIONS, "resource")
    matchers = [
        checked_name(item, f"resource.pathMatchers[{index}].name")
        for index, item in enumerate(body.get("pathMatchers", []))
    ]
    for name in matchers:
        if matchers.count(name) > 1:
            raise invalid_field("resource.pathMatchers", name, "Two path matchers have this name.")
    _check_host_rules(body.get("hostRules", []), matchers)
    for index, matcher in enumerate(body.get("pathMatchers", [])):
        _check_matcher(matcher, f"resource.pathMatchers[{index}]")


def _check_host_rules(host_rules: list[Document], matchers: list[str]) -> None:
    hosts: set[str] = set()
    used = set()
    for index, host_rule in enumerate(host_rules):
        field = f"resource.hostRules[{index}]"
        if not host_rule.get("hosts"):
            raise required_field(f"{field}.hosts")
        if host_rule.get("pathMatcher") not in matchers:
            raise invalid_field(f"{field}.pathMatcher", host_rule.get("pathMatcher"), "No path matcher has this name.")
        used.add(host_rule["pathMatcher"])
        for host in host_rule["hosts"]:
            if "*" in host[1:] or (host.startswith("*") and len(host) > 1 and host[1] not in "-."):
                raise invalid_field(f"{field}.hosts", host, "A '*' must be first, alone or followed by '-' or '.'.")
            if host in hosts:
                raise invalid_field(f"{field}.hosts", host, "The host is in two host rules.")
            hosts.add(host)
    for name in matchers:
        if name not in used:
            raise invalid_field("resource.pathMatchers", name, "No host rule uses this path matcher.")


def _check_matcher(matcher: Document, field: str) -> None:
    if matcher.get("routeRules"):
        raise not_implemented("route rules of URL maps (pathMatchers[].routeRules)")
    _check_destination(matcher, _DESTINATIONS, field)
    paths: set[str] = set()
    for index, rule in enumerate(matcher.get("pathRules", [])):
        where = f"{field}.pathRules[{index}]"
        _check_destination(rule, _RULE_DESTINATIONS, where)
        if not rule.get("paths"):
            raise required_field(f"{where}.paths")
        for path in rule["paths"]:
            if not path.startswith("/") or "*" in path.removesuffix("/*"):
                raise invalid_field(
                    f"{where}.paths", path, "Must start with '/'; '*' is allowed only at the end, after '/'."
                )
            if path in paths:
                raise invalid_field(f"{where}.paths", path, "The path is in two path rules.")
            paths.add(path)


def _check_destination(body: Document, fields: tuple[str, ...], prefix: str) -> None:
    service, redirect, action = (body.get(field) for field in fields)
    weighted = bool(action and action.get("weightedBackendServices"))
    if [bool(service), bool(redirect), weighted].count(True) != 1:
        raise invalid_field(
            f"{prefix}.{fields[0]}",
            service or "",
            f"Exactly one of {fields[0]}, {fields[1]} and weighted services of {fields[2]} must be specified.",
        )


def failing_tests(body: Document) -> list[Document]:
    """The tests of a URL map that do not come out as they expect, as UrlMapValidationResult shows them."""
    failures = []
    for test in body.get("tests", []):
        actual = route(body, test["host"], test["path"])
        expected = {
            "actualService": test.get("service"),
            "actualOutputUrl": test.get("expectedOutputUrl"),
            "actualRedirectResponseCode": test.get("expectedRedirectResponseCode"),
        }
        found = {
            "actualService": actual.service or None,
            "actualOutputUrl": actual.redirect_url or None,
            "actualRedirectResponseCode": actual.redirect_code or None,
        }
        if any(value is not None and value != found[key] for key, value in expected.items()):
            told = {key.replace("actual", "expected"): value for key, value in expected.items()} | found
            shown = {key: value for key, value in told.items() if value is not None}
            failures.append({"host": test["host"], "path": test["path"]} | shown)
    return failures


URL_MAP = register(
    Kind(
        collection="urlMaps",
        kind="compute#urlMap",
        noun="url_map",
        parameter="urlMap",
        services={"global": "urlMaps"},
        verbs=("patch", "update"),
        aggregated="urlMaps",
        references=_REFERENCES,
        fingerprint=True,
        fingerprint_required=True,
        rule=_rule,
    )
)


@handles("compute.urlMaps.validate")
def validate(call: Call) -> Document:
    """Loads the given map and runs its tests; nothing is stored."""
    body = without_nulls(call.body.get("resource", {}))
    canonicalise(Place(call.transaction, call.project, call.settings), body, _REFERENCES)
    check_url_map(body)
    failures = failing_tests(body)
    result: Document = {"loadSucceeded": True, "testPassed": not failures}
    return {"result": result | ({"testFailures": failures} if failures else {})}


@mutates("compute.urlMaps.invalidateCache")
def invalidate_cache(call: Call) -> Document:
    """Done at once.

    Differs: there is no cache to empty.
    """
    resource = existing(URL_MAP, call)
    if not str(call.body.get("path", "")).startswith("/"):
        raise invalid_field("path", call.body.get("path", ""), "Must start with '/'.")
    return operation_on(call, resource)
