"""What every project finds ready: regions, zones, machine types, disk types and public images.

Static data, read only, not stored. Numbers are those of Google's machine family pages.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.settings import Settings
from localcloud.store.path import COMPUTE_PREFIX, ResourcePath
from localcloud.store.store import Document

REGIONS: dict[str, tuple[str, ...]] = {
    "europe-west1": ("b", "c", "d"),
    "us-central1": ("a", "b", "c", "f"),
    "us-east1": ("b", "c", "d"),
}
"""The letters of each region's zones."""

_MADE = "2024-01-15T00:00:00.000-08:00"


@dataclass(frozen=True)
class MachineType:
    """Size of a machine: guest CPUs, memory in MB, whether the CPUs are shared."""

    name: str
    guest_cpus: int
    memory_mb: int
    shared: bool = False
    architecture: str = "X86_64"

    @property
    def description(self) -> str:
        """The one-line description Google gives its machine types."""
        noun = "vCPU" if self.guest_cpus == 1 else "vCPUs"
        return f"{self.guest_cpus} {noun}, {self.memory_mb / 1024:g} GB RAM"


MACHINE_TYPES = {
    machine_type.name: machine_type
    for machine_type in (
        MachineType("e2-micro", 2, 1024, shared=True),
        MachineType("e2-small", 2, 2048, shared=True),
        MachineType("e2-medium", 2, 4096, shared=True),
        MachineType("e2-standard-2", 2, 8192),
        MachineType("e2-standard-4", 4, 16384),
        MachineType("e2-standard-8", 8, 32768),
        MachineType("e2-highcpu-2", 2, 2048),
        MachineType("e2-highcpu-4", 4, 4096),
        MachineType("e2-highmem-2", 2, 16384),
        MachineType("f1-micro", 1, 614, shared=True),
        MachineType("g1-small", 1, 1740, shared=True),
        MachineType("n1-standard-1", 1, 3840),
        MachineType("n1-standard-2", 2, 7680),
        MachineType("n1-standard-4", 4, 15360),
        MachineType("n2-standard-2", 2, 8192),
        MachineType("n2-standard-4", 4, 16384),
        MachineType("n2d-standard-2", 2, 8192),
        MachineType("c3-standard-4", 4, 16384),
        MachineType("c3-standard-8", 8, 32768),
        MachineType("c3-highcpu-4", 4, 8192),
        MachineType("t2d-standard-1", 1, 4096),
        MachineType("t2a-standard-1", 1, 4096, architecture="ARM64"),
    )
}

DISK_TYPES: dict[str, tuple[str, str, str]] = {
    "pd-standard": ("Standard Persistent Disk", "500", "10GB-65536GB"),
    "pd-balanced": ("Balanced Persistent Disk", "100", "10GB-65536GB"),
    "pd-ssd": ("SSD Persistent Disk", "100", "10GB-65536GB"),
    "hyperdisk-balanced": ("Hyperdisk Balanced", "100", "4GB-65536GB"),
}
"""Description, default size and valid sizes of each disk type."""


@dataclass(frozen=True)
class PublicImage:
    """One image of a public image project; the newest of its family."""

    project: str
    name: str
    family: str
    description: str
    size_gb: int
    created: str


IMAGES = (
    PublicImage(
        "cos-cloud",
        "cos-stable-121-18867-90-62",
        "cos-stable",
        "Google, Container-Optimized OS, 121-18867.90.62 stable",
        10,
        "2025-06-10T02:14:31.182-07:00",
    ),
    PublicImage(
        "debian-cloud",
        "debian-12-bookworm-v20250610",
        "debian-12",
        "Debian, Debian GNU/Linux, 12 (bookworm), amd64 built on 20250610",
        10,
        "2025-06-10T09:31:02.417-07:00",
    ),
    PublicImage(
        "ubuntu-os-cloud",
        "ubuntu-2404-noble-amd64-v20250606",
        "ubuntu-2404-lts-amd64",
        "Canonical, Ubuntu, 24.04 LTS, amd64 noble image built on 20250606",
        10,
        "2025-06-06T04:20:44.803-07:00",
    ),
)


def region_of(zone: str) -> str:
    """The region that a zone is in, by its name."""
    return zone.rpartition("-")[0]


def zones_of(region: str) -> tuple[str, ...]:
    """Names of a region's zones; none when there is no such region."""
    return tuple(f"{region}-{letter}" for letter in REGIONS.get(region, ()))


def zone_exists(zone: str) -> bool:
    """True for a zone of the catalogue."""
    return zone in zones_of(region_of(zone))


def location_exists(location: str) -> bool:
    """True for `global`, and for `zones/Z` or `regions/R` of the catalogue."""
    scope, _, name = location.partition("/")
    return location == "global" or (scope == "zones" and zone_exists(name)) or (scope == "regions" and name in REGIONS)


def location_names() -> list[str]:
    """`global`, then every region, then every zone, as aggregated lists are keyed."""
    regions = [f"regions/{region}" for region in REGIONS]
    zones = [f"zones/{zone}" for region in REGIONS for zone in zones_of(region)]
    return ["global", *regions, *zones]


def catalogue_document(path: ResourcePath, settings: Settings) -> Document | None:
    """The document of a catalogue resource, or None when there is no such one.

    Args:
        path: a zone, region, machine type, disk type or image; `images/family` gives the family's newest image.
        settings: names the project, whose catalogue this is; images belong to the public image projects.
    """
    if path.collection in ("images", "images/family"):
        return _image(path)
    if path.project != settings.project:
        return None
    if path.collection == "zones":
        return zone_document(path.project, path.name) if zone_exists(path.name) else None
    if path.collection == "regions":
        return region_document(path.project, path.name) if path.name in REGIONS else None
    if not (path.location.startswith("zones/") and location_exists(path.location)):
        return None
    if path.collection == "machineTypes" and path.name in MACHINE_TYPES:
        return machine_type_document(path.project, path.scope_name, MACHINE_TYPES[path.name])
    if path.collection == "diskTypes" and path.name in DISK_TYPES:
        return disk_type_document(path.project, path.scope_name, path.name)
    return None


def zone_document(project: str, zone: str) -> Document:
    """Compute Engine's Zone."""
    path = ResourcePath("compute", project, "", "zones", zone)
    return {
        **_identity(path, "compute#zone"),
        "description": zone,
        "status": "UP",
        "region": f"{COMPUTE_PREFIX}projects/{project}/regions/{region_of(zone)}",
        "availableCpuPlatforms": ["Intel Broadwell", "Intel Cascade Lake", "AMD Rome", "AMD Milan"],
        "supportsPzs": False,
    }


def region_document(project: str, region: str) -> Document:
    """Compute Engine's Region."""
    path = ResourcePath("compute", project, "", "regions", region)
    return {
        **_identity(path, "compute#region"),
        "description": region,
        "status": "UP",
        "zones": [f"{COMPUTE_PREFIX}projects/{project}/zones/{zone}" for zone in zones_of(region)],
        "quotas": [],
        "supportsPzs": False,
    }


def machine_type_document(project: str, zone: str, machine_type: MachineType) -> Document:
    """Compute Engine's MachineType; its `zone` is the bare name, as Google gives it."""
    path = ResourcePath("compute", project, f"zones/{zone}", "machineTypes", machine_type.name)
    return {
        **_identity(path, "compute#machineType"),
        "description": machine_type.description,
        "guestCpus": machine_type.guest_cpus,
        "memoryMb": machine_type.memory_mb,
        "imageSpaceGb": 0,
        "maximumPersistentDisks": 16 if machine_type.shared else 128,
        "maximumPersistentDisksSizeGb": "3072" if machine_type.shared else "263168",
        "isSharedCpu": machine_type.shared,
        "architecture": machine_type.architecture,
        "zone": zone,
    }


def disk_type_document(project: str, zone: str, name: str) -> Document:
    """Compute Engine's DiskType."""
    description, default, valid = DISK_TYPES[name]
    path = ResourcePath("compute", project, f"zones/{zone}", "diskTypes", name)
    return {
        **_identity(path, "compute#diskType"),
        "description": description,
        "defaultDiskSizeGb": default,
        "validDiskSize": valid,
        "zone": f"{COMPUTE_PREFIX}projects/{project}/zones/{zone}",
    }


def image_documents(project: str) -> list[Document]:
    """The images of a public image project."""
    return [_image_document(image) for image in IMAGES if image.project == project]


def catalogue_list(project: str, collection: str, zone: str = "") -> Iterator[Document]:
    """Every document of a catalogue collection, in order of name; those of a zone need the zone."""
    if collection == "zones":
        for region in REGIONS:
            yield from (zone_document(project, name) for name in zones_of(region))
    elif collection == "regions":
        yield from (region_document(project, region) for region in REGIONS)
    elif collection == "machineTypes":
        for _, machine_type in sorted(MACHINE_TYPES.items()):
            yield machine_type_document(project, zone, machine_type)
    elif collection == "diskTypes":
        yield from (disk_type_document(project, zone, name) for name in sorted(DISK_TYPES))
    else:
        yield from image_documents(project)


def _image(path: ResourcePath) -> Document | None:
    for image in IMAGES:
        wanted = image.family if path.collection == "images/family" else image.name
        if image.project == path.project and wanted == path.name:
            return _image_document(image)
    return None


def _image_document(image: PublicImage) -> Document:
    path = ResourcePath("compute", image.project, "global", "images", image.name)
    return {
        **_identity(path, "compute#image"),
        "creationTimestamp": image.created,
        "description": image.description,
        "family": image.family,
        "status": "READY",
        "sourceType": "RAW",
        "architecture": "X86_64",
        "diskSizeGb": str(image.size_gb),
        "archiveSizeBytes": "1073741824",
        "guestOsFeatures": [{"type": "UEFI_COMPATIBLE"}, {"type": "VIRTIO_SCSI_MULTIQUEUE"}, {"type": "GVNIC"}],
        "storageLocations": ["us"],
    }


def _identity(path: ResourcePath, kind: str) -> Document:
    number = 10**15 + zlib.crc32(f"{path.collection}/{path.location}/{path.name}".encode())
    return {
        "kind": kind,
        "id": str(number),
        "name": path.name,
        "creationTimestamp": _MADE,
        "selfLink": path.self_link,
    }
