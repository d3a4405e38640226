#!/usr/bin/python
"""A token of the credentials in use, for a program that must log in by itself. Use it with no_log.

google.cloud has no module that gives out a token.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_access_token
short_description: An access token of the credentials in use
description:
  - Asks for a fresh access token with the credentials that the other modules use. Changes nothing.
  - The result is a secret; give the task C(no_log).
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options: {}
"""

EXAMPLES = r"""
- name: A token for the registry
  gcp_access_token:
    auth_kind: application
  register: login
"""

RETURN = r"""
token:
  description: The access token.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.credentials import access_token
from ansible.module_utils.gcp.errors import GcpError
from ansible.module_utils.gcp.options import connection_options

SPECIFICATION = connection_options()


def main() -> None:
    """Ask for a token."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)
    try:
        token = access_token(module.params)
    except GcpError as refused:
        module.fail_json(msg=str(refused))
    # With auth_kind accesstoken it is the option itself, which Ansible would blot out of the result.
    module.no_log_values.discard(token)
    module.exit_json(changed=False, token=token)


if __name__ == "__main__":
    main()
