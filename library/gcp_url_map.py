#!/usr/bin/python
"""One URL map, global or of a region.

google.cloud.gcp_compute_url_map does not serve: it does not notice rules taken out of the lists, and knows no check
mode.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_url_map
short_description: The URL map of a load balancer
description:
  - Creates, changes or deletes a URL map, global or regional.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The URL map's name.
    type: str
    required: true
  region:
    description: The region of a regional URL map; global when left out.
    type: str
  description:
    description: A text for people.
    type: str
  default_service:
    description: The backend service for what no rule matches, by name, partial path or URL.
    type: str
  default_url_redirect:
    description: The redirect for what no rule matches, instead of O(default_service).
    type: dict
    suboptions: &redirect
      host_redirect:
        description: The host to go to.
        type: str
      path_redirect:
        description: The path to go to.
        type: str
      prefix_redirect:
        description: What takes the place of the path's matched start.
        type: str
      https_redirect:
        description: Whether to go to HTTPS.
        type: bool
      redirect_response_code:
        description: The status.
        type: str
        choices: [FOUND, MOVED_PERMANENTLY_DEFAULT, PERMANENT_REDIRECT, SEE_OTHER, TEMPORARY_REDIRECT]
      strip_query:
        description: Whether the query is left out.
        type: bool
  host_rules:
    description: Which path matcher serves which hosts, matched by path matcher. The list is the whole truth.
    type: list
    elements: dict
    suboptions:
      description:
        description: A text for people.
        type: str
      hosts:
        description: The hosts, with an asterisk for any.
        type: list
        elements: str
      path_matcher:
        description: The path matcher's name.
        type: str
        required: true
  path_matchers:
    description: Which service serves which paths, matched by name. The list is the whole truth.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name that host rules use.
        type: str
        required: true
      description:
        description: A text for people.
        type: str
      default_service:
        description: The backend service for what no rule matches.
        type: str
      default_url_redirect:
        description: The redirect for what no rule matches.
        type: dict
        suboptions: *redirect
      path_rules:
        description: The rules by path; the longest match wins. The list is replaced as a whole.
        type: list
        elements: dict
        suboptions:
          paths:
            description: The paths, an asterisk only at the end.
            type: list
            elements: str
          service:
            description: The backend service.
            type: str
          url_redirect:
            description: The redirect, instead of a service.
            type: dict
            suboptions: *redirect
  tests:
    description: Requests and the service that must serve them; Google refuses a map that fails its own tests.
    type: list
    elements: dict
    suboptions:
      description:
        description: A text for people.
        type: str
      host:
        description: The request's host.
        type: str
      path:
        description: The request's path.
        type: str
      service:
        description: The backend service expected.
        type: str
      expected_redirect_response_code:
        description: The redirect's status expected.
        type: int
"""

EXAMPLES = r"""
- name: Everything goes to the fleet
  gcp_url_map:
    name: flaskscale-url-map
    default_service: flaskscale-backend-service
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

from ansible.module_utils.gcp.resource import Resource, flag, group, groups, integer, reference, text, texts
from ansible.module_utils.gcp.run import run

REDIRECT = (
    text("host_redirect"),
    text("path_redirect"),
    text("prefix_redirect"),
    flag("https_redirect"),
    text(
        "redirect_response_code",
        choices=("FOUND", "MOVED_PERMANENTLY_DEFAULT", "PERMANENT_REDIRECT", "SEE_OTHER", "TEMPORARY_REDIRECT"),
    ),
    flag("strip_query"),
)


def service(name: str):
    """A backend service of the URL map's own scope."""
    return reference(name, "backendServices", "same")


URL_MAP = Resource(
    kind="URL map",
    collections={"global": "urlMaps", "region": "regionUrlMaps"},
    segment="urlMaps",
    fingerprint=True,
    fields=(
        text("description"),
        service("default_service"),
        group("default_url_redirect", *REDIRECT),
        groups(
            "host_rules",
            text("description"),
            texts("hosts"),
            text("path_matcher", required=True),
            key="path_matcher",
        ),
        groups(
            "path_matchers",
            text("name", required=True),
            text("description"),
            service("default_service"),
            group("default_url_redirect", *REDIRECT),
            groups("path_rules", texts("paths"), service("service"), group("url_redirect", *REDIRECT)),
            key="name",
        ),
        groups(
            "tests",
            text("description"),
            text("host"),
            text("path"),
            service("service"),
            integer("expected_redirect_response_code"),
        ),
    ),
)


def main() -> None:
    run(URL_MAP)


if __name__ == "__main__":
    main()
