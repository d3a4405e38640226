#!/usr/bin/python
"""One managed instance group, of a zone or a region.

google.cloud.gcp_compute_instance_group_manager does not serve: it updates with PUT on a URL that v1 does not have,
drops a target size of zero, and knows no update policy, versions, autohealing or check mode.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance_group_manager
short_description: A managed instance group
description:
  - Creates, changes or deletes a managed instance group, zonal or regional.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
  - Changing the versions starts a rollout; wait for it with M(fleet_wait).
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The group's name.
    type: str
    required: true
  zone:
    description: The zone of a zonal group. Give this or O(region).
    type: str
  region:
    description: The region of a regional group. Give this or O(zone).
    type: str
  description:
    description: A text for people.
    type: str
  base_instance_name:
    description: What the instances' names start with; 58 characters at most.
    type: str
  initial_size:
    description: The size a new group starts with. Not looked at afterwards, so that an autoscaler can own the size.
    type: int
  target_size:
    description: The size. Leave it out when an autoscaler owns it. Zero is a value.
    type: int
  versions:
    description:
      - Which templates the instances are made from.
      - Exactly one version has no O(versions[].target_size) and takes the rest.
      - The list is the whole truth; a version that is not in it is removed.
    type: list
    elements: dict
    suboptions:
      name:
        description: The version's name. Left alone when left out.
        type: str
      instance_template:
        description: The template, by name, partial path or URL.
        type: str
        required: true
      target_size:
        description: How many instances have this version. Left out means the rest.
        type: dict
        suboptions:
          fixed:
            description: A number of instances.
            type: int
          percent:
            description: A share of the group, in percent.
            type: int
  named_ports:
    description: Names for ports, which backend services use.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name.
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
  auto_healing_policies:
    description: The health check by which instances are replaced. One at most.
    type: list
    elements: dict
    suboptions:
      health_check:
        description: The health check, by name, partial path or URL.
        type: str
        required: true
      initial_delay_sec:
        description: How long a new instance may fail the check.
        type: int
  update_policy:
    description: How a change reaches the instances.
    type: dict
    suboptions:
      type:
        description: Whether instances are changed at once or only when they are made anew.
        type: str
        choices: [PROACTIVE, OPPORTUNISTIC]
      minimal_action:
        description: The least that is done to an instance.
        type: str
        choices: [NONE, REFRESH, RESTART, REPLACE]
      most_disruptive_allowed_action:
        description: The most that may be done to an instance.
        type: str
        choices: [NONE, REFRESH, RESTART, REPLACE]
      max_surge:
        description: How many instances there may be above the size.
        type: dict
        suboptions:
          fixed:
            description: A number of instances.
            type: int
          percent:
            description: A share of the group, in percent.
            type: int
      max_unavailable:
        description: How many instances may be missing.
        type: dict
        suboptions:
          fixed:
            description: A number of instances.
            type: int
          percent:
            description: A share of the group, in percent.
            type: int
      replacement_method:
        description: Whether a replaced instance gets a new name or keeps its name.
        type: str
        choices: [SUBSTITUTE, RECREATE]
      instance_redistribution_type:
        description: Whether a regional group moves instances to keep its zones even.
        type: str
        choices: [PROACTIVE, NONE]
  distribution_policy:
    description: How a regional group is spread.
    type: dict
    suboptions:
      zones:
        description: The zones to use, by name or URL. Fixed at creation.
        type: list
        elements: str
      target_shape:
        description: How evenly the zones are used.
        type: str
        choices: [EVEN, BALANCED, ANY, ANY_SINGLE_ZONE]
  instance_lifecycle_policy:
    description: What a repair does.
    type: dict
    suboptions:
      force_update_on_repair:
        description: Whether a repaired instance takes the newest version.
        type: str
        choices: ['YES', 'NO']
      default_action_on_failure:
        description: Whether failed instances are repaired.
        type: str
        choices: [REPAIR, DO_NOTHING]
"""

EXAMPLES = r"""
- name: A regional group that heals itself
  gcp_instance_group_manager:
    name: flaskscale-group
    region: us-central1
    base_instance_name: flaskscale-group
    initial_size: 2
    versions:
      - name: current
        instance_template: flaskscale-0123456789ab
    named_ports:
      - name: http
        port: 5000
    auto_healing_policies:
      - health_check: flaskscale-health-check
        initial_delay_sec: 60
    update_policy:
      type: PROACTIVE
      minimal_action: REPLACE
      max_surge:
        fixed: 3
      max_unavailable:
        fixed: 0
"""

RETURN = r"""
resource:
  description: The resource as Google returns it; empty when it is absent.
  returned: always
  type: dict
self_link:
  description: Its canonical URL; empty when it is absent.
  returned: always
  type: str
actions:
  description: The API methods called, or in check mode the ones that would be.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.gcp.resource import (
    OwnUpdate,
    Reference,
    Resource,
    fixed_or_percent,
    group,
    groups,
    integer,
    reference,
    text,
    texts,
)
from ansible.module_utils.gcp.run import run

MANAGERS = {"zone": "instanceGroupManagers", "region": "regionInstanceGroupManagers"}
ACTIONS = ("NONE", "REFRESH", "RESTART", "REPLACE")

# Patch takes neither: the size goes through resize, the named ports belong to the instance group beneath.
RESIZE = OwnUpdate("resize", MANAGERS, "{scope}/instanceGroupManagers/{name}/resize", query="size")
SET_NAMED_PORTS = OwnUpdate(
    "setNamedPorts",
    {"zone": "instanceGroups", "region": "regionInstanceGroups"},
    "{scope}/instanceGroups/{name}/setNamedPorts",
    body="namedPorts",
    guarded="{scope}/instanceGroups/{name}",
    after_insert=True,
)

INSTANCE_GROUP_MANAGER = Resource(
    kind="instance group manager",
    collections=MANAGERS,
    segment="instanceGroupManagers",
    fingerprint=True,
    insert_defaults={"targetSize": 0},
    fields=(
        text("description"),
        text("base_instance_name"),
        integer("initial_size", api_name="targetSize", create_only=True),
        integer("target_size", update=RESIZE),
        groups(
            "versions",
            text("name"),
            reference("instance_template", "instanceTemplates", required=True),
            fixed_or_percent("target_size", exact=True),
            key="instance_template",
        ),
        groups(
            "named_ports",
            text("name", required=True),
            integer("port", required=True),
            key="name",
            update=SET_NAMED_PORTS,
        ),
        groups(
            "auto_healing_policies",
            reference("health_check", "healthChecks", required=True),
            integer("initial_delay_sec", default=0),
            key="health_check",
        ),
        group(
            "update_policy",
            text("type", choices=("PROACTIVE", "OPPORTUNISTIC")),
            text("minimal_action", choices=ACTIONS),
            text("most_disruptive_allowed_action", choices=ACTIONS),
            fixed_or_percent("max_surge"),
            fixed_or_percent("max_unavailable"),
            text("replacement_method", choices=("SUBSTITUTE", "RECREATE")),
            text("instance_redistribution_type", choices=("PROACTIVE", "NONE")),
        ),
        group(
            "distribution_policy",
            texts("zones", reference=Reference("zones", "zone_name"), wire="zone_objects", immutable=True),
            text("target_shape", choices=("EVEN", "BALANCED", "ANY", "ANY_SINGLE_ZONE")),
        ),
        group(
            "instance_lifecycle_policy",
            text("force_update_on_repair", choices=("YES", "NO")),
            text("default_action_on_failure", choices=("REPAIR", "DO_NOTHING")),
        ),
    ),
)


def main() -> None:
    run(INSTANCE_GROUP_MANAGER)


if __name__ == "__main__":
    main()
