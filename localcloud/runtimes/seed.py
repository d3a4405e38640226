"""What cloud-init finds when a machine boots: the NoCloud seed. Pure.

Format: https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
"""

from __future__ import annotations

import json

from localcloud.runtimes.runtime import Machine

SEED_FOLDER = "/var/lib/cloud/seed/nocloud"
_NOTHING_TO_DO = "#cloud-config\n{}\n"


def seed_files(machine: Machine) -> dict[str, bytes]:
    """The seed's files by name.

    The instance's numeric id is cloud-init's too: a recreated instance is new to it, one that starts again is not.
    Accounts and keys are not here, as they change while a machine runs: its guest agent follows `ssh-keys`.
    """
    identity = {"instance-id": machine.identity, "local-hostname": machine.name}
    return {
        "meta-data": json.dumps(identity).encode() + b"\n",  # JSON is YAML
        "user-data": (machine.metadata.get("user-data") or _NOTHING_TO_DO).encode(),
    }
