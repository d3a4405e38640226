"""The metadata server: who this instance is.

Follows https://cloud.google.com/compute/docs/metadata/querying-metadata: plain HTTP, a header that proves the
caller meant it, and the same header in every genuine answer.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

import requests

from . import errors

_FLAVOR = {"Metadata-Flavor": "Google"}
_TIMEOUT_SECONDS = 2.0
_EXTERNAL_IP = "instance/network-interfaces/0/access-configs/0/external-ip"


@dataclass(frozen=True)
class Identity:
    """What this instance knows of itself. Without a metadata server only `name`, the host's name, is known."""

    name: str
    project: str | None = None
    zone: str | None = None
    internal_ip: str | None = None
    external_ip: str | None = None


class MetadataServer:
    """Reads single values. Each method raises errors.SourceUnavailableError when there is no usable answer."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._session = requests.Session()
        # The metadata server is link-local: a proxy that serves Google's public hosts must never see this.
        self._session.trust_env = False

    def value(self, path: str) -> str:
        """Return the text at computeMetadata/v1/<path>."""
        value = self.optional_value(path)
        if value is None:
            raise errors.metadata_refused(self._host, path, 404)
        return value

    def optional_value(self, path: str) -> str | None:
        """Return the text at computeMetadata/v1/<path>, or None where the server has no such key or no value."""
        url = f"http://{self._host}/computeMetadata/v1/{path}"
        try:
            response = self._session.get(url, headers=_FLAVOR, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            raise errors.metadata_unreachable(self._host, path, type(error).__name__) from error
        if response.status_code == 404:
            return None
        if response.status_code != 200 or response.headers.get("Metadata-Flavor") != "Google":
            raise errors.metadata_refused(self._host, path, response.status_code)
        return response.text.strip() or None

    def internal_ip(self) -> str:
        """The first network interface's address in its network."""
        return self.value("instance/network-interfaces/0/ip")

    def external_ip(self) -> str | None:
        """The first network interface's public address; None for an instance without one."""
        return self.optional_value(_EXTERNAL_IP)

    def identity(self) -> Identity:
        """Everything the page says about this instance."""
        return Identity(
            name=self.value("instance/name"),
            project=self.value("project/project-id"),
            zone=self.value("instance/zone").rsplit("/", 1)[-1],
            internal_ip=self.internal_ip(),
            external_ip=self.external_ip(),
        )


def identity_of_host() -> Identity:
    """Stand-in for an instance that has no metadata server."""
    return Identity(name=socket.gethostname())
