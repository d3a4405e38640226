#!/usr/bin/python
"""Tries an image on the build host as an instance would run it, before anything of the fleet is changed.

google.cloud has nothing like it; community.docker runs containers and does not ask them anything.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: app_image_smoke
short_description: Runs an image confined as instances do, and asks for its health path
description:
  - Runs the image with a read-only root file system, no capabilities and only C(/tmp) writable, on the build host's
    loopback, until its health path answers 200; then takes the container away.
  - Says what happened where it does not, with the end of the container's log, and with the ports that it listens on
    instead of its own.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [application.engine]
attributes:
  check_mode:
    description: Runs nothing.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  image:
    description: The image to try.
    type: str
    required: true
  port:
    description: The port in the container, which it gets in C(PORT).
    type: int
    default: 5000
  published:
    description: The port of the build host's loopback under which it is asked.
    type: int
    default: 5000
  health_path:
    description: What is asked for.
    type: str
    default: /health
  seconds:
    description: How long it may take.
    type: float
    default: 30.0
  environment:
    description: Environment variables of the container.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Try the image
  app_image_smoke:
    image: us-docker.pkg.dev/project/repository/app:source-0123456789abcdef
"""

RETURN = r"""
elapsed_seconds:
  description: From the start of the container to the first 200; 0 in check mode.
  returned: success
  type: float
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.container.engine import Engine
from ansible.module_utils.container.errors import ContainerError
from ansible.module_utils.container.options import ENGINE_OPTIONS
from ansible.module_utils.container.smoke import Trial, smoke

SPECIFICATION = {
    "image": {"type": "str", "required": True},
    "port": {"type": "int", "default": 5000},
    "published": {"type": "int", "default": 5000},
    "health_path": {"type": "str", "default": "/health"},
    "seconds": {"type": "float", "default": 30.0},
    "environment": {"type": "dict", "default": {}},
    **ENGINE_OPTIONS,
}


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)
    options = module.params
    if module.check_mode:
        module.exit_json(changed=False, elapsed_seconds=0.0)
    trial = Trial(
        image=options["image"],
        port=options["port"],
        published=options["published"],
        path=options["health_path"],
        seconds=options["seconds"],
        # As the instance template writes them: texts as they are, everything else as JSON.
        environment={
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in options["environment"].items()
        },
    )
    try:
        elapsed = smoke(Engine(options["docker"]), trial)
    except ContainerError as failed:
        module.fail_json(msg=str(failed))
    module.exit_json(changed=False, elapsed_seconds=round(elapsed, 2))


if __name__ == "__main__":
    main()
