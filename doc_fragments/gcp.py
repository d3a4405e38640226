"""What the documentation of the own modules has in common: `extends_documentation_fragment: [gcp, gcp.converging]`.

Options only: ansible-core before 2.20 knows no fragments of RETURN, and Python 3.11 has 2.19.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks the parts up by the name after the dot, in capitals."""

    DOCUMENTATION = r"""
options:
  project:
    description: The project's id. Taken from E(GCP_PROJECT) when left out.
    type: str
  auth_kind:
    description: Whose credentials are used. Taken from E(GCP_AUTH_KIND) when left out.
    type: str
    choices: [application, serviceaccount, accesstoken, machineaccount]
    default: application
  service_account_file:
    description: A service account's key file, for O(auth_kind=serviceaccount). Taken from E(GCP_SERVICE_ACCOUNT_FILE).
    type: path
  service_account_contents:
    description: The key itself, as JSON. Taken from E(GCP_SERVICE_ACCOUNT_CONTENTS).
    type: jsonarg
  access_token:
    description: A token, for O(auth_kind=accesstoken). Taken from E(GCP_ACCESS_TOKEN).
    type: str
  scopes:
    description: The OAuth scopes asked for. Taken from E(GCP_SCOPES).
    type: list
    elements: str
    default: ['https://www.googleapis.com/auth/cloud-platform']
  wait_timeout_sec:
    description: How many seconds to wait for Google to finish what this module asked for, in all.
    type: int
    default: 300
"""

    # Modules that bring a resource to what is declared.
    CONVERGING = r"""
attributes:
  check_mode:
    description: Says what would change and writes nothing.
    support: full
  diff_mode:
    description: Shows the declared fields before and after.
    support: full
options:
  state:
    description: Whether it is to be there.
    type: str
    choices: [present, absent]
    default: present
"""

    # Modules that only read.
    READING = r"""
attributes:
  check_mode:
    description: Reads all the same.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
options: {}
"""

    # Which fleet, for those that read one.
    FLEET = r"""
options:
  name:
    description: The instance group manager's name.
    type: str
    required: true
  zone:
    description: The zone of a zonal group. Give this or O(region).
    type: str
  region:
    description: The region of a regional group. Give this or O(zone).
    type: str
  autoscaler:
    description: The autoscaler. Left out, the one that the group says sizes it.
    type: str
    default: ''
  backend_service:
    description: The backend service whose health checks are asked; not asked when left out.
    type: str
    default: ''
  forwarding_rule:
    description: The forwarding rule whose address is the fleet's; not asked when left out.
    type: str
    default: ''
  log_lines:
    description: How many of the last log lines of an unhealthy instance to read; 0 reads none.
    type: int
    default: 20
"""
