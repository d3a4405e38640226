#!/usr/bin/python
"""Everything about one fleet, read only.

google.cloud's info modules list whole collections, one kind each, and know neither managed instances nor the health
that a load balancer sees.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_fleet_info
short_description: A managed instance group with its instances, autoscaler and load balancer
description:
  - Reads one fleet in as few API calls as it takes, and changes nothing.
  - Instances that run but are not healthy come with the last lines of their serial port.
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
"""

EXAMPLES = r"""
- name: How is the fleet?
  gcp_fleet_info:
    name: flaskscale-group
    region: us-central1
    backend_service: flaskscale-backend-service
    forwarding_rule: flaskscale-http-forwarding-rule
  register: found
"""

RETURN = r"""
fleet:
  description: The fleet.
  returned: always
  type: dict
  contains:
    group:
      description: Name, target_size, size, stable, version_target_reached, location; null when there is no such group.
      type: dict
    autoscaler:
      description: Minimum, maximum, recommended_size, mode, status, details, cpu_target; null without one.
      type: dict
    instances:
      description:
        - Name, zone, status, internal_ip, external_ip, current_action, health, lb_health, template, release,
          machine_type, created, last_error, and log_tail of one that is not healthy.
      type: list
      elements: dict
    address:
      description: The forwarding rule's address.
      type: str
    url:
      description: The URL at that address.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.fleet import FleetQuestion, read_fleet
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, place_of
from ansible.module_utils.gcp.resource import Resource
from ansible.module_utils.gcp.run import answer

FLEET = Resource("fleet", {"zone": "instanceGroupManagers", "region": "regionInstanceGroupManagers"}, "", ())
SPECIFICATION = {
    **connection_options(),
    "name": {"type": "str", "required": True},
    "zone": {"type": "str"},
    "region": {"type": "str"},
    "autoscaler": {"type": "str", "default": ""},
    "backend_service": {"type": "str", "default": ""},
    "forwarding_rule": {"type": "str", "default": ""},
    "log_lines": {"type": "int", "default": 20},
}


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> dict:
        named = ("name", "autoscaler", "backend_service", "forwarding_rule", "log_lines")
        question = FleetQuestion(place_of(FLEET, module.params), **{option: module.params[option] for option in named})
        return {"changed": False, "fleet": read_fleet(client, question)}

    answer(module, read)


if __name__ == "__main__":
    main()
