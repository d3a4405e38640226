#!/usr/bin/python
"""Reads the last lines that an instance wrote to its serial console.

google.cloud has no module that reads the console, which is where a machine that cannot be reached says why.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_serial_port_output_info
short_description: Reads the last lines of an instance's serial console
description:
  - Reads the first serial port of one instance (C(compute.instances.getSerialPortOutput)). Changes nothing.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options:
  zone:
    description: The instance's zone.
    type: str
    required: true
  name:
    description: The instance's name.
    type: str
    required: true
  line_count:
    description: How many lines to return, the last ones.
    type: int
    default: 20
"""

EXAMPLES = r"""
- name: Ask the machine why nobody can log in
  gcp_serial_port_output_info:
    zone: us-central1-a
    name: flaskscale-builder-0123456789ab
  register: console
"""

RETURN = r"""
lines:
  description: The last lines, the oldest first; none of an instance that does not exist.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, project_of
from ansible.module_utils.gcp.resource import COMPUTE
from ansible.module_utils.gcp.run import answer

SPECIFICATION = {
    **connection_options(),
    "zone": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "line_count": {"type": "int", "default": 20},
}


def main() -> None:
    """Read the console and answer with the end of it."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> dict[str, object]:
        options = module.params
        path = f"projects/{project_of(options)}/zones/{options['zone']}/instances/{options['name']}/serialPort"
        output = client.get("compute.instances.getSerialPortOutput", COMPUTE, path) or {}
        lines = str(output.get("contents", "")).splitlines()
        return {"changed": False, "lines": lines[-options["line_count"] :]}

    answer(module, read)


if __name__ == "__main__":
    main()
