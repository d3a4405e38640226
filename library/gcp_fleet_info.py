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
  - Up to three instances that run but are not found healthy come with the last lines of their serial port.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading, gcp.fleet]
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
          machine_type, created, last_error, and log_tail of one that runs but is not found healthy.
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
