"""Which IAM permission a method needs, and which permissions the predefined roles hold.

A role is a list of patterns over permission names (`compute.*.get`). The patterns follow the roles' published
descriptions; a role that is not here grants nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

_READ_VERBS = (
    "aggregatedList",
    "batchGet",
    "get*",
    "list*",
    "preview*",
    "query*",
    "search*",
    "test*",
    "validate",
    "wait",
    "lint*",
)
"""Verbs that change nothing, whatever HTTP method carries them."""

_COMPUTE_READ = ("compute.*.get", "compute.*.get*", "compute.*.list", "compute.projects.get")
_REGISTRY_READ = (
    "artifactregistry.*.get",
    "artifactregistry.*.list",
    "artifactregistry.repositories.downloadArtifacts",
)
_REGISTRY_WRITE = (*_REGISTRY_READ, "artifactregistry.*.upload*", "artifactregistry.tags.*")
_POLICY_WRITE = "*.setIamPolicy"

ROLES: Mapping[str, tuple[str, ...]] = {
    "roles/owner": ("*",),
    "roles/editor": ("*", f"!{_POLICY_WRITE}"),
    "roles/viewer": ("*.get", "*.list", "*.get*", "!*.getIamPolicy", "resourcemanager.projects.getIamPolicy"),
    "roles/compute.viewer": (*_COMPUTE_READ, "resourcemanager.projects.get", "serviceusage.services.get"),
    "roles/compute.admin": ("compute.*", "resourcemanager.projects.get", "serviceusage.services.get"),
    "roles/compute.instanceAdmin.v1": (
        "compute.instances.*",
        "compute.instanceGroups.*",
        "compute.instanceGroupManagers.*",
        "compute.instanceTemplates.*",
        "compute.autoscalers.*",
        "compute.disks.*",
        "compute.images.*",
        *_COMPUTE_READ,
    ),
    "roles/compute.networkAdmin": (
        "compute.networks.*",
        "compute.subnetworks.*",
        "compute.firewalls.get",
        "compute.firewalls.list",
        "compute.routers.*",
        "compute.addresses.*",
        "compute.globalAddresses.*",
        "compute.*orwardingRules.*",
        "compute.backendServices.*",
        "compute.urlMaps.*",
        "compute.healthChecks.*",
        "compute.target*Proxies.*",
        *_COMPUTE_READ,
    ),
    "roles/compute.loadBalancerAdmin": (
        "compute.*orwardingRules.*",
        "compute.backendServices.*",
        "compute.urlMaps.*",
        "compute.healthChecks.*",
        "compute.target*Proxies.*",
        "compute.sslCertificates.*",
        "compute.globalAddresses.*",
        *_COMPUTE_READ,
    ),
    "roles/compute.securityAdmin": (
        "compute.firewalls.*",
        "compute.securityPolicies.*",
        "compute.sslCertificates.*",
        *_COMPUTE_READ,
    ),
    "roles/artifactregistry.reader": _REGISTRY_READ,
    "roles/artifactregistry.writer": _REGISTRY_WRITE,
    "roles/artifactregistry.repoAdmin": (*_REGISTRY_WRITE, "artifactregistry.*.delete"),
    "roles/artifactregistry.admin": ("artifactregistry.*",),
    "roles/logging.logWriter": ("logging.logEntries.create",),
    "roles/monitoring.metricWriter": (
        "monitoring.metricDescriptors.create",
        "monitoring.metricDescriptors.get",
        "monitoring.metricDescriptors.list",
        "monitoring.timeSeries.create",
    ),
    "roles/monitoring.viewer": ("monitoring.*.get", "monitoring.*.list"),
    "roles/iam.serviceAccountUser": (
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.list",
    ),
    "roles/iam.serviceAccountAdmin": ("iam.serviceAccounts.*", "!iam.serviceAccounts.actAs"),
    "roles/iam.serviceAccountKeyAdmin": (
        "iam.serviceAccountKeys.*",
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.list",
    ),
    "roles/iam.serviceAccountTokenCreator": ("iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt"),
    "roles/resourcemanager.projectIamAdmin": ("resourcemanager.projects.*Iam*", "resourcemanager.projects.get"),
    "roles/serviceusage.serviceUsageAdmin": ("serviceusage.*",),
    "roles/serviceusage.serviceUsageConsumer": ("serviceusage.services.get", "serviceusage.services.list"),
    "roles/dns.admin": ("dns.*",),
    "roles/dns.reader": ("dns.*.get", "dns.*.list"),
}

_COMPUTE_NOUNS = {
    "globalOperations": "globalOperations",
    "regionOperations": "regionOperations",
    "zoneOperations": "zoneOperations",
    "globalAddresses": "globalAddresses",
    "globalForwardingRules": "globalForwardingRules",
    "regions": "regions",
}
"""Compute collections whose permission keeps their own name though it begins with a scope."""

_COMPUTE_VERBS = {
    "aggregatedList": "list",
    "getFromFamily": "getFromFamily",
    "getIamPolicy": "getIamPolicy",
    "getSerialPortOutput": "getSerialPortOutput",
    "insert": "create",
    "listInstances": "list",
    "patch": "update",
    "setIamPolicy": "setIamPolicy",
    "testIamPermissions": "get",
    "wait": "get",
}
_INSTANCE_VERBS = frozenset(
    {
        "attachDisk",
        "detachDisk",
        "reset",
        "resume",
        "setDeletionProtection",
        "setLabels",
        "setMachineType",
        "setMetadata",
        "setScheduling",
        "setTags",
        "simulateMaintenanceEvent",
        "start",
        "stop",
        "suspend",
    }
)
_SERVICE_NAMES = {"cloudresourcemanager": "resourcemanager"}
_COLLECTIONS = {"iam.keys": "serviceAccountKeys", "artifactregistry.dockerImages": "dockerimages"}
_VERBS = {"batchEnable": "enable", "batchGet": "get", "batchDelete": "delete", "patch": "update"}


def reads_only(verb: str, http_method: str) -> bool:
    """Whether a method changes nothing: a GET, or a POST that only asks."""
    return http_method == "GET" or any(fnmatchcase(verb, pattern) for pattern in _READ_VERBS)


def required_permission(method: str) -> str:
    """The permission of a discovery method id; regional and global methods need their noun's (gce: IAM permissions)."""
    service, *_, collection, verb = method.split(".")
    if service == "compute":
        return f"compute.{_compute_noun(collection)}.{_compute_verb(collection, verb)}"
    noun = _COLLECTIONS.get(f"{service}.{collection}", collection)
    return f"{_SERVICE_NAMES.get(service, service)}.{noun}.{_VERBS.get(verb, verb)}"


def _compute_noun(collection: str) -> str:
    if collection in _COMPUTE_NOUNS:
        return collection
    scoped = re.fullmatch(r"(?:region|global)([A-Z]\w*)", collection)
    return scoped[1][0].lower() + scoped[1][1:] if scoped else collection


def _compute_verb(collection: str, verb: str) -> str:
    if collection == "instances" and verb in _INSTANCE_VERBS:
        return verb
    if verb in _COMPUTE_VERBS:
        return _COMPUTE_VERBS[verb]
    if verb in ("get", "list", "delete", "update", "use", "setCommonInstanceMetadata", "setLabels"):
        return verb
    return "get" if reads_only(verb, "POST") else "update"


def allowed(bindings: Iterable[Mapping[str, Any]], principal: str, permission: str) -> bool:
    """Whether any binding gives the principal (an e-mail address) the permission."""
    names = {f"serviceAccount:{principal}", f"user:{principal}", "allUsers", "allAuthenticatedUsers"}
    return any(
        holds(binding["role"], permission) for binding in bindings if not names.isdisjoint(binding.get("members", ()))
    )


@cache
def holds(role: str, permission: str) -> bool:
    """Whether a predefined role holds a permission; a pattern after `!` takes away what earlier ones gave."""
    held = False
    for pattern in ROLES.get(role, ()):
        if fnmatchcase(permission, pattern.removeprefix("!")):
            held = not pattern.startswith("!")
    return held
