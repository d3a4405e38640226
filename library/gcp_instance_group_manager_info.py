#!/usr/bin/python
"""Finds the managed instance groups of one name in a region and its zones.

google.cloud's info module lists one zone, and has none for regional groups.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance_group_manager_info
short_description: Where managed instance groups of one name are
description:
  - Finds the groups of one name in a region, zonal and regional (C(compute.instanceGroupManagers.aggregatedList)).
    Changes nothing.
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
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.errors import ApiError
from ansible.module_utils.gcp.names import last
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, project_of
from ansible.module_utils.gcp.run import answer

SPECIFICATION = {
    **connection_options(),
    "name": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
}


def main() -> None:
    """Look in every place and answer with those that have one."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> dict[str, object]:
        options = module.params
        found = places(client, project_of(options), options["name"])
        region = options["region"]
        return {"changed": False, "places": [name for name in found if name == region or name[:-2] == region]}

    answer(module, read)


def places(client: Client, project: str, name: str) -> list[str]:
    """Regions and zones with a group of that name.

    Raises:
        GcpError: Google cannot be asked, or refuses for another reason than that Compute Engine is not enabled.
    """
    try:
        return sorted(
            last(place) for place, _ in client.aggregated("instanceGroupManagers", project, f"name eq {name}")
        )
    except ApiError as refused:
        if refused.service_disabled:
            return []
        raise


if __name__ == "__main__":
    main()
