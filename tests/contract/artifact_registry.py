"""Artifact Registry for contract tests: its repositories, and clients of its Docker hosts by account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import requests

from localcloud.api.tokens import Tokens
from tests.registry_client import RegistryClient

if TYPE_CHECKING:
    from tests.contract.conftest import Cloud

API = "https://artifactregistry.googleapis.com/v1"
PROJECT = "flaskscale-local"
HOST = "us-central1-docker.pkg.dev"
PLACE = f"projects/{PROJECT}/locations/us-central1"
READER = f"reader@{PROJECT}.iam.gserviceaccount.com"
NOBODY = f"nobody@{PROJECT}.iam.gserviceaccount.com"
OPERATOR = f"operator@{PROJECT}.iam.gserviceaccount.com"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"
UPLOAD = "artifactregistry.repositories.uploadArtifacts"


def make_repository(session: Any, name: str, location: str = "us-central1", **more: Any) -> None:
    parent = f"{API}/projects/{PROJECT}/locations/{location}/repositories"
    made = session.post(parent, params={"repositoryId": name}, json={"format": "DOCKER", **more})
    assert made.status_code == 200, made.text


def token(cloud: Cloud, account: str = OPERATOR, scope: str = CLOUD_PLATFORM) -> str:
    with cloud.store.transaction() as transaction:
        return str(Tokens(PROJECT, time.time).issue(transaction, account, [scope])["access_token"])


def client(cloud: Cloud, name: str, account: str = OPERATOR, host: str = HOST, **more: str) -> RegistryClient:
    issued = token(cloud, account, **more) if account else ""
    return RegistryClient(f"https://{host}", f"{PROJECT}/{name}", cloud.anonymous(), issued)


def plain_client(cloud: Cloud, name: str) -> RegistryClient:
    session = requests.Session()
    session.trust_env = False
    return RegistryClient(f"http://127.0.0.1:{cloud.settings.registry_port}", name, session, token(cloud))
