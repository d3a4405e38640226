#!/usr/bin/python
"""What the documentation tools read; the work is done by action_plugins/fleet_wait.py, which can speak while it waits.

google.cloud has no module that waits for a rollout, and a module cannot show progress.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_wait
short_description: Waits until a rollout is done, and says how far it is
description:
  - Looks at the fleet with M(gcp_fleet_info) until it has its size, every instance serves and the versions are reached.
  - Prints a line when something changes and every ten seconds.
  - Fails with one sentence that names the instance, its state and the last lines of its log.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.fleet]
attributes:
  check_mode:
    description: Does not wait, since nothing was changed that could be waited for.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
options:
  timeout_sec:
    description: How many seconds to wait at most.
    type: int
    default: 600
  interval_sec:
    description: How many seconds between two looks.
    type: float
    default: 2
  unhealthy_limit_sec:
    description: How many seconds a new instance may be unhealthy before the rollout is lost; 0 for no limit.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: The release is serving
  fleet_wait:
    name: flaskscale-group
    region: us-central1
    timeout_sec: 600
"""

RETURN = r"""
fleet:
  description: The fleet at the end, as M(gcp_fleet_info) returns it.
  returned: when it was waited for
  type: dict
waited_sec:
  description: How many seconds it took.
  returned: always
  type: float
"""
