#!/usr/bin/python
"""A release without Docker: a snapshot of the source beside an environment of its own requirements.

google.cloud has nothing like it: it is what instances of the local cloud boot from where there is no registry.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: app_bundle
short_description: A release of the application, addressed by its content
description:
  - Makes a bundle of a folder, or of a repository at a revision, and of an environment with its requirements, under
    the state folder. The source's Dockerfile is not used.
  - Unchanged content makes nothing new. Check mode says the same reference and whether it would be made; a repository
    is fetched into the cache folder, in check mode too.
  - The requirements are installed with pip, in the task's environment variables.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [application.source]
attributes:
  check_mode:
    description: Says the digest and whether the bundle would be made.
    support: full
  diff_mode:
    description: Shows the reference of a bundle that is made.
    support: full
options:
  name:
    description: The release's name, the part before its digest.
    type: str
    required: true
  state_dir:
    description: The local cloud's state folder. Taken from E(LOCALCLOUD_STATE) when left out.
    type: path
    required: true
  python:
    description: The Python that the environment is made from; the one that runs this module when left out.
    type: str
  recipe:
    description:
      - The folder with what is added to sources that do not bring it, C(gunicorn.conf.py) and C(flaskscale_serving.py),
        which answers the health path for applications that do not.
      - Nothing is added when left out, nor where the source's own gunicorn configuration names the application.
    type: path
  health_path:
    description: The path that is answered.
    type: str
    default: /health
"""

EXAMPLES = r"""
- name: This release
  app_bundle:
    source: "{{ playbook_dir }}/app"
    name: flaskscale
    state_dir: "{{ playbook_dir }}/.localcloud"
  register: bundle
"""

RETURN = r"""
reference:
  description: How a template names it, pinned by digest.
  returned: always
  type: str
digest:
  description: The 64 hexadecimal digits.
  returned: always
  type: str
application:
  description: The WSGI application, as it was named or found in the source.
  returned: always
  type: str
folder:
  description: The bundle's folder.
  returned: always
  type: str
"""

import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible.module_utils.bundle.build import Recipe, make_bundle, plan_bundle
from ansible.module_utils.bundle.errors import BundleError
from ansible.module_utils.source.errors import SourceError
from ansible.module_utils.source.git import secret_of
from ansible.module_utils.source.options import SOURCE_OPTIONS
from ansible.module_utils.source.place import find_place

SPECIFICATION = {
    **SOURCE_OPTIONS,
    "name": {"type": "str", "required": True},
    "state_dir": {"type": "path", "required": True, "fallback": (env_fallback, ["LOCALCLOUD_STATE"])},
    "python": {"type": "str"},
    "recipe": {"type": "path"},
    "health_path": {"type": "str", "default": "/health"},
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
        plan = plan_bundle(
            options["name"],
            place.folder,
            options["python"] or sys.executable,
            Path(options["state_dir"]).absolute(),
            Recipe(Path(options["recipe"]), options["health_path"]) if options["recipe"] else None,
            options["application"],
        )
        changed = not plan.is_made
        if changed and not module.check_mode:
            make_bundle(plan)
    except (BundleError, SourceError) as refused:
        module.fail_json(msg=place.told(str(refused)) if place else str(refused))
    module.exit_json(
        changed=changed,
        reference=plan.reference,
        digest=plan.digest,
        application=plan.application.target,
        folder=str(plan.folder),
        diff={"before": "" if changed else f"{plan.reference}\n", "after": f"{plan.reference}\n"},
    )


if __name__ == "__main__":
    main()
