"""Asks a registry for an image's digest by its tag. Follows the OCI distribution specification, "Pulling manifests"."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from typing import Any

from .client import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, RETRIED_STATUSES, Backoff
from .errors import CredentialsUnusableError, RegistryFailedError, RegistryRefusedError, UnreachableError

METHOD = "registry.manifests.get"
_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_NOT_ENABLED = re.compile(r"SERVICE_DISABLED|has not been used|is disabled", re.IGNORECASE)


def image_digest(
    session: Any,
    host: str,
    name: str,
    tag: str,
    *,
    auth_kind: str = "application",
    absent_when_disabled: bool = False,
    backoff: Backoff | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """`sha256:...` of the manifest that `https://host/v2/name/manifests/tag` answers; empty where there is none.

    `absent_when_disabled` is for check mode: a service that would be enabled first has no images yet.

    Raises:
        RegistryRefusedError: 401 or 403.
        RegistryFailedError: another answer than the manifest, after the last attempt.
        UnreachableError: no answer at all after the last attempt.
        CredentialsUnusableError: no token could be had.
    """
    backoff = backoff or Backoff()
    url = f"https://{host}/v2/{name}/manifests/{tag}"
    for attempt in range(backoff.attempts):
        final = attempt == backoff.attempts - 1
        answer = _ask(session, url, auth_kind)
        if isinstance(answer, Exception):
            if final:
                raise UnreachableError(METHOD, host, attempt + 1, str(answer)) from answer
        elif final or answer.status_code not in RETRIED_STATUSES:
            return _digest(answer, host, name, absent_when_disabled=absent_when_disabled)
        sleep(backoff.delay(attempt, 1.0))
    raise AssertionError("a back-off has at least one attempt")


def _ask(session: Any, url: str, auth_kind: str) -> Any:
    """The response, or the connection error that came instead of one."""
    import google.auth.exceptions
    import requests

    try:
        return session.get(
            url,
            headers={"Accept": ", ".join(_MANIFESTS)},
            timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
        )
    except google.auth.exceptions.RefreshError as refused:
        raise CredentialsUnusableError(auth_kind, str(refused.args[0] if refused.args else refused)) from refused
    except (requests.ConnectionError, requests.Timeout, google.auth.exceptions.TransportError) as lost:
        return lost


def _digest(answer: Any, host: str, name: str, *, absent_when_disabled: bool) -> str:
    if answer.status_code == 200:
        return f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
    if answer.status_code == 404:
        return ""
    message = _message(answer)
    if answer.status_code in (401, 403):
        if absent_when_disabled and _NOT_ENABLED.search(answer.text):
            return ""
        raise RegistryRefusedError(host, name, answer.status_code, message)
    raise RegistryFailedError(host, name, answer.status_code, message)


def _message(answer: Any) -> str:
    """The first error's message in a registry's body."""
    try:
        errors = answer.json()["errors"]
        return str(errors[0].get("message") or errors[0]["code"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return str(answer.reason or "no message")
