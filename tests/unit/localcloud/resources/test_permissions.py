"""Permissions of methods, and what the predefined roles hold."""

from __future__ import annotations

import pytest

from localcloud.resources.permissions import allowed, holds, reads_only, required_permission


@pytest.mark.parametrize(
    ("method", "permission"),
    [
        ("compute.instances.list", "compute.instances.list"),
        ("compute.instances.aggregatedList", "compute.instances.list"),
        ("compute.instances.insert", "compute.instances.create"),
        ("compute.instances.setMetadata", "compute.instances.setMetadata"),
        ("compute.regionInstanceGroupManagers.get", "compute.instanceGroupManagers.get"),
        ("compute.regionInstanceGroupManagers.listManagedInstances", "compute.instanceGroupManagers.get"),
        ("compute.instanceGroupManagers.resize", "compute.instanceGroupManagers.update"),
        ("compute.backendServices.getHealth", "compute.backendServices.get"),
        ("compute.regionAutoscalers.patch", "compute.autoscalers.update"),
        ("compute.globalForwardingRules.insert", "compute.globalForwardingRules.create"),
        ("compute.zoneOperations.wait", "compute.zoneOperations.get"),
        ("iam.projects.serviceAccounts.keys.create", "iam.serviceAccountKeys.create"),
        ("cloudresourcemanager.projects.setIamPolicy", "resourcemanager.projects.setIamPolicy"),
        ("serviceusage.services.batchEnable", "serviceusage.services.enable"),
        ("artifactregistry.projects.locations.repositories.patch", "artifactregistry.repositories.update"),
        ("artifactregistry.projects.locations.repositories.dockerImages.list", "artifactregistry.dockerimages.list"),
    ],
)
def test_the_permission_of_a_method(method: str, permission: str) -> None:
    assert required_permission(method) == permission


@pytest.mark.parametrize(
    ("role", "permission", "held"),
    [
        ("roles/owner", "resourcemanager.projects.setIamPolicy", True),
        ("roles/editor", "compute.instances.delete", True),
        ("roles/editor", "resourcemanager.projects.setIamPolicy", False),
        ("roles/viewer", "compute.instances.list", True),
        ("roles/viewer", "compute.instances.delete", False),
        ("roles/viewer", "resourcemanager.projects.getIamPolicy", True),
        ("roles/viewer", "iam.serviceAccounts.getIamPolicy", False),
        ("roles/compute.viewer", "compute.instanceGroupManagers.get", True),
        ("roles/compute.viewer", "compute.instances.getSerialPortOutput", True),
        ("roles/compute.viewer", "compute.instances.create", False),
        ("roles/artifactregistry.reader", "artifactregistry.repositories.get", True),
        ("roles/artifactregistry.reader", "artifactregistry.repositories.delete", False),
        ("roles/logging.logWriter", "logging.logEntries.create", True),
        ("roles/iam.serviceAccountAdmin", "iam.serviceAccounts.actAs", False),
        ("roles/unheard.of", "compute.instances.list", False),
    ],
)
def test_what_a_role_holds(role: str, permission: str, held: bool) -> None:
    assert holds(role, permission) is held


def test_only_members_of_a_binding_are_allowed() -> None:
    bindings = [{"role": "roles/owner", "members": ["serviceAccount:a@p"]}]
    assert allowed(bindings, "a@p", "compute.instances.delete")
    assert not allowed(bindings, "b@p", "compute.instances.delete")


@pytest.mark.parametrize(
    ("verb", "http_method", "reads"),
    [
        ("get", "GET", True),
        ("listManagedInstances", "POST", True),
        ("getHealth", "POST", True),
        ("validate", "POST", True),
        ("testIamPermissions", "POST", True),
        ("insert", "POST", False),
        ("setIamPolicy", "POST", False),
        ("delete", "DELETE", False),
    ],
)
def test_what_changes_nothing(verb: str, http_method: str, reads: bool) -> None:
    assert reads_only(verb, http_method) is reads
