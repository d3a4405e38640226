"""The Compute Engine project: its own document and the metadata common to all instances (v1/projects)."""

from __future__ import annotations

from localcloud.clock import timestamp
from localcloud.resources.call import Call, handles
from localcloud.resources.collection_methods import mutates
from localcloud.resources.fingerprints import check_fingerprint
from localcloud.resources.iam import default_compute_email
from localcloud.resources.metadata import completed_metadata
from localcloud.resources.operations import operation
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Transaction

_FIRST_DAY = 1_704_067_200.0


def project_path(project: str) -> ResourcePath:
    """Where the project's document is stored: `projects/P` itself."""
    return ResourcePath("compute", project, "", "", "")


def project_document(transaction: Transaction, project: str, settings: Settings) -> Document:
    """Compute Engine's Project; one that nobody has changed has no common metadata."""
    stored = transaction.get(project_path(project))
    if stored is not None:
        return stored.body
    return {
        "kind": "compute#project",
        "id": settings.project_number,
        "creationTimestamp": timestamp(_FIRST_DAY),
        "name": project,
        "commonInstanceMetadata": completed_metadata(None, "metadata"),
        "selfLink": project_path(project).self_link,
        "defaultServiceAccount": default_compute_email(settings),
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "quotas": [],
    }


@handles("compute.projects.get")
def get(call: Call) -> Document:
    """The project of the local cloud."""
    return project_document(call.transaction, call.project, call.settings)


@mutates("compute.projects.setCommonInstanceMetadata")
def set_common_instance_metadata(call: Call) -> Document:
    """The whole metadata is replaced; a sent fingerprint must be the current one."""
    path = project_path(call.project)
    body = project_document(call.transaction, call.project, call.settings)
    check_fingerprint(call.body, body["commonInstanceMetadata"]["fingerprint"], path.relative)
    body["commonInstanceMetadata"] = completed_metadata(call.body, "metadata")
    call.transaction.put(path, body)
    return operation(call, path, body["id"], call.method)
