#!/usr/bin/python
"""Finds the instances of a region by their names.

google.cloud's info module lists one zone, so that one which is in another than expected is not seen.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance_info
short_description: The instances of a region by their names
description:
  - Lists the instances in all zones of a region whose name matches (C(compute.instances.aggregatedList)).
    Changes nothing.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options:
  names:
    description: A regular expression that the whole name must match, as in Google's filters.
    type: str
    required: true
  region:
    description: The region.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Find the builders
  gcp_instance_info:
    names: flaskscale-builder-[0-9a-f]{12}
    region: us-central1
  register: found
"""

RETURN = r"""
instances:
  description:
    - The instances as Google returns them, the zone by its name. None before the project has enabled Compute Engine.
  type: list
  elements: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.errors import ApiError
from ansible.module_utils.gcp.names import last
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, project_of
from ansible.module_utils.gcp.resource import Document
from ansible.module_utils.gcp.run import answer

SPECIFICATION = {
    **connection_options(),
    "names": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
}


def main() -> None:
    """Look in every zone and answer with those of the region."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> dict[str, object]:
        options = module.params
        found = instances(client, project_of(options), options["names"])
        return {"changed": False, "instances": [one for one in found if one["zone"][:-2] == options["region"]]}

    answer(module, read)


def instances(client: Client, project: str, names: str) -> list[Document]:
    """The project's instances with such a name, in the order of their zones.

    Raises:
        GcpError: Google cannot be asked, or refuses for another reason than that Compute Engine is not enabled.
    """
    try:
        found = [
            {**one, "zone": last(place)} for place, one in client.aggregated("instances", project, f"name eq {names}")
        ]
    except ApiError as refused:
        if refused.service_disabled:
            return []
        raise
    return sorted(found, key=lambda one: (one["zone"], one["name"]))


if __name__ == "__main__":
    main()
