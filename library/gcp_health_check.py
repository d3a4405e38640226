#!/usr/bin/python
"""One health check, global.

google.cloud.gcp_compute_health_check does not serve: thresholds and paths are settings that change, and it shows
nothing of a change in check mode.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_health_check
short_description: A health check of load balancers and instance groups
description:
  - Creates, changes or deletes a global health check.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The health check's name.
    type: str
    required: true
  description:
    description: A text for people.
    type: str
  type:
    description: The protocol; the one of the options below that belongs to it is taken.
    type: str
    choices: [HTTP, HTTP2, HTTPS, TCP]
  check_interval_sec:
    description: Seconds between checks, 1 to 300; Google takes 5 when it is left out.
    type: int
  timeout_sec:
    description: Seconds that an answer may take, 1 up to the interval; Google takes 5 when it is left out.
    type: int
  healthy_threshold:
    description: Good answers in a row that make an instance healthy, 1 to 10; Google takes 2 when it is left out.
    type: int
  unhealthy_threshold:
    description: Bad answers in a row that make an instance unhealthy, 1 to 10; Google takes 2 when it is left out.
    type: int
  http_health_check: &http
    description: What is asked for O(type=HTTP).
    type: dict
    suboptions:
      port:
        description: The port that is asked.
        type: int
      port_specification:
        description: Which port is asked; V(USE_SERVING_PORT) is the one that the load balancer sends requests to.
        type: str
        choices: [USE_FIXED_PORT, USE_NAMED_PORT, USE_SERVING_PORT]
      port_name:
        description: The port's name, for O(http_health_check.port_specification=USE_NAMED_PORT).
        type: str
      request_path:
        description: The path that is asked for; only status 200 is a good answer.
        type: str
      host:
        description: The Host header; the instance's address when left out.
        type: str
      response:
        description: What the beginning of the answer's body must have, in ASCII.
        type: str
      proxy_header:
        description: The header of the PROXY protocol that is sent first.
        type: str
        choices: [NONE, PROXY_V1]
  http2_health_check:
    <<: *http
    description: What is asked for O(type=HTTP2).
  https_health_check:
    <<: *http
    description: What is asked for O(type=HTTPS).
  tcp_health_check:
    description: What is asked for O(type=TCP).
    type: dict
    suboptions:
      port:
        description: The port that is connected to.
        type: int
      port_specification:
        description: Which port is connected to; V(USE_SERVING_PORT) is the one that the load balancer sends to.
        type: str
        choices: [USE_FIXED_PORT, USE_NAMED_PORT, USE_SERVING_PORT]
      port_name:
        description: The port's name, for O(tcp_health_check.port_specification=USE_NAMED_PORT).
        type: str
      request:
        description: What is sent, in ASCII; nothing when left out.
        type: str
      response:
        description: What the answer must begin with, in ASCII; anything when left out.
        type: str
      proxy_header:
        description: The header of the PROXY protocol that is sent first.
        type: str
        choices: [NONE, PROXY_V1]
  log_config:
    description: What of it is logged in Cloud Logging.
    type: dict
    suboptions:
      enable:
        description: Whether changes of health are logged.
        type: bool
"""

EXAMPLES = r"""
- name: Ask every instance for /health
  gcp_health_check:
    name: flaskscale-health-check
    type: HTTP
    http_health_check:
      port: 5000
      request_path: /health
    unhealthy_threshold: 2
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

from ansible.module_utils.gcp.resource import Resource, flag, group, integer, text
from ansible.module_utils.gcp.run import run

PORT = (
    integer("port"),
    text("port_specification", choices=("USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT")),
    text("port_name"),
)
PROXY_HEADER = text("proxy_header", choices=("NONE", "PROXY_V1"), default="NONE")
HTTP = (*PORT, text("request_path", default="/"), text("host"), text("response"), PROXY_HEADER)

HEALTH_CHECK = Resource(
    kind="health check",
    collections={"global": "healthChecks"},
    segment="healthChecks",
    fields=(
        text("description"),
        text("type", choices=("HTTP", "HTTP2", "HTTPS", "TCP")),
        integer("check_interval_sec", default=5),
        integer("timeout_sec", default=5),
        integer("healthy_threshold", default=2),
        integer("unhealthy_threshold", default=2),
        group("http_health_check", *HTTP),
        group("http2_health_check", *HTTP),
        group("https_health_check", *HTTP),
        group("tcp_health_check", *PORT, text("request"), text("response"), PROXY_HEADER),
        group("log_config", flag("enable")),
    ),
)


def main() -> None:
    run(HEALTH_CHECK)


if __name__ == "__main__":
    main()
