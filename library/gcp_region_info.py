#!/usr/bin/python
"""Reads whether a region exists, which zones it has, and which of them have a machine type.

google.cloud has no module that reads regions, zones or machine types.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_region_info
short_description: Reads which zones a region has, and which of them have a machine type
description:
  - Reads one region of Compute Engine (C(compute.regions.get)), and a machine type in each of its zones
    (C(compute.machineTypes.get)). Changes nothing.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options:
  service_enabled:
    description:
      - Whether Compute Engine is known to be enabled, so that its refusal is a failure.
      - Otherwise it leaves RV(known) false.
    type: bool
    default: false
  region:
    description: The region's name, for instance V(us-central1).
    type: str
    required: true
  machine_type:
    description: A machine type to look for. Custom types are not looked for, since they are in no list.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Read which zones the region has
  gcp_region_info:
    region: us-central1
    machine_type: e2-medium
  register: region
"""

RETURN = r"""
known:
  description: Whether the API could be asked. It cannot before the project has enabled Compute Engine.
  type: bool
  returned: success
exists:
  description: Whether there is such a region; true when it is not known.
  type: bool
  returned: success
zones:
  description: The names of the region's zones; empty when they are not known.
  type: list
  elements: str
  returned: success
machine_type_zones:
  description: The zones that have the machine type; all of them when none is asked for.
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
from ansible.module_utils.gcp.resource import COMPUTE
from ansible.module_utils.gcp.run import answer

SPECIFICATION = {
    **connection_options(),
    "region": {"type": "str", "required": True},
    "machine_type": {"type": "str", "default": ""},
    "service_enabled": {"type": "bool", "default": False},
}


def main() -> None:
    """Ask for the region and answer with its zones."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> dict[str, object]:
        options = module.params
        project = f"projects/{project_of(options)}"
        return region_of(client, project, options["region"], options["machine_type"], options["service_enabled"])

    answer(module, read)


def region_of(client: Client, project: str, name: str, machine_type: str, service_enabled: bool) -> dict[str, object]:
    """What is known of the region; nothing, as long as the project has not enabled Compute Engine.

    Raises:
        GcpError: Google cannot be asked, refuses for another reason, or has not noticed yet that it is enabled.
    """
    try:
        region = client.get("compute.regions.get", COMPUTE, f"{project}/regions/{name}")
    except ApiError as refused:
        if service_enabled or not refused.service_disabled:
            raise
        return {"changed": False, "known": False, "exists": True, "zones": [], "machine_type_zones": []}
    zones = sorted(last(zone) for zone in (region or {}).get("zones", []))
    looked_for = machine_type and "custom-" not in machine_type
    having = [
        zone
        for zone in zones
        if not looked_for
        or client.get("compute.machineTypes.get", COMPUTE, f"{project}/zones/{zone}/machineTypes/{machine_type}")
    ]
    return {
        "changed": False,
        "known": True,
        "exists": region is not None,
        "zones": zones,
        "machine_type_zones": having,
    }


if __name__ == "__main__":
    main()
