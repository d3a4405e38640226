#!/usr/bin/python
"""One backend service, global or of a region.

google.cloud.gcp_compute_backend_service does not serve: it does not notice a backend taken out of the list, drops
zeros, has no locality policy, and knows no check mode.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_backend_service
short_description: A backend service of a load balancer
description:
  - Creates, changes or deletes a backend service, global or regional.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The backend service's name.
    type: str
    required: true
  region:
    description: The region of a regional backend service; global when left out.
    type: str
  description:
    description: A text for people.
    type: str
  backends:
    description: What serves, matched by group. The list is the whole truth.
    type: list
    elements: dict
    suboptions:
      group:
        description: The instance group, as a partial path (C(regions/us-central1/instanceGroups/NAME)) or URL.
        type: str
        required: true
      description:
        description: A text for people.
        type: str
      balancing_mode:
        description: By what the backend counts as full.
        type: str
        choices: [UTILIZATION, RATE, CONNECTION]
      max_utilization:
        description: The CPU share at which it counts as full; cleared when left out beside a balancing mode.
        type: float
      max_rate_per_instance:
        description: The requests a second of one instance at which it counts as full.
        type: float
      capacity_scaler:
        description: The share of the capacity to use; 0 drains the backend.
        type: float
  health_checks:
    description: The health check, by name, partial path or URL.
    type: list
    elements: str
  protocol:
    description: What is spoken with the backends.
    type: str
    choices: [HTTP, HTTPS, HTTP2, H2C, GRPC, TCP, SSL, UDP, UNSPECIFIED]
  port_name:
    description: The groups' named port.
    type: str
  timeout_sec:
    description: How long one request and its response may take.
    type: int
  connection_draining:
    description: How instances that leave are drained.
    type: dict
    suboptions:
      draining_timeout_sec:
        description: How long requests in flight may take to end.
        type: int
  load_balancing_scheme:
    description: The kind of load balancer it is for. Fixed at creation.
    type: str
    choices: [EXTERNAL, EXTERNAL_MANAGED, EXTERNAL_PASSTHROUGH, INTERNAL, INTERNAL_MANAGED, INTERNAL_SELF_MANAGED]
  locality_lb_policy:
    description: How instances are chosen within a zone.
    type: str
    choices: [ROUND_ROBIN, LEAST_REQUEST, RING_HASH, RANDOM, ORIGINAL_DESTINATION, MAGLEV, WEIGHTED_ROUND_ROBIN]
  session_affinity:
    description: What keeps a client at one instance.
    type: str
    choices:
      - NONE
      - CLIENT_IP
      - CLIENT_IP_PROTO
      - CLIENT_IP_PORT_PROTO
      - GENERATED_COOKIE
      - HEADER_FIELD
      - HTTP_COOKIE
      - STRONG_COOKIE_AFFINITY
  log_config:
    description: Logging of requests.
    type: dict
    suboptions:
      enable:
        description: Whether requests are logged.
        type: bool
      sample_rate:
        description: The share of requests that is logged.
        type: float
  enable_cdn:
    description: Whether Cloud CDN caches responses.
    type: bool
"""

EXAMPLES = r"""
- name: The group behind the load balancer
  gcp_backend_service:
    name: flaskscale-backend-service
    load_balancing_scheme: EXTERNAL_MANAGED
    protocol: HTTP
    port_name: http
    timeout_sec: 30
    health_checks: [flaskscale-health-check]
    connection_draining:
      draining_timeout_sec: 30
    backends:
      - group: regions/us-central1/instanceGroups/flaskscale-group
        balancing_mode: UTILIZATION
        max_utilization: 0.8
"""

RETURN = r"""
resource:
  description: The resource as Google returns it; empty when it is absent.
  returned: always
  type: dict
self_link:
  description: Its canonical URL; empty when it is absent.
  returned: always
  type: str
actions:
  description: The API methods called, or in check mode the ones that would be.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.gcp.resource import (
    Reference,
    Resource,
    decimal,
    flag,
    group,
    groups,
    integer,
    reference,
    text,
    texts,
)
from ansible.module_utils.gcp.run import run

BACKEND_SERVICE = Resource(
    kind="backend service",
    collections={"global": "backendServices", "region": "regionBackendServices"},
    segment="backendServices",
    fingerprint=True,
    fields=(
        text("description"),
        groups(
            "backends",
            reference("group", "instanceGroups", "explicit", required=True),
            text("description"),
            text("balancing_mode", choices=("UTILIZATION", "RATE", "CONNECTION")),
            # A limit of the mode before would count on, beside the new mode's or against its rules.
            decimal("max_utilization", exact_with="balancing_mode"),
            decimal("max_rate_per_instance", exact_with="balancing_mode"),
            decimal("capacity_scaler", default=1.0),
            key="group",
        ),
        texts("health_checks", reference=Reference("healthChecks")),
        text(
            "protocol",
            choices=("HTTP", "HTTPS", "HTTP2", "H2C", "GRPC", "TCP", "SSL", "UDP", "UNSPECIFIED"),
        ),
        text("port_name"),
        integer("timeout_sec"),
        group("connection_draining", integer("draining_timeout_sec", default=0)),
        text(
            "load_balancing_scheme",
            immutable=True,
            choices=(
                "EXTERNAL",
                "EXTERNAL_MANAGED",
                "EXTERNAL_PASSTHROUGH",
                "INTERNAL",
                "INTERNAL_MANAGED",
                "INTERNAL_SELF_MANAGED",
            ),
        ),
        text(
            "locality_lb_policy",
            choices=(
                "ROUND_ROBIN",
                "LEAST_REQUEST",
                "RING_HASH",
                "RANDOM",
                "ORIGINAL_DESTINATION",
                "MAGLEV",
                "WEIGHTED_ROUND_ROBIN",
            ),
        ),
        text(
            "session_affinity",
            default="NONE",
            choices=(
                "NONE",
                "CLIENT_IP",
                "CLIENT_IP_PROTO",
                "CLIENT_IP_PORT_PROTO",
                "GENERATED_COOKIE",
                "HEADER_FIELD",
                "HTTP_COOKIE",
                "STRONG_COOKIE_AFFINITY",
            ),
        ),
        group("log_config", flag("enable"), decimal("sample_rate")),
        flag("enable_cdn", api_name="enableCDN"),
    ),
)


def main() -> None:
    run(BACKEND_SERVICE)


if __name__ == "__main__":
    main()
