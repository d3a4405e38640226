"""The Compute API, read with this instance's own credentials.

Calls per reading: the VMs, and with a group its instance group manager, its managed instances and its autoscaler;
a machine type once per process. https://cloud.google.com/compute/docs/reference/rest/v1
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import google.auth
import google.auth.exceptions
import requests
from google.auth.transport.requests import AuthorizedSession

from . import errors
from .fleet import (
    Autoscaler,
    Fleet,
    Instance,
    last_segment,
    parse_aggregated_instances,
    parse_autoscaler,
    parse_group,
    parse_listed_instances,
    parse_members,
)
from .metadata import Identity
from .settings import Settings

ENDPOINT = "https://compute.googleapis.com/compute/v1/"
SCOPE = "https://www.googleapis.com/auth/compute.readonly"
_TIMEOUT_SECONDS = 5.0


class Session(Protocol):
    """The part of requests.Session that is used."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send one request."""


class ComputeClient:
    """Sends single calls. Each method raises errors.SourceUnavailableError when there is no usable answer."""

    def __init__(self, endpoint: str = ENDPOINT, session: Session | None = None) -> None:
        self._endpoint = endpoint
        self._session = session

    def call(self, method: str, verb: str, path: str, parameters: dict[str, str] | None = None) -> dict[str, Any]:
        """Call an API method (`method` is its name for error sentences) and return the document it answers."""
        try:
            response = self._authorized().request(
                verb, self._endpoint + path, params=parameters, timeout=_TIMEOUT_SECONDS
            )
        except google.auth.exceptions.GoogleAuthError as error:
            raise errors.credentials_missing(_one_line(error)) from error
        except requests.RequestException as error:
            raise errors.compute_unreachable(method, type(error).__name__) from error
        if response.status_code != 200:
            raise errors.compute_refused(method, response.status_code, _error_message(response))
        try:
            document = response.json()
        except requests.exceptions.JSONDecodeError as error:
            raise errors.compute_document_unexpected(method, "not JSON") from error
        if not isinstance(document, dict):
            raise errors.compute_document_unexpected(method, "not an object")
        return document

    def pages(self, method: str, verb: str, path: str) -> Iterator[dict[str, Any]]:
        """Call a list method until its last page."""
        parameters: dict[str, str] = {}
        while True:
            page = self.call(method, verb, path, parameters)
            yield page
            token = page.get("nextPageToken")
            if not token:
                return
            parameters = {"pageToken": token}

    def _authorized(self) -> Session:
        if self._session is None:
            credentials, _ = google.auth.default(scopes=[SCOPE])
            self._session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # it has no types
        return self._session


class FleetReader:
    """Reads the fleet that the settings and this instance's identity point at."""

    def __init__(self, settings: Settings, client: ComputeClient) -> None:
        self._settings = settings
        self._client = client
        self._vcpus: dict[str, int] = {}

    def read(self, identity: Identity, reason: str | None = None) -> Fleet:
        """Read everything once.

        reason: why the identity is incomplete, for the sentence when project or zone cannot be told.
        Raises errors.SourceUnavailableError.
        """
        project = self._settings.project or identity.project
        zone = self._settings.zone or identity.zone
        region = self._settings.region if self._settings.group else None
        if project is None or (zone is None and region is None):
            raise errors.location_unknown(reason or "the metadata server did not say")
        try:
            return self._read(f"projects/{project}", zone, region, identity)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise errors.compute_document_unexpected("a call that reads the fleet", reason) from error

    def _read(self, project: str, zone: str | None, region: str | None, identity: Identity) -> Fleet:
        location = f"{project}/regions/{region}" if region else f"{project}/zones/{zone}"
        machines = self._machines(project, location, region)
        group_name = self._settings.group
        if group_name is None:
            return Fleet(machines, members=machines, own_vcpus=self._own_vcpus(project, machines, identity))
        service = "regionInstanceGroupManagers" if region else "instanceGroupManagers"
        manager = f"{location}/instanceGroupManagers/{group_name}"
        group = parse_group(self._client.call(f"{service}.get", "GET", manager))
        managed = self._client.pages(f"{service}.listManagedInstances", "POST", f"{manager}/listManagedInstances")
        return Fleet(
            machines,
            members=parse_members(managed, machines),
            group=group,
            autoscaler=self._autoscaler(location, group.autoscaler_link, regional=region is not None),
            own_vcpus=self._own_vcpus(project, machines, identity),
        )

    def _machines(self, project: str, location: str, region: str | None) -> tuple[Instance, ...]:
        if region:
            pages = self._client.pages("instances.aggregatedList", "GET", f"{project}/aggregated/instances")
            return parse_aggregated_instances(pages, region)
        return parse_listed_instances(self._client.pages("instances.list", "GET", f"{location}/instances"))

    def _autoscaler(self, location: str, link: str | None, *, regional: bool) -> Autoscaler | None:
        if link is None:
            return None
        service = "regionAutoscalers" if regional else "autoscalers"
        path = f"{location}/autoscalers/{last_segment(link)}"
        return parse_autoscaler(self._client.call(f"{service}.get", "GET", path))

    def _own_vcpus(self, project: str, machines: tuple[Instance, ...], identity: Identity) -> int | None:
        """How many vCPUs this instance has: its CPU figure is a share of them, as the autoscaler's is."""
        own = next((machine for machine in machines if machine.name == identity.name), None)
        if own is None or own.machine_type is None:
            return None
        if own.machine_type not in self._vcpus:
            path = f"{project}/zones/{own.zone}/machineTypes/{own.machine_type}"
            self._vcpus[own.machine_type] = int(self._client.call("machineTypes.get", "GET", path)["guestCpus"])
        return self._vcpus[own.machine_type]


def _error_message(response: requests.Response) -> str:
    """Google's error message, or the reason phrase of an answer that is not Google's error document."""
    try:
        message = response.json()["error"]["message"]
    except (requests.exceptions.JSONDecodeError, KeyError, TypeError):
        return response.reason or "no reason given"
    return " ".join(str(message).split())


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
