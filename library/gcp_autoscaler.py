#!/usr/bin/python
"""One autoscaler, of a zone or a region.

google.cloud.gcp_compute_autoscaler does not serve: it updates with PUT on a URL that v1 does not have, knows no
check mode, and has no scaling schedules.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_autoscaler
short_description: An autoscaler of a managed instance group
description:
  - Creates, changes or deletes the autoscaler of one managed instance group, zonal or regional.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The autoscaler's name.
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
  target:
    description:
      - The instance group manager to size, by name, partial path or URL.
      - A name is looked up in the same zone or region.
      - Fixed at creation. An autoscaler is not moved from one group to another.
    type: str
  autoscaling_policy:
    description: How the size is decided.
    type: dict
    suboptions:
      min_num_replicas:
        description: The least instances. Zero is a value.
        type: int
      max_num_replicas:
        description: The most instances.
        type: int
      cool_down_period_sec:
        description: How long a new instance takes to be ready to be measured.
        type: int
      stabilization_period_sec:
        description: How long a lower load must last before the group shrinks.
        type: int
      mode:
        description: Whether the recommended size is applied.
        type: str
        choices: ['ON', 'OFF', ONLY_SCALE_OUT, ONLY_UP]
      cpu_utilization:
        description: Sizing by CPU.
        type: dict
        suboptions:
          utilization_target:
            description: The share of the vCPUs to keep busy, above 0 and up to 1.
            type: float
          predictive_method:
            description: Whether to grow before a load that is foreseen.
            type: str
            choices: [NONE, OPTIMIZE_AVAILABILITY]
      load_balancing_utilization:
        description: Sizing by the share of the load balancer's serving capacity in use.
        type: dict
        suboptions:
          utilization_target:
            description: The share of the backend's capacity to use.
            type: float
      custom_metric_utilizations:
        description: Sizing by Monitoring metrics, matched by metric.
        type: list
        elements: dict
        suboptions:
          metric:
            description: The metric's type.
            type: str
            required: true
          filter:
            description: Which time series of the metric count.
            type: str
          utilization_target:
            description: The value to keep, per instance or for the group.
            type: float
          utilization_target_type:
            description: How the values are read.
            type: str
            choices: [GAUGE, DELTA_PER_SECOND, DELTA_PER_MINUTE]
          single_instance_assignment:
            description: How much of the metric's value one instance takes.
            type: float
      scale_in_control:
        description: How fast the group may shrink.
        type: dict
        suboptions:
          max_scaled_in_replicas:
            description: How many instances below the peak, as a number or a share.
            type: dict
            suboptions:
              fixed:
                description: A number of instances.
                type: int
              percent:
                description: A share of the group, in percent.
                type: int
          time_window_sec:
            description: How far back the peak is looked for.
            type: int
      scaling_schedules:
        description:
          - Least sizes by the clock, as a map from a schedule's name to its settings.
          - The settings are C(schedule), C(time_zone), C(duration_sec), C(min_required_replicas),
            C(disabled) and C(description).
          - A schedule that is not in the map is removed.
        type: dict
"""

EXAMPLES = r"""
- name: Between two and six instances, at half of their CPU
  gcp_autoscaler:
    name: flaskscale-autoscaler
    region: us-central1
    target: flaskscale-group
    autoscaling_policy:
      min_num_replicas: 2
      max_num_replicas: 6
      cool_down_period_sec: 60
      cpu_utilization:
        utilization_target: 0.5

- name: Stop sizing by the load balancer
  gcp_autoscaler:
    name: flaskscale-autoscaler
    region: us-central1
    autoscaling_policy:
      load_balancing_utilization: {}
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
    Resource,
    decimal,
    fixed_or_percent,
    flag,
    group,
    group_map,
    groups,
    integer,
    reference,
    text,
)
from ansible.module_utils.gcp.run import run

AUTOSCALER = Resource(
    kind="autoscaler",
    collections={"zone": "autoscalers", "region": "regionAutoscalers"},
    segment="autoscalers",
    patch="collection",
    item_query="autoscaler",
    fields=(
        text("description"),
        reference("target", "instanceGroupManagers", "same", immutable=True),
        group(
            "autoscaling_policy",
            integer("min_num_replicas"),
            integer("max_num_replicas"),
            integer("cool_down_period_sec"),
            integer("stabilization_period_sec"),
            text("mode", choices=("ON", "OFF", "ONLY_SCALE_OUT", "ONLY_UP")),
            group(
                "cpu_utilization",
                decimal("utilization_target"),
                text("predictive_method", choices=("NONE", "OPTIMIZE_AVAILABILITY"), default="NONE"),
            ),
            group("load_balancing_utilization", decimal("utilization_target")),
            groups(
                "custom_metric_utilizations",
                text("metric", required=True),
                text("filter"),
                decimal("utilization_target"),
                text("utilization_target_type", choices=("GAUGE", "DELTA_PER_SECOND", "DELTA_PER_MINUTE")),
                decimal("single_instance_assignment"),
                key="metric",
            ),
            group(
                "scale_in_control",
                fixed_or_percent("max_scaled_in_replicas"),
                integer("time_window_sec"),
            ),
            group_map(
                "scaling_schedules",
                text("schedule", required=True),
                text("time_zone"),
                integer("duration_sec", required=True),
                integer("min_required_replicas", required=True),
                flag("disabled"),
                text("description"),
            ),
        ),
    ),
)


def main() -> None:
    run(AUTOSCALER)


if __name__ == "__main__":
    main()
