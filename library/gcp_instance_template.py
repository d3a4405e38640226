#!/usr/bin/python
"""One instance template, named by its content.

google.cloud.gcp_compute_instance_template does not serve: it "updates" a template by deleting and creating it under
the same name, and knows no check mode.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance_template
short_description: An instance template named by its content
description:
  - Creates an instance template whose name carries the hash of its properties. The same properties have the same
    name and change nothing; any difference makes a new template.
  - Nothing is ever changed or created again under the same name.
  - A changed template is shown against the newest one of its prefix.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name_prefix:
    description:
      - What the name starts with; a hyphen and 12 hexadecimal digits follow. 50 characters at most.
      - With O(state=absent), every template of this prefix is deleted.
    type: str
  name:
    description: A fixed name instead of O(name_prefix). A template of that name with other properties is refused.
    type: str
  keep:
    description:
      - How many older templates of the prefix to keep; all stay when left out.
      - Older ones that no group uses are deleted.
    type: int
  description:
    description: A text for people. Not part of the name.
    type: str
  properties:
    description: What the instances are like. Needed unless O(state=absent).
    type: dict
    suboptions:
      machine_type:
        description: The machine type's name.
        type: str
      description:
        description: A text that the instances carry.
        type: str
      can_ip_forward:
        description: Whether the instances may send and receive packets of other addresses.
        type: bool
      tags:
        description: Network tags.
        type: list
        elements: str
      labels:
        description: Labels.
        type: dict
      metadata:
        description: Metadata keys and their values. No secrets, since everybody who may read the project sees them.
        type: dict
      min_cpu_platform:
        description: The oldest CPU platform to use.
        type: str
      disks:
        description: The disks, the boot disk first.
        type: list
        elements: dict
        suboptions:
          boot:
            description: Whether the instance boots from it.
            type: bool
          auto_delete:
            description: Whether it is deleted with its instance.
            type: bool
          device_name:
            description: The name that the instance sees.
            type: str
          mode:
            description: Whether it can be written.
            type: str
            choices: [READ_WRITE, READ_ONLY]
          type:
            description: Whether it lasts.
            type: str
            choices: [PERSISTENT, SCRATCH]
          interface:
            description: How it is attached.
            type: str
            choices: [SCSI, NVME]
          source:
            description: An existing disk, as a partial path or URL.
            type: str
          disk_size_gb:
            description: Its size in GB.
            type: int
          initialize_params:
            description: How it is made.
            type: dict
            suboptions:
              source_image:
                description: The image, as a partial path or URL.
                type: str
              disk_size_gb:
                description: Its size in GB.
                type: int
              disk_type:
                description: The disk type's name, such as V(pd-balanced).
                type: str
              labels:
                description: Its labels.
                type: dict
      network_interfaces:
        description: The network interfaces.
        type: list
        elements: dict
        suboptions:
          network:
            description: The network, by name, partial path or URL.
            type: str
          subnetwork:
            description: The subnetwork, as a partial path (C(regions/us-central1/subnetworks/NAME)) or URL.
            type: str
          stack_type:
            description: Which IP versions it has.
            type: str
            choices: [IPV4_ONLY, IPV4_IPV6, IPV6_ONLY]
          nic_type:
            description: The kind of network card.
            type: str
            choices: [GVNIC, VIRTIO_NET]
          access_configs:
            description: External addresses; none when left out.
            type: list
            elements: dict
            suboptions:
              type:
                description: The kind of access.
                type: str
                choices: [ONE_TO_ONE_NAT, DIRECT_IPV6]
              name:
                description: Its name.
                type: str
              network_tier:
                description: The network tier.
                type: str
                choices: [PREMIUM, STANDARD]
      service_accounts:
        description: Whose credentials the instances have.
        type: list
        elements: dict
        suboptions:
          email:
            description: The service account.
            type: str
            required: true
          scopes:
            description: The OAuth scopes of its tokens.
            type: list
            elements: str
      scheduling:
        description: What happens in maintenance and when capacity is short.
        type: dict
        suboptions:
          automatic_restart:
            description: Whether Google restarts an instance that it stopped.
            type: bool
          on_host_maintenance:
            description: What happens in maintenance.
            type: str
            choices: [MIGRATE, TERMINATE]
          preemptible:
            description: The older form of O(properties.scheduling.provisioning_model=SPOT).
            type: bool
          provisioning_model:
            description: Whether the instances are Spot.
            type: str
            choices: [STANDARD, SPOT]
          instance_termination_action:
            description: What happens to a preempted Spot instance.
            type: str
            choices: [STOP, DELETE]
      shielded_instance_config:
        description: Protection of the boot.
        type: dict
        suboptions:
          enable_secure_boot:
            description: Whether only signed boot code runs.
            type: bool
          enable_vtpm:
            description: Whether there is a virtual TPM.
            type: bool
          enable_integrity_monitoring:
            description: Whether the boot is measured.
            type: bool
"""

EXAMPLES = r"""
- name: The template of this release
  gcp_instance_template:
    name_prefix: flaskscale
    keep: 5
    properties:
      machine_type: e2-medium
      tags: [flaskscale]
      metadata:
        container-image: "{{ app_image_reference }}"
        container-port: "5000"
      disks:
        - boot: true
          auto_delete: true
          initialize_params:
            source_image: projects/cos-cloud/global/images/family/cos-stable
            disk_size_gb: 10
      network_interfaces:
        - network: flaskscale-network
          subnetwork: regions/us-central1/subnetworks/flaskscale-subnetwork
  register: template
"""

RETURN = r"""
name:
  description: The template's name, also in check mode; empty when a whole prefix is absent.
  returned: always
  type: str
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

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.gcp.client import Client
from ansible.module_utils.gcp.operations import Operations
from ansible.module_utils.gcp.options import checked, place_of, resource_options
from ansible.module_utils.gcp.plan import Target
from ansible.module_utils.gcp.resource import Resource, flag, group, groups, integer, reference, text, text_map, texts
from ansible.module_utils.gcp.run import Described, answer, converge
from ansible.module_utils.gcp.templates import TemplateFamily, content_name
from ansible.module_utils.gcp.values import from_options

INSTANCE_TEMPLATE = Resource(
    kind="instance template",
    collections={"global": "instanceTemplates"},
    segment="instanceTemplates",
    patch="none",
    fields=(
        text("description", immutable=True),
        group(
            "properties",
            text("machine_type"),
            text("description"),
            flag("can_ip_forward"),
            texts("tags", wire="items"),
            text_map("labels"),
            text_map("metadata", wire="key_value_items"),
            text("min_cpu_platform"),
            groups(
                "disks",
                flag("boot"),
                flag("auto_delete"),
                text("device_name"),
                text("mode", choices=("READ_WRITE", "READ_ONLY")),
                text("type", choices=("PERSISTENT", "SCRATCH")),
                text("interface", choices=("SCSI", "NVME")),
                reference("source", "disks", "explicit"),
                integer("disk_size_gb", int64=True),
                group(
                    "initialize_params",
                    reference("source_image", "images"),
                    integer("disk_size_gb", int64=True),
                    text("disk_type"),
                    text_map("labels"),
                ),
            ),
            groups(
                "network_interfaces",
                reference("network", "networks"),
                reference("subnetwork", "subnetworks", "explicit"),
                text("stack_type", choices=("IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY")),
                text("nic_type", choices=("GVNIC", "VIRTIO_NET")),
                groups(
                    "access_configs",
                    text("type", choices=("ONE_TO_ONE_NAT", "DIRECT_IPV6")),
                    text("name"),
                    text("network_tier", choices=("PREMIUM", "STANDARD")),
                ),
            ),
            groups("service_accounts", text("email", required=True), texts("scopes"), key="email"),
            group(
                "scheduling",
                flag("automatic_restart"),
                text("on_host_maintenance", choices=("MIGRATE", "TERMINATE")),
                flag("preemptible"),
                text("provisioning_model", choices=("STANDARD", "SPOT")),
                text("instance_termination_action", choices=("STOP", "DELETE")),
            ),
            group(
                "shielded_instance_config",
                flag("enable_secure_boot"),
                flag("enable_vtpm"),
                flag("enable_integrity_monitoring"),
            ),
            immutable=True,
        ),
    ),
)
SPECIFICATION = {
    **resource_options(INSTANCE_TEMPLATE),
    "name": {"type": "str"},
    "name_prefix": {"type": "str"},
    "keep": {"type": "int"},
}


def subject(options: dict) -> TemplateFamily | Described:
    """One template of a fixed name, or the family of a prefix with the one that the properties name."""
    place = place_of(INSTANCE_TEMPLATE, options)
    declared = from_options(INSTANCE_TEMPLATE.fields, checked(INSTANCE_TEMPLATE.fields, options), place)
    present = options["state"] == "present"
    if options["name"]:
        return Described(Target(INSTANCE_TEMPLATE, place, options["name"]), declared, present)
    name = content_name(options["name_prefix"], INSTANCE_TEMPLATE, declared)
    return TemplateFamily(
        Target(INSTANCE_TEMPLATE, place, name), options["name_prefix"], declared, options["keep"], present
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec=SPECIFICATION,
        required_one_of=[("name", "name_prefix")],
        mutually_exclusive=[("name", "name_prefix")],
        required_if=[("state", "present", ["properties"])],
        supports_check_mode=True,
    )

    def converged(client: Client, operations: Operations) -> dict:
        wanted = subject(module.params)
        result = converge(wanted, client, operations, module.check_mode).result()
        return {
            **result,
            "name": wanted.target.name if module.params["state"] == "present" else module.params["name"] or "",
        }

    answer(module, converged)


if __name__ == "__main__":
    main()
