"""IAM v1: service accounts, their keys and policies (iam.projects.serviceAccounts.*)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.errors.api import invalid, required_field, service_account_exists, service_account_missing
from localcloud.resources.call import Call, handles
from localcloud.resources.permissions import allowed
from localcloud.resources.policies import read_policy, write_policy
from localcloud.resources.resource_manager import find_project
from localcloud.settings import Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Transaction

_ACCOUNT_ID = re.compile(r"[a-z](?:[-a-z0-9]{4,28}[a-z0-9])")
_PREFIX = "iam.projects.serviceAccounts"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_KEY_BITS = 2048
_LAST_SECOND = "9999-12-31T23:59:59Z"


def service_account_path(project: str, email: str) -> ResourcePath:
    """Where a service account is kept."""
    return ResourcePath("iam", project, "", "serviceAccounts", email)


def default_compute_email(settings: Settings) -> str:
    """The service account that instances use when a template says `default`."""
    return f"{settings.project_number}-compute@developer.gserviceaccount.com"


def make_service_account(
    transaction: Transaction, settings: Settings, email: str, fields: Document | None = None
) -> Document:
    """Store a new service account.

    Raises:
        ApiError: 409 when there is one with this e-mail.
    """
    path = service_account_path(settings.project, email)
    if transaction.get(path) is not None:
        raise service_account_exists(path.relative)
    body = {
        "name": path.relative,
        "projectId": settings.project,
        "uniqueId": str(10**20 + transaction.next_number("service_accounts")),
        "email": email,
        "oauth2ClientId": str(10**20 + transaction.next_number("service_account_clients")),
        **{key: value for key, value in (fields or {}).items() if key in ("displayName", "description")},
    }
    internal: Document = {}
    return _shown(transaction.put(path, body, internal))


def make_key(transaction: Transaction, account: Resource, now_text: str) -> tuple[Document, Document]:
    """A new key of a service account: the key's document, and the key file that is shown once and not kept."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_id = hashlib.sha256(public).hexdigest()[:40]
    path = account.path.child("keys", key_id)
    body = {
        "name": f"{account.path.relative}/keys/{key_id}",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
        "validAfterTime": now_text,
        "validBeforeTime": _LAST_SECOND,
    }
    transaction.put(path, body, {"public_key": public.decode()})
    file = {
        "type": "service_account",
        "project_id": account.path.project,
        "private_key_id": key_id,
        "private_key": private.decode(),
        "client_email": account.path.name,
        "client_id": account.body["oauth2ClientId"],
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": TOKEN_URI,
        "universe_domain": "googleapis.com",
    }
    return body, file


@handles(f"{_PREFIX}.create")
def create(call: Call) -> Document:
    """serviceAccounts.create: `accountId` becomes the e-mail's first part."""
    project = find_project(call.transaction, _project_of(call.parameters["name"]))
    account_id = call.body.get("accountId")
    if not account_id:
        raise required_field("accountId")
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise invalid(
            f"The account ID '{account_id}' does not have a length between 6 and 30, or has other characters than "
            "lower-case letters, digits and dashes after a first letter."
        )
    email = f"{account_id}@{project.path.project}.iam.gserviceaccount.com"
    return make_service_account(call.transaction, call.settings, email, call.body.get("serviceAccount"))


@handles(f"{_PREFIX}.get")
def get(call: Call) -> Document:
    """serviceAccounts.get."""
    return _shown(_account(call, "name"))


@handles(f"{_PREFIX}.list")
def list_accounts(call: Call) -> Document:
    """serviceAccounts.list."""
    project = _project_of(call.parameters["name"])
    return {"accounts": [_shown(item) for item in call.transaction.list("iam", "serviceAccounts", project=project)]}


@handles(f"{_PREFIX}.update", f"{_PREFIX}.patch")
def update(call: Call) -> Document:
    """serviceAccounts.update and patch: display name and description are all that can change."""
    resource = _account(call, "name")
    if call.method.endswith(".patch"):
        fields = call.body.get("serviceAccount") or {}
        mask = (call.body.get("updateMask") or ",".join(fields)).replace("display_name", "displayName")
        names = [name for name in mask.split(",") if name]
        refused = [name for name in names if name not in ("displayName", "description")]
        if refused:
            raise invalid(f"The field '{refused[0]}' of a service account cannot be changed")
    else:
        fields, names = call.body, ["displayName"]
    body = resource.body | {name: fields.get(name) or "" for name in names}
    return _shown(call.transaction.put(resource.path, body))


@handles(f"{_PREFIX}.delete")
def delete(call: Call) -> Document:
    """serviceAccounts.delete: its keys go with it."""
    resource = _account(call, "name")
    for key in call.transaction.list("iam", f"serviceAccounts/{resource.path.name}/keys"):
        call.transaction.delete(key.path)
    call.transaction.delete(resource.path)
    return {}


@handles(f"{_PREFIX}.enable", f"{_PREFIX}.disable")
def set_enabled(call: Call) -> Document:
    """serviceAccounts.enable and disable: a disabled account gets no tokens."""
    resource = _account(call, "name")
    body = {key: value for key, value in resource.body.items() if key != "disabled"}
    if call.method.endswith(".disable"):
        body["disabled"] = True
    call.transaction.put(resource.path, body)
    return {}


@handles(f"{_PREFIX}.getIamPolicy")
def get_policy(call: Call) -> Document:
    """serviceAccounts.getIamPolicy."""
    return read_policy(_account(call, "resource"))


@handles(f"{_PREFIX}.setIamPolicy")
def set_policy(call: Call) -> Document:
    """serviceAccounts.setIamPolicy."""
    return write_policy(call.transaction, _account(call, "resource"), call.body.get("policy", {}))


@handles(f"{_PREFIX}.testIamPermissions")
def test_permissions(call: Call) -> Document:
    """serviceAccounts.testIamPermissions: by the account's own policy and the project's."""
    resource = _account(call, "resource")
    project = find_project(call.transaction, resource.path.project)
    bindings = [*read_policy(resource).get("bindings", []), *read_policy(project).get("bindings", [])]
    asked = call.body.get("permissions", [])
    held = [permission for permission in asked if allowed(bindings, call.principal, permission)]
    return {"permissions": held} if held else {}


@handles(f"{_PREFIX}.keys.create")
def create_key(call: Call) -> Document:
    """keys.create: the private key is in the reply and nowhere else."""
    if call.body.get("privateKeyType") not in (None, "TYPE_UNSPECIFIED", "TYPE_GOOGLE_CREDENTIALS_FILE"):
        raise invalid("the local cloud makes keys of privateKeyType TYPE_GOOGLE_CREDENTIALS_FILE only")
    if call.body.get("keyAlgorithm") not in (None, "KEY_ALG_UNSPECIFIED", "KEY_ALG_RSA_2048"):
        raise invalid("the local cloud makes keys of keyAlgorithm KEY_ALG_RSA_2048 only")
    body, file = make_key(call.transaction, _account(call, "name"), _zulu(call.now))
    data = base64.b64encode(json.dumps(file, indent=2).encode()).decode()
    return body | {"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "privateKeyData": data}


@handles(f"{_PREFIX}.keys.get")
def get_key(call: Call) -> Document:
    """keys.get: with the public key when `publicKeyType` asks for it."""
    key = _key(call)
    if call.parameters.get("publicKeyType") in ("TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY"):
        return key.body | {"publicKeyData": base64.b64encode(key.internal["public_key"].encode()).decode()}
    return key.body


@handles(f"{_PREFIX}.keys.list")
def list_keys(call: Call) -> Document:
    """keys.list."""
    resource = _account(call, "name")
    keys = [key.body for key in call.transaction.list("iam", f"serviceAccounts/{resource.path.name}/keys")]
    wanted = call.parameters.get("keyTypes")
    if wanted and "KEY_TYPE_UNSPECIFIED" not in wanted:
        keys = [key for key in keys if key["keyType"] in wanted]
    return {"keys": keys} if keys else {}


@handles(f"{_PREFIX}.keys.delete")
def delete_key(call: Call) -> Document:
    """keys.delete."""
    call.transaction.delete(_key(call).path)
    return {}


def find_account(transaction: Transaction, project: str, email_or_id: str) -> Resource | None:
    """A service account by e-mail address or unique id, or None."""
    found = transaction.get(service_account_path(project, email_or_id))
    if found is not None or not email_or_id.isdigit():
        return found
    accounts = transaction.list("iam", "serviceAccounts", project=project)
    return next((item for item in accounts if item.body["uniqueId"] == email_or_id), None)


def _account(call: Call, parameter: str) -> Resource:
    name = str(call.parameters[parameter])
    parts = name.split("/")
    found = find_account(call.transaction, parts[1], parts[3])
    if found is None:
        raise service_account_missing("/".join(parts[:4]))
    return found


def _key(call: Call) -> Resource:
    account = _account(call, "name")
    key_id = str(call.parameters["name"]).split("/")[5]
    key = call.transaction.get(account.path.child("keys", key_id))
    if key is None:
        raise service_account_missing(f"{account.path.relative}/keys/{key_id}")
    return key


def _project_of(name: Any) -> str:
    return str(name).split("/")[1]


def _shown(resource: Resource) -> Document:
    digest = hashlib.sha256(f"{resource.path}:{resource.version}".encode()).digest()
    return resource.body | {"etag": base64.b64encode(digest[:8]).decode()}


def _zulu(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
