"""From host, HTTP method and path to the discovery method and its path parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from localcloud.discovery.description import VERSIONS, Method, Service, load

SERVICE_HOSTS: Mapping[str, str] = {f"{service}.googleapis.com": service for service in VERSIONS}
"""The host of each service; `www.googleapis.com` serves those whose path begins with the service's prefix."""

SHARED_HOST = "www.googleapis.com"
TOKEN_HOST = "oauth2.googleapis.com"  # noqa: S105 - a host name

HOSTS = frozenset({*SERVICE_HOSTS, SHARED_HOST, TOKEN_HOST})
"""Every host that the door tunnels to."""

_ENCODED_SLASH = re.compile("%2F", re.IGNORECASE)
_VARIABLE = re.compile(r"\{(\+?)(\w+)\}")


@dataclass
class _Node:
    """One segment of the route tree; `ends` holds methods by HTTP method and `:verb` suffix."""

    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    ends: dict[tuple[str, str], Method] = field(default_factory=dict)


class Router:
    """Finds the methods of one service."""

    def __init__(self, service: Service) -> None:
        self._root = _Node()
        for method in service.methods.values():
            self._add(method, service.prefix + method.flat_path)
        self._prefix = service.prefix

    def match(self, http_method: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method and its decoded path parameters, or None. `path` is as sent, without the first slash."""
        segments = path.split("/")
        last, _, verb = segments[-1].rpartition(":")
        # A name may hold a colon too, so what follows it is a verb only when there is such a method.
        attempts = [((*segments[:-1], last), verb)] if last else []
        for names, suffix in (*attempts, (tuple(segments), "")):
            method = self._find(self._root, names, (http_method, suffix))
            parameters = self._parameters(method, path) if method else None
            if method is not None and parameters is not None:
                return method, parameters
        return None

    def _add(self, method: Method, flat_path: str) -> None:
        node = self._root
        base, verb = _split_verb(flat_path)
        for segment in base.split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        node.ends[method.http_method, verb] = method

    def _find(self, node: _Node, segments: tuple[str, ...], end: tuple[str, str]) -> Method | None:
        if not segments:
            return node.ends.get(end)
        first, rest = segments[0], segments[1:]
        if first in node.literals and (found := self._find(node.literals[first], rest, end)):
            return found
        if node.variable and first:
            return self._find(node.variable, rest, end)
        return None

    def _parameters(self, method: Method, path: str) -> dict[str, str] | None:
        matched = _template(method).fullmatch(path.removeprefix(self._prefix))
        if matched is None:
            return None
        whole = {variable[2] for variable in _VARIABLE.finditer(method.path) if variable[1]}
        return {name: _decoded(value, whole=name in whole) for name, value in matched.groupdict().items()}


def _decoded(value: str, *, whole: bool) -> str:
    """A path parameter's text; in a whole resource name an encoded slash is part of a segment and stays as it is
    (google.api.http: variables of several segments).
    """
    return "%2F".join(map(unquote, _ENCODED_SLASH.split(value))) if whole else unquote(value)


def _split_verb(flat_path: str) -> tuple[str, str]:
    """`v1/projects/{p}:enable` as (`v1/projects/{p}`, `enable`)."""
    head, _, last = flat_path.rpartition("/")
    base, _, verb = last.partition(":")
    return (f"{head}/{base}" if head else base), verb


@cache
def _template_of(path: str, reserved: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    patterns = dict(reserved)
    text, position = "", 0
    for variable in _VARIABLE.finditer(path):
        name = variable[2]
        text += re.escape(path[position : variable.start()])
        text += f"(?P<{name}>{patterns.get(name, '[^/]+')})"
        position = variable.end()
    return re.compile(text + re.escape(path[position:]))


def _template(method: Method) -> re.Pattern[str]:
    reserved = tuple(
        (variable[2], method.parameters[variable[2]].get("pattern", "^.+$").removeprefix("^").removesuffix("$"))
        for variable in _VARIABLE.finditer(method.path)
        if variable[1]
    )
    return _template_of(method.path, reserved)


@cache
def router(service: str) -> Router:
    """The routes of a served service; built when first needed."""
    return Router(load(service))


def service_of(host: str, path: str) -> str | None:
    """Which service answers `path` (without its first slash) on `host`, or None."""
    if host == SHARED_HOST:
        first = path.partition("/")[0]
        return first if first in ("compute", "dns") else None
    return SERVICE_HOSTS.get(host)
