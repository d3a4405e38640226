#!/usr/bin/python
"""What the documentation tools read; the work is done by action_plugins/fleet_summary.py, which writes the table.

google.cloud has nothing like it, and a module cannot write to the terminal.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_summary
short_description: Prints the status of a fleet as a table
description:
  - Reads the fleet with M(gcp_fleet_info) and prints its URL, release, group, autoscaler and a line for each instance.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading, gcp.fleet]
options:
  url:
    description: The URL to show instead of the forwarding rule's address.
    type: str
    default: ''
  following:
    description: Lines to end with, such as what to do next.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: The fleet
  fleet_summary:
    name: flaskscale-group
    region: us-central1
    url: http://127.0.0.1:8080
    following:
      - "make down stops everything"
"""

RETURN = r"""
fleet:
  description: The fleet, as M(gcp_fleet_info) returns it.
  returned: always
  type: dict
lines:
  description: What was printed.
  returned: always
  type: list
  elements: str
"""
