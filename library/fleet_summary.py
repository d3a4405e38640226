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
attributes:
  check_mode:
    description: Reads all the same.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
options:
  project:
    description: The project's id. Taken from E(GCP_PROJECT) when left out.
    type: str
  auth_kind:
    description: Whose credentials are used. Taken from E(GCP_AUTH_KIND) when left out.
    type: str
    choices: [application, serviceaccount, accesstoken, machineaccount]
    default: application
  service_account_file:
    description: A service account's key file, for O(auth_kind=serviceaccount). Taken from E(GCP_SERVICE_ACCOUNT_FILE).
    type: path
  service_account_contents:
    description: The key itself, as JSON. Taken from E(GCP_SERVICE_ACCOUNT_CONTENTS).
    type: jsonarg
  access_token:
    description: A token, for O(auth_kind=accesstoken). Taken from E(GCP_ACCESS_TOKEN).
    type: str
  scopes:
    description: The OAuth scopes asked for. Taken from E(GCP_SCOPES).
    type: list
    elements: str
    default: ['https://www.googleapis.com/auth/cloud-platform']
  wait_timeout_sec:
    description: How many seconds to wait for Google to finish what this module asked for, in all.
    type: int
    default: 300
  name:
    description: The instance group manager's name.
    type: str
    required: true
  zone:
    description: The zone of a zonal group. Give this or O(region).
    type: str
  region:
    description: The region of a regional group. Give this or O(zone).
    type: str
  autoscaler:
    description: The autoscaler. Left out, the one that the group says sizes it.
    type: str
    default: ''
  backend_service:
    description: The backend service whose health checks are asked; not asked when left out.
    type: str
    default: ''
  forwarding_rule:
    description: The forwarding rule whose address is the fleet's; not asked when left out.
    type: str
    default: ''
  log_lines:
    description: How many of the last log lines of an unhealthy instance to read; 0 reads none.
    type: int
    default: 20
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
