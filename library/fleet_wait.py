#!/usr/bin/python
"""What the documentation tools read; the work is done by action_plugins/fleet_wait.py, which can speak while it waits.

google.cloud has no module that waits for a rollout, and a module cannot show progress.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_wait
short_description: Waits until a rollout is done, and says how far it is
description:
  - Looks at the fleet with M(gcp_fleet_info) until it has its size, every instance serves and the versions are reached.
  - Prints a line when something changes and every ten seconds.
  - Fails with one sentence that names the instance, its state and the last lines of its log.
author: FlaskScale (@flaskscale)
attributes:
  check_mode:
    description: Does not wait, since nothing was changed that could be waited for.
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
  timeout_sec:
    description: How many seconds to wait at most.
    type: int
    default: 600
  interval_sec:
    description: How many seconds between two looks.
    type: float
    default: 2
  unhealthy_limit_sec:
    description: How many seconds a new instance may be unhealthy before the rollout is lost; 0 for no limit.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: The release is serving
  fleet_wait:
    name: flaskscale-group
    region: us-central1
    timeout_sec: 600
"""

RETURN = r"""
fleet:
  description: The fleet at the end, as M(gcp_fleet_info) returns it.
  returned: when it was waited for
  type: dict
waited_sec:
  description: How many seconds it took.
  returned: always
  type: float
"""
