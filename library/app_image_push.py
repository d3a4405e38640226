#!/usr/bin/python
"""Pushes an image with a token that is never on a disk or a command line, and answers with its digest.

google.cloud pushes nothing. community.docker logs in to the user's own configuration, where the token would stay.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: app_image_push
short_description: Pushes an image to Artifact Registry and says its digest
description:
  - Logs in as C(oauth2accesstoken) in a configuration folder of its own, pushes, and removes the folder.
  - Runs on the build host.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [application.engine]
attributes:
  check_mode:
    description: Says that it would push.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  image:
    description: The image with its registry, repository and tag.
    type: str
    required: true
  token:
    description: The access token; that of the build host's own service account when left out.
    type: str
"""

EXAMPLES = r"""
- name: Push the image
  app_image_push:
    image: us-docker.pkg.dev/project/repository/app:source-0123456789abcdef
  register: pushed
"""

RETURN = r"""
digest:
  description: The manifest's digest, C(sha256:) and 64 hexadecimal digits; zeros in check mode.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.container.errors import ContainerError
from ansible.module_utils.container.options import ENGINE_OPTIONS
from ansible.module_utils.container.push import metadata_token, push

SPECIFICATION = {
    "image": {"type": "str", "required": True},
    "token": {"type": "str", "no_log": True},
    **ENGINE_OPTIONS,
}


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)
    options = module.params
    if module.check_mode:
        module.exit_json(changed=True, digest="sha256:" + "0" * 64)
    try:
        token = options["token"] or metadata_token()
        module.no_log_values.add(token)
        digest = push(options["docker"], options["image"], token)
    except ContainerError as failed:
        module.fail_json(msg=str(failed))
    module.exit_json(changed=True, digest=digest)


if __name__ == "__main__":
    main()
