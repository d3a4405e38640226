"""The machine that an instance's documents describe, as a value for a runtime."""

from __future__ import annotations

from localcloud.resources.catalogue import MACHINE_TYPES
from localcloud.resources.metadata import metadata_values
from localcloud.runtimes.runtime import Machine, RuntimeFaultError
from localcloud.settings import Settings
from localcloud.store.path import compute_path
from localcloud.store.store import Resource, Store

_NO_PROXY = "localhost,127.0.0.1,::1,metadata.google.internal"


def machine_of(instance: Resource, store: Store, settings: Settings) -> Machine:
    """What is to boot, by what the instance, its boot disk and its subnetwork say now.

    Raises:
        RuntimeFaultError: its boot disk was detached.
    """
    body = instance.body
    machine_type = MACHINE_TYPES[body["machineType"].rpartition("/")[2]]
    return Machine(
        name=instance.path.name,
        identity=str(body["id"]),
        zone=instance.path.scope_name,
        virtual_cpus=machine_type.guest_cpus,
        memory_mb=machine_type.memory_mb,
        internal_ip=body["networkInterfaces"][0]["networkIP"],
        metadata=metadata_values(body.get("metadata")),
        boot_image=_boot_image(instance, store),
        subnetwork_range=_subnetwork_range(instance, store),
        environment={
            "HTTPS_PROXY": settings.door_url,
            "REQUESTS_CA_BUNDLE": str(settings.authority_bundle),
            "NO_PROXY": _NO_PROXY,
        },
    )


def _boot_image(instance: Resource, store: Store) -> str:
    """Name of the image that the boot disk was made from; empty for a disk that was made empty."""
    for attached in instance.body["disks"]:
        if attached["boot"]:
            disk = store.get(compute_path(attached["source"]))
            return str(disk.body.get("sourceImage", "")).rpartition("/")[2] if disk else ""
    raise RuntimeFaultError(f"instance {instance.path.name} has no boot disk; attach one and start it again")


def _subnetwork_range(instance: Resource, store: Store) -> str:
    subnetwork = store.get(compute_path(instance.body["networkInterfaces"][0]["subnetwork"]))
    return str(subnetwork.body["ipCidrRange"]) if subnetwork else ""
