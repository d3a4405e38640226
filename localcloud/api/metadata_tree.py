"""What the metadata server of an instance shows, as one tree (gce-behaviour section 5). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localcloud.resources.metadata import metadata_values
from localcloud.settings import Settings
from localcloud.store.store import Document

Tree = dict[str, Any]


def metadata_tree(instance: Document, project_attributes: Mapping[str, str], settings: Settings) -> Tree:
    """The tree below `/computeMetadata/v1/`; keys are as URLs write them, leaves are text, numbers or lists.

    A tuple is a list that text shows one item a line; a list is JSON in text too.
    """
    number, zone = settings.project_number, _last(instance["zone"])
    return {
        "instance": {
            "attributes": metadata_values(instance.get("metadata")),
            "cpu-platform": instance.get("cpuPlatform", ""),
            "description": instance.get("description", ""),
            "disks": [_disk(index, disk) for index, disk in enumerate(instance.get("disks", []))],
            "hostname": f"{instance['name']}.{zone}.c.{settings.project}.internal",
            "id": int(instance["id"]),
            "image": "",
            "licenses": [],
            "machine-type": f"projects/{number}/machineTypes/{_last(instance['machineType'])}",
            "maintenance-event": "NONE",
            "name": instance["name"],
            "network-interfaces": [
                _interface(interface, number) for interface in instance.get("networkInterfaces", [])
            ],
            "preempted": "FALSE",
            "region": f"projects/{number}/regions/{zone.rpartition('-')[0]}",
            "scheduling": _scheduling(instance.get("scheduling", {})),
            "service-accounts": _service_accounts(instance.get("serviceAccounts", [])),
            "tags": instance.get("tags", {}).get("items", []),
            "zone": f"projects/{number}/zones/{zone}",
        },
        "project": {
            "attributes": dict(project_attributes),
            "numeric-project-id": int(number),
            "project-id": settings.project,
        },
        "universe": {"universe-domain": "googleapis.com"},
    }


def find(tree: Tree, segments: list[str]) -> Any:
    """The part of the tree at a path; list items by their index.

    Raises:
        KeyError: there is nothing.
    """
    node: Any = tree
    for segment in segments:
        if isinstance(node, dict):
            node = node[segment]
        elif isinstance(node, list) and segment.isdigit() and int(segment) < len(node) and is_directory(node):
            node = node[int(segment)]
        else:
            raise KeyError(segment)
    return node


def as_json(node: Any) -> str:
    """A node as `alt=json` and `recursive=true` show it: keys in camelCase, except those of attributes."""
    return json.dumps(_camel(node), separators=(",", ":"))


def as_text(node: Any) -> str:
    """A node as text: a leaf as it is, a directory as one name a line, sub-directories with a slash."""
    if isinstance(node, dict):
        return "".join(f"{name}/\n" if is_directory(value) else f"{name}\n" for name, value in sorted(node.items()))
    if isinstance(node, list) and is_directory(node):
        return "".join(f"{index}/\n" for index in range(len(node)))
    if isinstance(node, tuple):
        return "".join(f"{item}\n" for item in node)
    if isinstance(node, list):
        return json.dumps(node)
    return str(node)


def is_directory(node: Any) -> bool:
    """Whether a path to this node is written with a slash at its end."""
    return isinstance(node, dict) or (isinstance(node, list) and bool(node) and isinstance(node[0], dict))


def _camel(node: Any, *, verbatim: bool = False) -> Any:
    if isinstance(node, list):
        return [_camel(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name if verbatim or "@" in name else _camel_name(name): _camel(value, verbatim=name == "attributes")
        for name, value in node.items()
    }


def _camel_name(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def _disk(index: int, disk: Document) -> Tree:
    return {
        "device-name": disk.get("deviceName", f"persistent-disk-{index}"),
        "index": index,
        "interface": disk.get("interface", "SCSI"),
        "mode": disk.get("mode", "READ_WRITE"),
        "type": disk.get("type", "PERSISTENT"),
    }


def _interface(interface: Document, number: str) -> Tree:
    return {
        "access-configs": [
            {"external-ip": config.get("natIP", ""), "type": config.get("type", "ONE_TO_ONE_NAT")}
            for config in interface.get("accessConfigs", [])
        ],
        "ip": interface.get("networkIP", ""),
        "network": f"projects/{number}/networks/{_last(interface.get('network', ''))}",
    }


def _scheduling(scheduling: Document) -> Tree:
    return {
        "automatic-restart": str(scheduling.get("automaticRestart", True)).upper(),
        "on-host-maintenance": scheduling.get("onHostMaintenance", "MIGRATE"),
        "preemptible": str(scheduling.get("preemptible", False)).upper(),
    }


def _service_accounts(accounts: list[Document]) -> Tree:
    """`default` and the e-mail address name the same account."""
    tree: Tree = {}
    for account in accounts:
        entry = {
            "aliases": ("default",),
            "email": account["email"],
            "scopes": tuple(account.get("scopes", [])),
        }
        tree |= {"default": entry, account["email"]: entry}
    return tree


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
