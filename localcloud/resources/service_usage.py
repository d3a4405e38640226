"""Service Usage v1: which APIs the project has enabled (serviceusage.services.*, operations.get).

A new project has what Google enables for one made in its console ([choice]: that list as of 2026), which holds neither
Compute Engine nor IAM nor Resource Manager nor Artifact Registry: calls to them are refused until they are enabled.
"""

from __future__ import annotations

import hashlib

from localcloud.errors.api import aip_not_found, invalid, service_in_use, service_unknown
from localcloud.resources.call import Call, handles
from localcloud.resources.iam import default_compute_email, make_service_account, service_account_path
from localcloud.resources.resource_manager import find_project, grant
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Transaction

ENABLED_AT_FIRST = (
    "bigquery.googleapis.com",
    "cloudapis.googleapis.com",
    "cloudtrace.googleapis.com",
    "datastore.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "servicemanagement.googleapis.com",
    "serviceusage.googleapis.com",
    "sql-component.googleapis.com",
    "storage-api.googleapis.com",
    "storage-component.googleapis.com",
    "storage.googleapis.com",
)
TITLES = {
    "artifactregistry.googleapis.com": "Artifact Registry API",
    "autoscaling.googleapis.com": "Cloud Autoscaling API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "compute.googleapis.com": "Compute Engine API",
    "certificatemanager.googleapis.com": "Certificate Manager API",
    "containerregistry.googleapis.com": "Container Registry API",
    "dns.googleapis.com": "Cloud DNS API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "iamcredentials.googleapis.com": "IAM Service Account Credentials API",
    "iap.googleapis.com": "Cloud Identity-Aware Proxy API",
    "oslogin.googleapis.com": "Cloud OS Login API",
    "secretmanager.googleapis.com": "Secret Manager API",
    **{service: service.partition(".")[0].replace("-", " ").title() + " API" for service in ENABLED_AT_FIRST},
}
"""Every service that can be enabled, and its title."""

_DEPENDENCIES = {"compute.googleapis.com": ("oslogin.googleapis.com",)}
"""Services that are enabled along with one."""

_BATCH_LIMIT = 20


def is_enabled(transaction: Transaction, project: str, service: str) -> bool:
    """Whether the project has enabled the service; Service Usage itself is always on."""
    return service == "serviceusage.googleapis.com" or transaction.get(_path(project, service)) is not None


def seed_services(transaction: Transaction, project: str) -> None:
    """Enable what a new project has."""
    for service in ENABLED_AT_FIRST:
        transaction.put(_path(project, service), {}, {})


@handles("serviceusage.services.enable")
def enable(call: Call) -> Document:
    """services.enable: an operation that is done at once."""
    project, service = _names(call)
    _enable(call, project, service)
    shown = {"service": _shown(call, project, service)}
    return _operation(call, "enable", [service], shown, "EnableServiceResponse")


@handles("serviceusage.services.batchEnable")
def batch_enable(call: Call) -> Document:
    """services.batchEnable: all or, when one is unknown, none."""
    project = _project(str(call.parameters["parent"]))
    find_project(call.transaction, project)
    services = call.body.get("serviceIds", [])
    if not 1 <= len(services) <= _BATCH_LIMIT:
        raise invalid(f"serviceIds names {len(services)} services; expected 1 to {_BATCH_LIMIT}")
    for service in services:
        _enable(call, project, service)
    shown = [_shown(call, project, service) for service in services]
    return _operation(call, "batchEnable", services, {"services": shown}, "BatchEnableServicesResponse")


@handles("serviceusage.services.disable")
def disable(call: Call) -> Document:
    """services.disable: refused while an enabled service needs it, unless `disableDependentServices`."""
    project, service = _names(call)
    needing = [
        name
        for name, needs in _DEPENDENCIES.items()
        if service in needs and is_enabled(call.transaction, project, name)
    ]
    if needing and not call.body.get("disableDependentServices"):
        raise service_in_use(service, needing[0])
    for name in (*needing, service):
        call.transaction.delete(_path(project, name))
    shown = {"service": _shown(call, project, service)}
    return _operation(call, "disable", [service], shown, "DisableServiceResponse")


@handles("serviceusage.services.get")
def get(call: Call) -> Document:
    """services.get."""
    project, service = _names(call)
    return _shown(call, project, service)


@handles("serviceusage.services.batchGet")
def batch_get(call: Call) -> Document:
    """services.batchGet."""
    project = _project(str(call.parameters["parent"]))
    names = [str(name).rpartition("/")[2] for name in call.parameters.get("names", [])]
    for name in names:
        _known(name)
    return {"services": [_shown(call, project, name) for name in names]}


@handles("serviceusage.services.list")
def list_services(call: Call) -> Document:
    """services.list: `filter` is state:ENABLED or state:DISABLED."""
    project = _project(str(call.parameters["parent"]))
    find_project(call.transaction, project)
    shown = [_shown(call, project, service) for service in sorted(TITLES)]
    wanted = call.parameters.get("filter")
    if wanted in ("state:ENABLED", "state:DISABLED"):
        shown = [item for item in shown if item["state"] == wanted.removeprefix("state:")]
    elif wanted:
        raise invalid(f"The filter '{wanted}' is not known; expected state:ENABLED or state:DISABLED")
    return {"services": shown}


@handles("serviceusage.operations.get")
def get_operation(call: Call) -> Document:
    """operations.get."""
    name = str(call.parameters["name"])
    found = call.transaction.get(_operation_path(call.settings, name.partition("/")[2]))
    if found is None:
        raise aip_not_found(name)
    return found.body


def _enable(call: Call, project: str, service: str) -> None:
    _known(service)
    for name in (service, *_DEPENDENCIES.get(service, ())):
        call.transaction.put(_path(project, name), {}, {})
    if service == "compute.googleapis.com":
        _ensure_default_account(call.transaction, call.settings)


def _ensure_default_account(transaction: Transaction, settings: Settings) -> None:
    """Enabling Compute Engine makes its default service account, an editor of the project."""
    email = default_compute_email(settings)
    if transaction.get(service_account_path(settings.project, email)) is None:
        fields = {"displayName": "Compute Engine default service account"}
        make_service_account(transaction, settings, email, fields)
        grant(transaction, settings.project, "roles/editor", f"serviceAccount:{email}")


def _names(call: Call) -> tuple[str, str]:
    name = str(call.parameters["name"])
    project, service = _project(name), name.rpartition("/")[2]
    find_project(call.transaction, project)
    _known(service)
    return project, service


def _known(service: str) -> None:
    if service not in TITLES:
        raise service_unknown(service)


def _project(name: str) -> str:
    kind, project, *_ = name.split("/")
    if kind != "projects":
        raise invalid(f"'{name}' names no project; expected projects/PROJECT")
    return project


def _path(project: str, service: str) -> ResourcePath:
    return ResourcePath("serviceusage", project, "", "services", service)


def _operation_path(settings: Settings, name: str) -> ResourcePath:
    return ResourcePath("serviceusage", settings.project, "", "operations", name)


def _shown(call: Call, project: str, service: str) -> Document:
    parent = f"projects/{call.settings.project_number}"
    enabled = is_enabled(call.transaction, project, service)
    return {
        "name": f"{parent}/services/{service}",
        "config": {"name": service, "title": TITLES[service]},
        "state": "ENABLED" if enabled else "DISABLED",
        "parent": parent,
    }


def _operation(call: Call, verb: str, services: list[str], response: Document, kind: str) -> Document:
    number = call.transaction.next_number("serviceusage_operations")
    digest = hashlib.sha256(f"{verb}:{services}:{number}".encode()).hexdigest()[:24]
    name = f"acat.p2-{call.settings.project_number}-{digest}"
    document: Document = {
        "name": f"operations/{name}",
        "done": True,
        "response": {"@type": f"type.googleapis.com/google.api.serviceusage.v1.{kind}", **response},
    }
    call.transaction.put(_operation_path(call.settings, name), document, {})
    return document
