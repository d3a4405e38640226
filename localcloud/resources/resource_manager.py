"""Resource Manager v1: the project, its IAM policy (cloudresourcemanager.projects.*), and the seed of a new project."""

from __future__ import annotations

from localcloud.clock import timestamp
from localcloud.errors.api import project_denied
from localcloud.resources.call import Call, handles
from localcloud.resources.permissions import allowed
from localcloud.resources.policies import read_policy, write_policy
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Transaction


def project_path(project: str) -> ResourcePath:
    """Where a project is kept: `projects/P` itself; its IAM policy is in `internal["policy"]`."""
    return ResourcePath("cloudresourcemanager", project, "", "", "")


def find_project(transaction: Transaction, project: str) -> Resource:
    """The stored project.

    Raises:
        ApiError: 403, as Google answers for a project that does not exist or that the caller may not see.
    """
    resource = transaction.get(project_path(project))
    if resource is None:
        raise project_denied(project)
    return resource


def seed_project(transaction: Transaction, settings: Settings, now: float) -> Resource:
    """The settings' project, made when it is not there yet."""
    path = project_path(settings.project)
    resource = transaction.get(path)
    if resource is not None:
        return resource
    body = {
        "projectNumber": settings.project_number,
        "projectId": settings.project,
        "lifecycleState": "ACTIVE",
        "name": settings.project,
        "createTime": timestamp(now),
    }
    return transaction.put(path, body, {})


def grant(transaction: Transaction, project: str, role: str, member: str) -> None:
    """Add one member to a role of the project's policy."""
    resource = find_project(transaction, project)
    policy = read_policy(resource)
    if any(b["role"] == role and member in b["members"] for b in policy.get("bindings", [])):
        return
    policy["bindings"] = [*policy.get("bindings", []), {"role": role, "members": [member]}]
    write_policy(transaction, resource, policy)


@handles("cloudresourcemanager.projects.get")
def get_project(call: Call) -> Document:
    """projects.get."""
    return find_project(call.transaction, str(call.parameters["projectId"])).body


@handles("cloudresourcemanager.projects.list")
def list_projects(call: Call) -> Document:
    """projects.list: the one project there is."""
    return {"projects": [find_project(call.transaction, call.settings.project).body]}


@handles("cloudresourcemanager.projects.getIamPolicy")
def get_policy(call: Call) -> Document:
    """projects.getIamPolicy."""
    return read_policy(find_project(call.transaction, str(call.parameters["resource"])))


@handles("cloudresourcemanager.projects.setIamPolicy")
def set_policy(call: Call) -> Document:
    """projects.setIamPolicy: replaces the bindings when the etag is current."""
    resource = find_project(call.transaction, str(call.parameters["resource"]))
    return write_policy(call.transaction, resource, call.body.get("policy", {}))


@handles("cloudresourcemanager.projects.testIamPermissions")
def test_permissions(call: Call) -> Document:
    """projects.testIamPermissions: the asked permissions that the caller holds."""
    bindings = read_policy(find_project(call.transaction, str(call.parameters["resource"]))).get("bindings", [])
    asked = call.body.get("permissions", [])
    held = [permission for permission in asked if allowed(bindings, call.principal, permission)]
    return {"permissions": held} if held else {}
