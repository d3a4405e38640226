"""What the load balancer has to know, as values: the input of `render`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EndpointHealth(StrEnum):
    """Envoy's words. DRAINING: no new requests, those in flight finish."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    DRAINING = "DRAINING"


@dataclass(frozen=True)
class Endpoint:
    """One instance of a backend, where this machine reaches its serving port."""

    instance: str
    host: str
    port: int
    health: EndpointHealth


@dataclass(frozen=True)
class Locality:
    """The endpoints of one group in one zone, and their share of the traffic as a positive whole number."""

    zone: str
    group: str
    weight: int
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True)
class BackendService:
    """A backend service with everything behind it.

    Attributes:
        name: unique among the snapshot's services; also the name of its file.
        timeout_seconds: real seconds from the request's end to the response's end.
        affinity: Google's `sessionAffinity`.
        policy: Google's `localityLbPolicy`.
    """

    name: str
    timeout_seconds: float
    localities: tuple[Locality, ...]
    affinity: str = "NONE"
    policy: str = "ROUND_ROBIN"


@dataclass(frozen=True)
class Redirect:
    """A URL map's urlRedirect; empty texts keep that part of the URL.

    Attributes:
        code: Google's `redirectResponseCode`.
    """

    code: str = "MOVED_PERMANENTLY_DEFAULT"
    https: bool = False
    host: str = ""
    path: str = ""
    prefix: str = ""
    strip_query: bool = False


@dataclass(frozen=True)
class Destination:
    """Where matching requests go: services by name with their weights, or a redirect."""

    services: tuple[tuple[str, int], ...] = ()
    redirect: Redirect | None = None


@dataclass(frozen=True)
class PathRoute:
    """A path, exact (`/about`) or with everything below it (`/static/*`), and where it leads."""

    path: str
    destination: Destination


@dataclass(frozen=True)
class HostRoute:
    """Hosts (`*`, `example.com`, `*.example.com`), their paths, and where all other paths lead."""

    name: str
    hosts: tuple[str, ...]
    paths: tuple[PathRoute, ...]
    default: Destination


@dataclass(frozen=True)
class FrontEnd:
    """A forwarding rule with its proxy and URL map.

    Attributes:
        name: of the forwarding rule.
        address: the rule's IP address, shown to backends in X-Forwarded-For.
        local_port: the loopback port on which it is answered here.
        hosts: one of them has the host `*`.
        keep_alive_seconds: how long an idle client connection is kept.
    """

    name: str
    address: str
    local_port: int
    hosts: tuple[HostRoute, ...]
    keep_alive_seconds: int = 610


@dataclass(frozen=True)
class Snapshot:
    """Every front end and every service that one of them reaches."""

    front_ends: tuple[FrontEnd, ...]
    services: tuple[BackendService, ...]
