#!/usr/bin/python
"""Builds an image on the build host with BuildKit, and says in a sentence why it could not.

google.cloud builds nothing. community.docker's docker_image_build needs buildx, which Debian 12 does not have.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: app_image_build
short_description: Builds an image with BuildKit on the host it runs on
description:
  - Runs C(docker build) with BuildKit, after it has checked the engine and loaded the base where that is a file.
  - Runs on the build host and needs nothing there but Python and Docker 20.10.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [application.engine]
attributes:
  check_mode:
    description: Says that it would build; checks the engine.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  tag:
    description: The name and tag that the image gets.
    type: str
    required: true
  context:
    description: The folder with the build context.
    type: path
    required: true
  dockerfile:
    description: The Dockerfile's path in the context.
    type: str
    default: Dockerfile
  platform:
    description: The platform that the image is for, as Docker names it.
    type: str
    default: linux/amd64
  build_arguments:
    description: Build arguments by name.
    type: dict
    default: {}
  base_archive:
    description: A file of C(docker save) with the image in the build argument C(BASE); loaded unless the engine has it.
    type: path
  secrets:
    description: Files by the secret's id. A build mounts them, and no layer has them.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Build the image
  app_image_build:
    tag: us-docker.pkg.dev/project/repository/app:source-0123456789abcdef
    context: /tmp/context
    build_arguments:
      BASE: python:3.13-slim
"""

RETURN = r"""
image:
  description: The image's id; empty in check mode.
  returned: always
  type: str
engine:
  description: The engine's version.
  returned: always
  type: str
base_loaded:
  description: Whether the base was loaded from its archive.
  returned: always
  type: bool
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.container.build import Build, build, load_base
from ansible.module_utils.container.engine import Engine
from ansible.module_utils.container.errors import ContainerError
from ansible.module_utils.container.options import ENGINE_OPTIONS

SPECIFICATION = {
    "tag": {"type": "str", "required": True},
    "context": {"type": "path", "required": True},
    "dockerfile": {"type": "str", "default": "Dockerfile"},
    "platform": {"type": "str", "default": "linux/amd64"},
    "build_arguments": {"type": "dict", "default": {}},
    "base_archive": {"type": "path"},
    "secrets": {"type": "dict", "default": {}, "no_log": False},
    **ENGINE_OPTIONS,
}


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)
    options = module.params
    wanted = Build(
        context=Path(options["context"]),
        dockerfile=options["dockerfile"],
        tag=options["tag"],
        platform=options["platform"],
        arguments=options["build_arguments"],
        secrets={name: Path(file) for name, file in options["secrets"].items()},
    )
    engine = Engine(options["docker"])
    image, loaded = "", False
    try:
        version = engine.check()
        if not module.check_mode:
            base = wanted.arguments.get("BASE", "")
            loaded = bool(options["base_archive"] and base) and load_base(engine, base, Path(options["base_archive"]))
            before = engine.image(wanted.tag)
            image = build(engine, wanted)
    except ContainerError as failed:
        module.fail_json(msg=str(failed))
    module.exit_json(
        changed=module.check_mode or loaded or image != before, image=image, engine=version, base_loaded=loaded
    )


if __name__ == "__main__":
    main()
