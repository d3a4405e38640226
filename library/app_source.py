#!/usr/bin/python
"""Reads a source and says what image it makes: from a folder or a git URL, by its content.

google.cloud has nothing like it: Cloud Build takes an archive and asks nothing of it.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: app_source
short_description: What image a Flask application's source makes, addressed by its content
description:
  - Reads a folder, or a repository at a revision, and finds the WSGI application, the requirements and the Dockerfile.
    Nothing of the source is run, and nothing of it is changed.
  - A repository is fetched into the cache folder, in check mode too.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [application.source]
attributes:
  check_mode:
    description: Says the same; the build context is not written.
    support: full
  diff_mode:
    description: There is nothing to compare; the tag is the content.
    support: none
options:
  recipe:
    description: The folder with the Dockerfile for sources that have none.
    type: path
    required: true
  dockerfile:
    description: The Dockerfile's path in the source; the one at its root, else the recipe's, when empty.
    type: str
    default: ''
  base:
    description: The image that a Dockerfile with C(ARG BASE) begins from.
    type: str
    required: true
  base_archive:
    description: The file of C(docker save) that holds the base, where there is one.
    type: path
  health_path:
    description: The path that the health check asks for; answered by the image where the application has no such route.
    type: str
    default: /health
  start_command:
    description: A shell command that the container runs before the application is served.
    type: str
    default: ''
  platform:
    description: The platform that the image is for, as Docker names it.
    type: str
    default: linux/amd64
  context:
    description: The tar file to write the build context to. Nothing is written when left out.
    type: path
"""

EXAMPLES = r"""
- name: What this source makes
  app_source:
    source: "{{ playbook_dir }}/app"
    recipe: "{{ role_path }}/files/recipe"
    base: python:3.13-slim
  register: source
"""

RETURN = r"""
tag:
  description: The image's tag, C(source-) and the key.
  returned: always
  type: str
key:
  description: 16 hexadecimal digits over everything that makes the image.
  returned: always
  type: str
application:
  description: The WSGI application; empty where the source's own Dockerfile decides.
  returned: always
  type: str
dockerfile:
  description: The Dockerfile's path in the build context.
  returned: always
  type: str
recipe:
  description: Whether the Dockerfile is ours.
  returned: always
  type: bool
build_arguments:
  description: The build arguments that the Dockerfile takes.
  returned: always
  type: dict
source:
  description: The source, as it may be shown.
  returned: always
  type: str
commit:
  description: The commit of a repository; empty for a folder.
  returned: always
  type: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.source.errors import SourceError
from ansible.module_utils.source.git import secret_of
from ansible.module_utils.source.image import Wishes, plan_image
from ansible.module_utils.source.options import SOURCE_OPTIONS
from ansible.module_utils.source.place import find_place

SPECIFICATION = {
    **SOURCE_OPTIONS,
    "recipe": {"type": "path", "required": True},
    "dockerfile": {"type": "str", "default": ""},
    "base": {"type": "str", "required": True},
    "base_archive": {"type": "path"},
    "health_path": {"type": "str", "default": "/health"},
    "start_command": {"type": "str", "default": ""},
    "platform": {"type": "str", "default": "linux/amd64"},
    "context": {"type": "path"},
}


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)
    options = module.params
    secret = secret_of(options["source"])
    if secret:
        module.no_log_values.add(secret)
    place = None
    try:
        place = find_place(options["source"], options["revision"], Path(options["cache"]), options["directory"])
        plan = plan_image(place.folder, wishes_of(options), Path(options["recipe"]))
        if options["context"] and not module.check_mode:
            plan.write_context(Path(options["context"]))
        key = plan.key
    except SourceError as refused:
        module.fail_json(msg=place.told(str(refused)) if place else str(refused))
    module.exit_json(
        changed=False,
        tag=f"source-{key}",
        key=key,
        application=plan.application.target if plan.application else "",
        dockerfile=plan.dockerfile,
        recipe=plan.recipe is not None,
        build_arguments={"BASE": plan.base} if plan.takes_base else {},
        source=place.shown,
        commit=place.commit,
    )


def wishes_of(options: dict[str, str]) -> Wishes:
    """What the operator sets."""
    return Wishes(
        application=options["application"],
        dockerfile=options["dockerfile"],
        base=options["base"],
        base_archive=Path(options["base_archive"]) if options["base_archive"] else None,
        health_path=options["health_path"],
        start_command=options["start_command"],
        platform=options["platform"],
    )


if __name__ == "__main__":
    main()
