"""The environment variables that point any Google client at the local cloud. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from localcloud.settings import Settings

NO_PROXY = "127.0.0.1,localhost,::1"


def client_environment(settings: Settings) -> dict[str, str]:
    """Variables for google-auth, requests, the google.cloud collection and gcloud, by name.

    Sources: google.auth.environment_vars; the collection's GCP_* fall-backs; gcloud's CLOUDSDK_SECTION_PROPERTY.
    """
    key, bundle = str(settings.operator_key), str(settings.authority_bundle)
    return {
        "HTTPS_PROXY": settings.door_url,
        "NO_PROXY": NO_PROXY,
        "REQUESTS_CA_BUNDLE": bundle,
        "GOOGLE_APPLICATION_CREDENTIALS": key,
        "GOOGLE_CLOUD_PROJECT": settings.project,
        "GCP_AUTH_KIND": "serviceaccount",
        "GCP_SERVICE_ACCOUNT_FILE": key,
        "GCP_PROJECT": settings.project,
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": key,
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": bundle,
        "CLOUDSDK_CORE_PROJECT": settings.project,
        "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
        "CLOUDSDK_PROXY_PORT": str(settings.door_port),
        "CLOUDSDK_PROXY_TYPE": "http",
    }


def shell_exports(variables: Mapping[str, str]) -> str:
    """`export NAME=value` lines for a POSIX shell, values quoted."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
