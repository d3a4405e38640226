#!/usr/bin/python
"""Members of roles of a project.

google.cloud has no module for a project's IAM policy.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_project_iam_binding
short_description: Members of roles of a project
description:
  - Gives roles in a project to members, or takes them from them.
  - All the roles are one read of the project's policy and at most one write, guarded by the policy's etag.
  - Adds to what is there unless O(authoritative=true). Conditional bindings are left alone.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  roles:
    description: The roles, such as V(roles/compute.viewer).
    type: list
    elements: str
    required: true
    aliases: [role]
  members:
    description:
      - Who has each of them, such as V(serviceAccount:NAME@PROJECT.iam.gserviceaccount.com).
      - With O(state=absent), who loses them; left out, everybody does.
    type: list
    elements: str
    default: []
  authoritative:
    description: Whether the members are the whole truth, so that others lose the roles.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: The instances may read the fleet and write logs
  gcp_project_iam_binding:
    roles:
      - roles/compute.viewer
      - roles/logging.logWriter
    members:
      - serviceAccount:flaskscale-instance@flaskscale-local.iam.gserviceaccount.com
"""

RETURN = r"""
resource:
  description: The part of the project's policy that is about these roles, C(bindings); empty when nobody has any.
  returned: always
  type: dict
self_link:
  description: Always empty, since a policy has no URL of its own.
  returned: always
  type: str
actions:
  description: The API methods called, or in check mode the ones that would be.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.iam import ProjectBindings
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, project_of
from ansible.module_utils.gcp.run import answer, converge

SPECIFICATION = {
    **connection_options(),
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "roles": {"type": "list", "elements": "str", "required": True, "aliases": ["role"]},
    "members": {"type": "list", "elements": "str", "default": []},
    "authoritative": {"type": "bool", "default": False},
}


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def converged(client: Client, operations: Operations) -> dict:
        bindings = ProjectBindings(
            project=project_of(module.params),
            roles=tuple(module.params["roles"]),
            members=tuple(module.params["members"]),
            authoritative=module.params["authoritative"],
            present=module.params["state"] == "present",
        )
        return converge(bindings, client, operations, module.check_mode).result()

    answer(module, converged)


if __name__ == "__main__":
    main()
