"""HTTP sessions of a local cloud's service accounts, through its door, as Google's own clients make them."""

from __future__ import annotations

from pathlib import Path

import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

from tests.cloud import LocalCloud


def account_session(cloud: LocalCloud, key: Path | None = None) -> AuthorizedSession:
    """A session of the account whose key file that is, else of the operator."""
    credentials = service_account.Credentials.from_service_account_file(
        str(key or cloud.state / "keys" / "operator.json"), scopes=["https://www.googleapis.com/auth/cloud-platform"]
    )
    tokens = requests.Session()
    session = AuthorizedSession(credentials, auth_request=Request(tokens))
    for each in (tokens, session):
        each.proxies = {"https": f"http://127.0.0.1:{cloud.settings['LOCALCLOUD_DOOR_PORT']}"}
        each.verify, each.trust_env = str(cloud.state / "ca.pem"), False
    return session
