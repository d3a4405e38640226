"""Who may push and pull: Artifact Registry's login and permissions.

The password is an access token, sent as Basic or Bearer; permissions are those of the repository's policy and of its
project's (Artifact Registry: access control with IAM; authentication with an access token).
"""

from __future__ import annotations

import base64
import binascii

from localcloud.api.registry_names import ImageName, Part, Target
from localcloud.api.tokens import CLOUD_PLATFORM, Caller, Tokens
from localcloud.errors.api import ApiError, insufficient_scopes, service_disabled
from localcloud.errors.docker_registry import (
    RegistryRefusalError,
    registry_denied,
    registry_denied_by,
    registry_format_wrong,
    registry_login_missing,
    registry_repository_unknown,
    registry_unauthorized,
    registry_unsupported,
    registry_user_unknown,
)
from localcloud.resources.artifact_registry import bindings_of, repository_path
from localcloud.resources.permissions import allowed
from localcloud.resources.service_usage import is_enabled
from localcloud.store.store import Resource, Transaction

USERS = ("oauth2accesstoken", "_dcgcloud_token")
"""Names to log in with: the documented one, and the one of gcloud's credential helper."""

DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"
UPLOAD = "artifactregistry.repositories.uploadArtifacts"

_API = "artifactregistry.googleapis.com"
_AUTH = "https://www.googleapis.com/auth"
_WRITING_SCOPES = frozenset({CLOUD_PLATFORM, f"{_AUTH}/devstorage.read_write", f"{_AUTH}/devstorage.full_control"})
_READING_SCOPES = _WRITING_SCOPES | {f"{CLOUD_PLATFORM}.read-only", f"{_AUTH}/devstorage.read_only"}
"""Artifact Registry keeps the scopes that Compute Engine's machines have for the older registry."""

_DELETIONS = {
    True: "artifactregistry.versions.delete",
    False: "artifactregistry.tags.delete",
}


def required(http_method: str, target: Target) -> str:
    """The permission that a request needs.

    Raises:
        RegistryRefusalError: 405, when the protocol as it is served has no such request.
    """
    if target.part is Part.UPLOAD and http_method in ("DELETE", "GET", "PATCH", "POST", "PUT"):
        return UPLOAD
    if target.part is not Part.UPLOAD and http_method in ("GET", "HEAD"):
        return DOWNLOAD
    if target.part is Part.MANIFEST and http_method == "PUT":
        return UPLOAD
    if target.part is Part.MANIFEST and http_method == "DELETE":
        return _DELETIONS[":" in target.reference]
    raise registry_unsupported(http_method, target.part.value)


def access_token(authorization: str) -> str:
    """The token of an Authorization header.

    Raises:
        RegistryRefusalError: 401 when there is none, or the user is not one who has a token for password.
    """
    kind, _, content = authorization.partition(" ")
    if kind.lower() == "bearer" and content:
        return content
    if kind.lower() != "basic":
        raise registry_login_missing()
    try:
        user, _, password = base64.b64decode(content, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise registry_login_missing() from None
    if user not in USERS:
        raise registry_user_unknown(user)
    if not password:
        raise registry_login_missing()
    return password


def log_in(transaction: Transaction, tokens: Tokens, authorization: str, host: str) -> Caller:
    """Who an Authorization header speaks for.

    Raises:
        RegistryRefusalError: 401.
    """
    try:
        return tokens.caller(transaction, f"Bearer {access_token(authorization)}", host)
    except ApiError as error:
        raise registry_unauthorized(error.message) from None


def authorise(transaction: Transaction, caller: Caller, name: ImageName, permission: str) -> Resource:
    """The repository, after a check of scopes, the project, the enabled service and the caller's roles.

    Raises:
        RegistryRefusalError: 403 or 404.
    """
    path = repository_path(name.project, name.location, name.repository)
    scopes = _READING_SCOPES if permission == DOWNLOAD else _WRITING_SCOPES
    try:
        bindings = bindings_of(transaction, path)
        if caller.scopes and caller.scopes.isdisjoint(scopes):
            raise insufficient_scopes(permission)
        if not is_enabled(transaction, name.project, _API):
            raise service_disabled(_API, name.project)
    except ApiError as error:
        raise registry_denied_by(error) from None
    if not allowed(bindings, caller.principal, permission):
        raise registry_denied(permission, path.relative)
    repository = transaction.get(path)
    if repository is None:
        raise registry_repository_unknown(name.repository)
    if repository.body["format"] != "DOCKER":
        raise registry_format_wrong(name.repository, repository.body["format"])
    return repository


def may_mount(transaction: Transaction, caller: Caller, source: ImageName) -> Resource | None:
    """The repository to take a blob from, when the caller may read it."""
    try:
        return authorise(transaction, caller, source, DOWNLOAD)
    except RegistryRefusalError:
        return None
