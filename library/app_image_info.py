#!/usr/bin/python
"""Asks Artifact Registry whether it has an image under a tag, over the protocol that Docker speaks.

google.cloud has no module that reads images.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: app_image_info
short_description: The digest of an image by its tag, when the registry has it
description:
  - Asks C(https://HOST/v2/NAME/manifests/TAG) with the credentials that the other modules use. Changes nothing.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options:
  host:
    description: The registry's host.
    type: str
    required: true
  name:
    description: The image's name in the registry, for instance V(project/repository/app).
    type: str
    required: true
  tag:
    description: The tag.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Look for the image
  app_image_info:
    host: us-central1-docker.pkg.dev
    name: project/repository/app
    tag: source-0123456789abcdef
  register: image
"""

RETURN = r"""
exists:
  description: Whether the registry has it.
  returned: success
  type: bool
digest:
  description: Its digest, C(sha256:) and 64 hexadecimal digits; empty when there is none.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.credentials import authorized_session
from ansible.module_utils.gcp.errors import GcpError
from ansible.module_utils.gcp.options import connection_options
from ansible.module_utils.gcp.registry import image_digest

SPECIFICATION = {
    **connection_options(),
    "host": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "tag": {"type": "str", "required": True},
}


def main() -> None:
    """Ask, and answer with the digest."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)
    options = module.params
    try:
        digest = image_digest(
            authorized_session(options),
            options["host"],
            options["name"],
            options["tag"],
            auth_kind=options["auth_kind"],
            absent_when_disabled=module.check_mode,
        )
    except GcpError as refused:
        module.fail_json(msg=str(refused))
    module.exit_json(changed=False, exists=bool(digest), digest=digest)


if __name__ == "__main__":
    main()
