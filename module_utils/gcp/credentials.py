"""Credentials as google.cloud's modules take them: the same options, the same environment variables."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from .errors import CredentialsUnusableError, LibraryMissingError, SettingMissingError

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


def authorized_session(options: Mapping[str, Any]) -> Any:
    """A requests session that sends a token with every request (google.auth's AuthorizedSession).

    `options` holds auth_kind, scopes, service_account_file, service_account_contents and access_token.

    Raises:
        LibraryMissingError: google-auth or requests is not installed.
        SettingMissingError: auth_kind needs an option that is not set.
        CredentialsUnusableError: what the option names cannot be read.
    """
    try:
        import google.auth.exceptions
        from google.auth.transport.requests import AuthorizedSession
    except ImportError as missing:
        raise LibraryMissingError(missing.name or "google-auth", sys.executable) from missing
    try:
        session: Any = AuthorizedSession  # google-auth carries no types
        return session(_credentials(options))
    except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as unusable:
        raise CredentialsUnusableError(options["auth_kind"], str(unusable)) from unusable


def access_token(options: Mapping[str, Any]) -> str:
    """A token of the credentials that the options name: a fresh one, unless it is a token that they name.

    Raises:
        GcpError: as authorized_session, or the token endpoint refuses.
    """
    session = authorized_session(options)
    if options["auth_kind"] == "accesstoken":
        return str(options["access_token"])
    import google.auth.exceptions
    from google.auth.transport.requests import Request

    try:
        session.credentials.refresh(Request())
    except google.auth.exceptions.GoogleAuthError as refused:
        reason = str(refused.args[0] if refused.args else refused)
        raise CredentialsUnusableError(options["auth_kind"], reason) from refused
    return str(session.credentials.token)


def _credentials(options: Mapping[str, Any]) -> Any:
    import google.auth
    from google.auth import compute_engine
    from google.oauth2 import credentials, service_account

    machine: Any = compute_engine.Credentials
    token: Any = credentials.Credentials
    account: Any = service_account.Credentials
    scopes = options.get("scopes") or [CLOUD_PLATFORM]
    kind = options["auth_kind"]
    if kind == "application":
        found, _ = google.auth.default(scopes=scopes)
        return found
    if kind == "machineaccount":
        return machine(scopes=scopes)
    if kind == "accesstoken":
        if not options.get("access_token"):
            raise SettingMissingError("access_token", "GCP_ACCESS_TOKEN")
        return token(options["access_token"], scopes=scopes)
    if options.get("service_account_file"):
        return account.from_service_account_file(options["service_account_file"], scopes=scopes)
    if options.get("service_account_contents"):
        contents = options["service_account_contents"]
        information = json.loads(contents) if isinstance(contents, str) else contents
        return account.from_service_account_info(information, scopes=scopes)
    raise SettingMissingError("service_account_file", "GCP_SERVICE_ACCOUNT_FILE")
