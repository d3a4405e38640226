#!/usr/bin/python
"""One firewall rule.

google.cloud.gcp_compute_firewall does not serve: a range, a tag or a port that is taken out of its lists stays open and
the task says ok, and it knows no check mode.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_firewall
short_description: A firewall rule of a VPC network
description:
  - Creates, changes or deletes a firewall rule.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The firewall rule's name.
    type: str
    required: true
  description:
    description: A text for people.
    type: str
  network:
    description: The network, by name, partial path or URL. It cannot change.
    type: str
  direction:
    description: Which traffic the rule is for; Google takes INGRESS when it is left out. It cannot change.
    type: str
    choices: [EGRESS, INGRESS]
  priority:
    description: From 0, which wins, to 65535; Google takes 1000 when it is left out.
    type: int
  disabled:
    description: Whether the rule does not count for now.
    type: bool
  source_ranges:
    description:
      - Where traffic may come from, in CIDR notation. The list is the whole truth.
      - A rule without O(source_ranges) and O(source_tags) is for traffic from anywhere.
    type: list
    elements: str
  source_tags:
    description: The tags of instances that traffic may come from. The list is the whole truth.
    type: list
    elements: str
  destination_ranges:
    description: Where traffic may go to, in CIDR notation. The list is the whole truth.
    type: list
    elements: str
  target_tags:
    description: The tags of the instances that the rule is for; empty for every instance of the network.
    type: list
    elements: str
  allowed: &traffic
    description: What is let through, instead of O(denied). The list is the whole truth.
    type: list
    elements: dict
    suboptions:
      ip_protocol:
        description: The protocol's name or number, or V(all).
        type: str
        required: true
      ports:
        description: Ports and ranges of ports, such as V(80) or V(8000-8080); every port when left out.
        type: list
        elements: str
  denied:
    <<: *traffic
    description: What is kept out, instead of O(allowed). The list is the whole truth.
"""

EXAMPLES = r"""
- name: Let the office reach SSH
  gcp_firewall:
    name: flaskscale-allow-ssh
    network: flaskscale-network
    source_ranges: [203.0.113.0/24]
    target_tags: [flaskscale-builder]
    allowed:
      - ip_protocol: tcp
        ports: ["22"]
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

from ansible.module_utils.gcp.resource import Resource, flag, groups, integer, reference, text, texts
from ansible.module_utils.gcp.run import run

TRAFFIC = (text("ip_protocol", api_name="IPProtocol", required=True), texts("ports"))

FIREWALL = Resource(
    kind="firewall rule",
    collections={"global": "firewalls"},
    segment="firewalls",
    patch_repeats_name=True,
    fields=(
        text("description"),
        reference("network", "networks", immutable=True),
        text("direction", immutable=True, default="INGRESS", choices=("EGRESS", "INGRESS")),
        integer("priority", default=1000),
        flag("disabled"),
        texts("source_ranges"),
        texts("source_tags"),
        texts("destination_ranges"),
        texts("target_tags"),
        groups("allowed", *TRAFFIC),
        groups("denied", *TRAFFIC),
    ),
)


def main() -> None:
    run(FIREWALL)


if __name__ == "__main__":
    main()
