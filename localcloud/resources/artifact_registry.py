"""Artifact Registry v1: repositories, their policies and operations (artifactregistry.projects.locations.*)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from localcloud.clock import timestamp
from localcloud.errors.api import aip_exists, aip_not_found, invalid, required_field
from localcloud.resources.call import Call, handles
from localcloud.resources.catalogue import REGIONS
from localcloud.resources.docker_images import delete_images
from localcloud.resources.permissions import allowed
from localcloud.resources.policies import read_policy, write_policy
from localcloud.resources.resource_manager import find_project
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Transaction

_PREFIX = "artifactregistry.projects.locations.repositories"
_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_LABEL_VALUE = re.compile(r"[-_a-z0-9]{0,63}")
LOCATIONS = (*REGIONS, "asia", "europe", "us")
"""Where repositories can be: regions and multi-regions."""

DOCKER_HOSTS: Mapping[str, str] = {f"{location}-docker.pkg.dev": location for location in LOCATIONS}
"""The location of each host that speaks Docker's protocol."""

_FORMATS = ("APT", "DOCKER", "GENERIC", "GO", "KFP", "MAVEN", "NPM", "PYTHON", "YUM")
_CHANGEABLE = (
    "cleanupPolicies",
    "cleanupPolicyDryRun",
    "description",
    "dockerConfig",
    "labels",
    "vulnerabilityScanningConfig",
)
_TYPE = "type.googleapis.com/google.devtools.artifactregistry.v1"


@handles(f"{_PREFIX}.create")
def create(call: Call) -> Document:
    """repositories.create: a long-running operation whose response is the repository."""
    project, location = _parent(call)
    name = call.parameters.get("repositoryId")
    if not name:
        raise required_field("repositoryId")
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid repository id '{name}': it must begin with a lower-case letter, end with a letter or digit and "
            "hold up to 63 lower-case letters, digits and dashes"
        )
    path = repository_path(project, location, name)
    if call.transaction.get(path) is not None:
        raise aip_exists(path.relative)
    if call.body.get("format") not in _FORMATS:
        raise invalid(f"format is '{call.body.get('format', '')}'; expected one of {', '.join(_FORMATS)}")
    if call.body.get("mode", "STANDARD_REPOSITORY") not in ("MODE_UNSPECIFIED", "STANDARD_REPOSITORY"):
        raise invalid("the local cloud knows repositories of mode STANDARD_REPOSITORY only")
    _check_labels(call.body.get("labels", {}))
    moment = timestamp(call.now)
    body = {
        **call.body,
        "name": path.relative,
        "mode": "STANDARD_REPOSITORY",
        "createTime": moment,
        "updateTime": moment,
        "satisfiesPzi": True,
        "registryUri": f"{location}-{call.body['format'].lower()}.pkg.dev/{project}/{name}",
    }
    # Content is kept under a name that is never used again: a later repository of this name begins empty.
    content = f"{location}/{project}/{name}/{call.transaction.next_number('artifactregistry_content')}"
    call.transaction.put(path, body, {"content": content})
    return _operation(call, path, {"@type": f"{_TYPE}.Repository", **body})


@handles(f"{_PREFIX}.get")
def get(call: Call) -> Document:
    """repositories.get."""
    return _existing(call, "name").body


@handles(f"{_PREFIX}.list")
def list_repositories(call: Call) -> Document:
    """repositories.list of one location; `-` means all."""
    project, location = _parent(call, wildcard=True)
    place = None if location == "-" else f"locations/{location}"
    found = call.transaction.list("artifactregistry", "repositories", project=project, location=place)
    return {"repositories": [repository.body for repository in found]} if found else {}


@handles(f"{_PREFIX}.patch")
def patch(call: Call) -> Document:
    """repositories.patch: replaces the fields of `updateMask`, or those that the body names.

    An immutable field may be sent when it does not change.
    """
    resource = _existing(call, "name")
    mask = call.parameters.get("updateMask") or ",".join(call.body)
    body = dict(resource.body)
    for field in (_camel(part.strip()) for part in mask.split(",") if part.strip()):
        value = call.body.get(field)
        if field not in _CHANGEABLE:
            if value in (None, body.get(field)):
                continue
            raise invalid(f"the field '{field}' of a repository cannot be changed; it is '{body.get(field, '')}'")
        body.pop(field, None)
        if value is not None:
            body[field] = value
    _check_labels(body.get("labels", {}))
    body["updateTime"] = timestamp(call.now)
    return call.transaction.put(resource.path, body).body


@handles(f"{_PREFIX}.delete")
def delete(call: Call) -> Document:
    """repositories.delete: a long-running operation with an empty response; what was pushed goes with it."""
    resource = _existing(call, "name")
    delete_images(call.transaction, resource)
    call.transaction.delete(resource.path)
    return _operation(call, resource.path, {"@type": "type.googleapis.com/google.protobuf.Empty"})


@handles(f"{_PREFIX}.getIamPolicy")
def get_policy(call: Call) -> Document:
    """repositories.getIamPolicy."""
    return read_policy(_existing(call, "resource"))


@handles(f"{_PREFIX}.setIamPolicy")
def set_policy(call: Call) -> Document:
    """repositories.setIamPolicy."""
    return write_policy(call.transaction, _existing(call, "resource"), call.body.get("policy", {}))


@handles(f"{_PREFIX}.testIamPermissions")
def test_permissions(call: Call) -> Document:
    """repositories.testIamPermissions: by the repository's policy and the project's."""
    bindings = bindings_of(call.transaction, _existing(call, "resource").path)
    asked = call.body.get("permissions", [])
    held = [permission for permission in asked if allowed(bindings, call.principal, permission)]
    return {"permissions": held} if held else {}


@handles("artifactregistry.projects.locations.operations.get")
def get_operation(call: Call) -> Document:
    """operations.get: `done` once the configured latency has passed."""
    path = _path(str(call.parameters["name"]))
    found = call.transaction.get(path)
    if found is None:
        raise aip_not_found(path.relative)
    return _shown_operation(found, call.now)


def repository_path(project: str, location: str, name: str) -> ResourcePath:
    """Where a repository is kept."""
    return ResourcePath("artifactregistry", project, f"locations/{location}", "repositories", name)


def bindings_of(transaction: Transaction, path: ResourcePath) -> list[Document]:
    """Whose roles count for a repository: its own policy's, when it exists, and its project's.

    Raises:
        ApiError: 403 when there is no such project.
    """
    project, repository = find_project(transaction, path.project), transaction.get(path)
    own = read_policy(repository).get("bindings", []) if repository else []
    return [*own, *read_policy(project).get("bindings", [])]


def content_name(repository: Resource) -> str:
    """Under which name the registry keeps what is pushed to a repository."""
    path = repository.path
    return str(repository.internal.get("content", f"{path.scope_name}/{path.project}/{path.name}/0"))


def content_names(transaction: Transaction) -> frozenset[str]:
    """The names under which the registry keeps what is pushed to every repository that there is."""
    return frozenset(map(content_name, transaction.list("artifactregistry", "repositories")))


def _operation(call: Call, target: ResourcePath, response: Document) -> Document:
    number = call.transaction.next_number("artifactregistry_operations")
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{target}:{number}"))
    path = ResourcePath("artifactregistry", target.project, target.location, "operations", name)
    internal = {"ends": call.now + call.settings.operation_latency_seconds, "response": response}
    body = {"name": path.relative, "metadata": {"@type": f"{_TYPE}.OperationMetadata"}}
    return _shown_operation(call.transaction.put(path, body, internal), call.now)


def _shown_operation(operation: Resource, now: float) -> Document:
    if now < operation.internal["ends"]:
        return operation.body
    return operation.body | {"done": True, "response": operation.internal["response"]}


def _parent(call: Call, *, wildcard: bool = False) -> tuple[str, str]:
    """Project and location of `parent`.

    Raises:
        ApiError: 400 for a location that is not there, 403 for such a project.
    """
    _, project, _, location = str(call.parameters["parent"]).split("/")
    find_project(call.transaction, project)
    known = (*LOCATIONS, *(("-",) if wildcard else ()))
    if location not in known:
        raise invalid(f"Location '{location}' is not found or access is unauthorized; expected {', '.join(known)}")
    return project, location


def _existing(call: Call, parameter: str) -> Resource:
    path = _path(str(call.parameters[parameter]))
    found = call.transaction.get(path)
    if found is None:
        raise aip_not_found(path.relative)
    return found


def _path(name: str) -> ResourcePath:
    _, project, _, location, collection, last = name.split("/")
    return ResourcePath("artifactregistry", project, f"locations/{location}", collection, last)


def _check_labels(labels: Document) -> None:
    for key, value in labels.items():
        if not _LABEL.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            raise invalid(
                f"the label '{key}={value}' is not valid; keys begin with a lower-case letter, and both hold up to 63 "
                "lower-case letters, digits, dashes and underscores"
            )


def _camel(name: str) -> str:
    """A field mask names fields in either spelling."""
    return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), name)
