"""Paths of Docker's protocol: which image of which repository, and what of it (OCI distribution: endpoints)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from localcloud.errors.docker_registry import registry_name_invalid, registry_path_unknown
from localcloud.resources.artifact_registry import DOCKER_HOSTS, LOCATIONS

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DIGEST = r"sha256:[0-9a-f]{64}"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_NAME = rf"(?P<name>{_COMPONENT}(?:/{_COMPONENT})*)"
_PATH = re.compile(
    rf"/v2/{_NAME}/(?:"
    rf"manifests/(?P<manifest>{_TAG}|{_DIGEST})"
    rf"|blobs/(?P<blob>{_DIGEST})"
    r"|blobs/uploads/?(?P<upload>[0-9a-f-]*)"
    r"|(?P<tags>tags/list))"
)
_IMAGE = re.compile(_NAME)


class Part(Enum):
    """What of an image a request is about."""

    MANIFEST = "manifests"
    BLOB = "blobs"
    UPLOAD = "uploads"
    TAGS = "tags"


@dataclass(frozen=True)
class ImageName:
    """An image, by the names Artifact Registry gives.

    Attributes:
        location: of the repository.
        project: its id.
        repository: its name.
        image: path below the repository.
        shown: the name as the client writes it, without the host.
    """

    location: str
    project: str
    repository: str
    image: str
    shown: str


@dataclass(frozen=True)
class Target:
    """What a request is about.

    Attributes:
        name: the image.
        part: what of it.
        reference: tag or digest of a manifest, digest of a blob, name of an upload; may be empty.
    """

    name: ImageName
    part: Part
    reference: str


def location_of(host: str) -> str:
    """The location a host name speaks for; empty for a host whose names begin with it."""
    return DOCKER_HOSTS.get(host, "")


def read_path(path: str, location: str, host: str) -> Target:
    """The target of a path.

    Args:
        path: with its first slash, decoded.
        location: of the host; empty when the path's first part is it.
        host: as the client calls it; for the sentence of a refusal.

    Raises:
        RegistryRefusalError: 404 for a path that is none of the protocol's, 400 for a name without an image.
    """
    matched = _PATH.fullmatch(path)
    if matched is None:
        raise registry_path_unknown(path)
    name = read_name(matched["name"], location)
    if name is None:
        place = "" if location else "LOCATION/"
        raise registry_name_invalid(f"{host}/{place}PROJECT-ID/REPOSITORY/IMAGE")
    if matched["manifest"] is not None:
        return Target(name, Part.MANIFEST, matched["manifest"])
    if matched["blob"] is not None:
        return Target(name, Part.BLOB, matched["blob"])
    if matched["tags"] is not None:
        return Target(name, Part.TAGS, "")
    return Target(name, Part.UPLOAD, matched["upload"])


def read_name(text: str, location: str) -> ImageName | None:
    """The image that a name means; None when it is no name of an image in a location that there is."""
    parts = text.split("/", 2 if location else 3)
    place, rest = (location, parts) if location else (parts[0], parts[1:])
    if place not in LOCATIONS or len(rest) != 3 or not _IMAGE.fullmatch(text):
        return None
    project, repository, image = rest
    return ImageName(place, project, repository, image, text)
