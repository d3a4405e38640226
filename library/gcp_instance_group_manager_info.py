#!/usr/bin/python
"""Finds the managed instance groups of one name in a region and its zones, and what they serve by.

google.cloud's info module lists one zone, and has none for regional groups.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance_group_manager_info
short_description: Where managed instance groups of one name are, and what they serve by
description:
  - Finds the groups of one name in a region, zonal and regional (C(compute.instanceGroupManagers.aggregatedList)), the
    health check that each is healed by (C(compute.healthChecks.get)), and how many of its instances pass it
    (C(listManagedInstances) of the group). Changes nothing.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options:
  name:
    description: The group's name.
    type: str
    required: true
  region:
    description: The region; its zones are looked at too.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Find the group
  gcp_instance_group_manager_info:
    name: flaskscale-group
    region: us-central1
  register: found
"""

RETURN = r"""
places:
  description: The region and zones that have such a group; none before the project has enabled Compute Engine.
  type: list
  elements: str
  returned: success
groups:
  description: The same groups, in the same order.
  type: list
  elements: dict
  returned: success
  contains:
    place:
      description: The region or zone.
      type: str
    healthy:
      description: How many instances pass the health check that the group is healed by; 0 without one.
      type: int
    health_check_port:
      description: The port that it asks; 0 when it names none.
      type: int
    health_check_path:
      description: The path that it asks for; empty when it names none.
      type: str
"""

from collections.abc import Iterator

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.errors import ApiError
from ansible.module_utils.gcp.names import last, method_at, relative
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, project_of
from ansible.module_utils.gcp.resource import COMPUTE, Document, Place
from ansible.module_utils.gcp.run import answer

SPECIFICATION = {
    **connection_options(),
    "name": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
}


def main() -> None:
    """Look in every place and answer with those that have one."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> Document:
        project, region = project_of(module.params), module.params["region"]
        found = sorted(managers(client, project, module.params["name"], region), key=lambda pair: pair[0].location)
        groups = [serving(client, place, manager) for place, manager in found]
        return {"changed": False, "places": [group["place"] for group in groups], "groups": groups}

    answer(module, read)


def managers(client: Client, project: str, name: str, region: str) -> Iterator[tuple[Place, Document]]:
    """The groups of that name in the region and its zones.

    Raises:
        GcpError: Google cannot be asked, or refuses for another reason than that Compute Engine is not enabled.
    """
    try:
        for path, manager in client.aggregated("instanceGroupManagers", project, f"name eq {name}"):
            location = last(path)
            if location == region:
                yield Place(project, "region", region), manager
            elif location[:-2] == region:
                yield Place(project, "zone", location), manager
    except ApiError as refused:
        if not refused.service_disabled:
            raise


def serving(client: Client, place: Place, manager: Document) -> Document:
    """One entry of `groups`.

    Raises:
        GcpError: Google cannot be asked or refuses.
    """
    link = next((policy.get("healthCheck", "") for policy in manager.get("autoHealingPolicies", [])), "")
    asked: Document = {}
    healthy = 0
    if link:
        check = client.get("compute.healthChecks.get", COMPUTE, relative(link)) or {}
        asked = next((value for key, value in check.items() if key.endswith("HealthCheck")), {})
        listing = client.call(
            method_at(place, "instanceGroupManagers.listManagedInstances"),
            COMPUTE,
            "POST",
            f"{place.path}/instanceGroupManagers/{manager['name']}/listManagedInstances",
        )
        states = [managed.get("instanceHealth", []) for managed in listing.get("managedInstances", [])]
        healthy = sum(state[0].get("detailedHealthState") == "HEALTHY" for state in states if state)
    return {
        "place": place.location,
        "healthy": healthy,
        "health_check_port": int(asked.get("port", 0)),
        "health_check_path": str(asked.get("requestPath", "")),
    }


if __name__ == "__main__":
    main()
