"""The operator: the service account, owner of the project, whose key file is what a person's clients use."""

from __future__ import annotations

import json

from localcloud.api.private_files import write_private
from localcloud.clock import Clock, timestamp
from localcloud.resources.iam import make_key, make_service_account, service_account_path
from localcloud.resources.resource_manager import grant, project_path, seed_project
from localcloud.resources.service_usage import seed_services
from localcloud.settings import Settings
from localcloud.store.store import Resource, Store, Transaction


def operator_email(settings: Settings) -> str:
    """E-mail of the operator's service account."""
    return f"operator@{settings.project}.iam.gserviceaccount.com"


def ensure_operator_key(store: Store, settings: Settings, clock: Clock) -> None:
    """Make the project, the operator and the key file at `settings.operator_key`, whichever is missing.

    A key file of a cloud that has been reset is replaced, because its key is no longer known.

    Raises:
        StorageFullError: the disk is full.
        OSError: the key file cannot be written.
    """
    with store.transaction() as transaction:
        if transaction.get(project_path(settings.project)) is None:
            seed_project(transaction, settings, clock.now())
            seed_services(transaction, settings.project)
        account = _account(transaction, settings)
        # At every start: whoever locks the operator out of a policy finds the way back in by starting again.
        grant(transaction, settings.project, "roles/owner", f"serviceAccount:{account.path.name}")
        if _key_is_known(transaction, settings, account):
            return
        _, file = make_key(transaction, account, timestamp(clock.now()))
        # Written before the commit: a key file whose key is not stored is replaced at the next start.
        write_private(settings.operator_key, json.dumps(file, indent=2).encode() + b"\n")


def _account(transaction: Transaction, settings: Settings) -> Resource:
    path = service_account_path(settings.project, operator_email(settings))
    found = transaction.get(path)
    if found is None:
        fields = {"displayName": "Operator of the local cloud"}
        make_service_account(transaction, settings, path.name, fields)
        found = transaction.get(path)
    if found is None:
        raise RuntimeError(f"{path} was stored but is not there")
    return found


def _key_is_known(transaction: Transaction, settings: Settings, account: Resource) -> bool:
    try:
        file = json.loads(settings.operator_key.read_text())
        key_id = str(file["private_key_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return transaction.get(account.path.child("keys", key_id)) is not None
