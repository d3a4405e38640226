#!/usr/bin/python
"""Lists what there is of one deployment, by the names that are made from its own.

google.cloud has a module for each kind: it would take a dozen tasks.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_deployment_info
short_description: Lists what there is of one deployment
description:
  - Lists every resource whose name matches O(names). Changes nothing.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.reading]
options:
  names:
    description: A regular expression (RE2) that the deployment's names match from beginning to end.
    type: str
    required: true
  region:
    description: The region whose groups, autoscalers and subnetworks are listed.
    type: str
    required: true
  zone:
    description: A zone whose groups and autoscalers are listed too.
    type: str
  dns_zone:
    description: The managed zone of Cloud DNS; not looked for when left out.
    type: str
  registry_location:
    description: Where the repository of images is.
    type: str
    required: true
  registry_repository:
    description: The repository of images.
    type: str
    required: true
  service_account_emails:
    description: The deployment's service accounts.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: List what is left
  gcp_deployment_info:
    names: flaskscale-(network|subnetwork)
    region: us-central1
    registry_location: us-central1
    registry_repository: flaskscale
    service_account_emails:
      - flaskscale-instance@flaskscale-local.iam.gserviceaccount.com
  register: deployment
"""

RETURN = r"""
resources:
  description: A line for each resource, its kind and its name, for instance C(networks flaskscale-network).
  returned: success
  type: list
  elements: str
"""

from collections.abc import Iterator
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.errors import ApiError
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import connection_options, project_of
from ansible.module_utils.gcp.resource import ARTIFACT_REGISTRY, COMPUTE, Document, Service
from ansible.module_utils.gcp.run import answer

IAM = Service("iam", "https://iam.googleapis.com/v1/", "none")
DNS = Service("dns", "https://dns.googleapis.com/dns/v1/", "none")
GLOBAL = (
    "forwardingRules",
    "targetHttpProxies",
    "urlMaps",
    "backendServices",
    "addresses",
    "healthChecks",
    "instanceTemplates",
    "firewalls",
    "networks",
)
REGIONAL = ("autoscalers", "instanceGroupManagers", "subnetworks")
ZONAL = ("autoscalers", "instanceGroupManagers")
SPECIFICATION = {
    **connection_options(),
    "names": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
    "zone": {"type": "str"},
    "dns_zone": {"type": "str"},
    "registry_location": {"type": "str", "required": True},
    "registry_repository": {"type": "str", "required": True},
    "service_account_emails": {"type": "list", "elements": "str", "required": True},
}


def main() -> None:
    """List them, kind by kind, in the order in which they are deleted."""
    module = AnsibleModule(argument_spec=SPECIFICATION, supports_check_mode=True)

    def read(client: Client, _operations: Operations) -> dict[str, object]:
        return {"changed": False, "resources": list(resources(client, module.params))}

    answer(module, read)


def resources(client: Client, options: dict[str, Any]) -> Iterator[str]:
    """A line for each resource that exists."""
    project = f"projects/{project_of(options)}"
    yield from _compute_resources(client, project, options)
    path = f"{project}/locations/{options['registry_location']}/repositories/{options['registry_repository']}"
    if client.get("artifactregistry.projects.locations.repositories.get", ARTIFACT_REGISTRY, path):
        yield f"repositories {options['registry_repository']}"
    for email in options["service_account_emails"]:
        if client.get("iam.projects.serviceAccounts.get", IAM, f"{project}/serviceAccounts/{email}"):
            yield f"serviceAccounts {email}"
    if options["dns_zone"] and _zone(client, f"{project}/managedZones/{options['dns_zone']}"):
        yield f"managedZones {options['dns_zone']}"


def _compute_resources(client: Client, project: str, options: dict[str, Any]) -> Iterator[str]:
    places = [(f"{project}/global", GLOBAL), (f"{project}/regions/{options['region']}", REGIONAL)]
    if options["zone"]:
        places.append((f"{project}/zones/{options['zone']}", ZONAL))
    filtered = {"filter": f"name eq {options['names']}"}
    for place, kinds in places:
        for kind in kinds:
            for page in client.pages(f"compute.{kind}.list", COMPUTE, f"{place}/{kind}", filtered):
                yield from (f"{kind} {found['name']}" for found in page.get("items", []))
    for _, found in client.aggregated("instances", project_of(options), filtered["filter"]):
        yield f"instances {found['name']}"


def _zone(client: Client, path: str) -> Document | None:
    """The managed zone; none where Cloud DNS was never enabled, which is the last thing that a deployment does."""
    try:
        return client.get("dns.managedZones.get", DNS, path)
    except ApiError as refused:
        if refused.service_disabled:
            return None
        raise


if __name__ == "__main__":
    main()
