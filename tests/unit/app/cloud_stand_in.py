"""What a small HTTP server answers in place of the metadata server and the Compute API: the documented shapes."""

from __future__ import annotations

import json
import threading
from typing import Any

API = "https://www.googleapis.com/compute/v1/projects/flaskscale-local"
LINK_AUTOSCALER = f"{API}/regions/us-central1/autoscalers/flaskscale-autoscaler"

SERVICE_ACCOUNT = {
    "/computeMetadata/v1/instance/service-accounts/default/": {
        "email": "flaskscale-instance@flaskscale-local.iam.gserviceaccount.com",
        "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "aliases": ["default"],
    },
    "/computeMetadata/v1/instance/service-accounts/default/token": {
        "access_token": "not-a-real-token",
        "expires_in": 3600,
        "token_type": "Bearer",
    },
}


def instance_document(name: str, zone: str, internal_ip: str, external_ip: str | None) -> dict[str, Any]:
    """A compute#instance with the fields that are read."""
    access = [{"type": "ONE_TO_ONE_NAT", "natIP": external_ip}] if external_ip else []
    return {
        "name": name,
        "zone": f"{API}/zones/{zone}",
        "status": "RUNNING",
        "machineType": f"{API}/zones/{zone}/machineTypes/e2-medium",
        "creationTimestamp": "2026-11-23T10:00:00.000-08:00",
        "networkInterfaces": [{"networkIP": internal_ip, "accessConfigs": access}],
    }


def managed_document(name: str, zone: str, action: str = "NONE", health: str | None = "HEALTHY") -> dict[str, Any]:
    """A managedInstance of listManagedInstances."""
    return {
        "instance": f"{API}/zones/{zone}/instances/{name}",
        "currentAction": action,
        "instanceStatus": "" if action == "CREATING" else "RUNNING",
        "instanceHealth": [{"detailedHealthState": health}] if health else [],
        "version": {"instanceTemplate": f"{API}/global/instanceTemplates/flaskscale-0123456789ab"},
    }


class Cloud:
    """What the server answers, and what it was asked. Tests change `metadata`, `documents` and `failing`."""

    def __init__(self) -> None:
        first = instance_document("flaskscale-group-aaaa", "us-central1-a", "10.10.0.2", "34.1.2.3")
        second = instance_document("flaskscale-group-bbbb", "us-central1-b", "10.10.0.3", None)
        elsewhere = instance_document("elsewhere", "europe-west1-b", "10.20.0.2", None)
        group = "projects/flaskscale-local/regions/us-central1/instanceGroupManagers/flaskscale-group"
        self.metadata = {
            "instance/name": "flaskscale-group-aaaa",
            "instance/zone": "projects/100000000001/zones/us-central1-a",
            "instance/network-interfaces/0/ip": "10.10.0.2",
            "instance/network-interfaces/0/access-configs/0/external-ip": "34.1.2.3",
            "project/project-id": "flaskscale-local",
        }
        self.documents: dict[str, Any] = {
            "projects/flaskscale-local/aggregated/instances": {
                "items": {
                    "zones/us-central1-a": {"instances": [first]},
                    "zones/us-central1-b": {"instances": [second]},
                    "zones/us-central1-c": {"warning": {"code": "NO_RESULTS_ON_PAGE"}},
                    "zones/europe-west1-b": {"instances": [elsewhere]},
                }
            },
            "projects/flaskscale-local/zones/us-central1-a/instances": {"items": [first]},
            "projects/flaskscale-local/zones/us-central1-a/machineTypes/e2-medium": {"guestCpus": 2},
            group: {
                "name": "flaskscale-group",
                "region": f"{API}/regions/us-central1",
                "targetSize": 3,
                "status": {"isStable": False, "autoscaler": LINK_AUTOSCALER},
            },
            f"{group}/listManagedInstances": {
                "managedInstances": [
                    managed_document("flaskscale-group-cccc", "us-central1-c", "CREATING", None),
                    managed_document("flaskscale-group-aaaa", "us-central1-a"),
                    managed_document("flaskscale-group-bbbb", "us-central1-b", health="UNHEALTHY"),
                ]
            },
            "projects/flaskscale-local/regions/us-central1/autoscalers/flaskscale-autoscaler": {
                "name": "flaskscale-autoscaler",
                "recommendedSize": 3,
                "autoscalingPolicy": {
                    "minNumReplicas": 2,
                    "maxNumReplicas": 6,
                    "mode": "ON",
                    "cpuUtilization": {"utilizationTarget": 0.5},
                },
                "statusDetails": [{"type": "CAPPED_AT_MAX_NUM_REPLICAS", "message": "The limit is reached."}],
            },
        }
        self.failing: int | None = None
        """The status that every Compute API call answers with, as a Google error document."""
        self.calls: list[str] = []
        """Compute API calls received: verb and path."""
        self.asked_for: list[str] = []
        """Paths of SERVICE_ACCOUNT received."""
        self.asked = threading.Event()
        """Set when the metadata server is asked."""
        self.gate = threading.Event()
        """While cleared, the metadata server does not answer."""
        self.gate.set()
        self.port = 0

    @property
    def host(self) -> str:
        """host:port, as GCE_METADATA_HOST has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """Where the Compute API answers."""
        return f"http://{self.host}/compute/v1/"

    def answer(self, verb: str, path: str, flavored: bool) -> tuple[int, str, str]:
        """Status, content type and body for one request."""
        if path == "/":  # how google-auth finds out that it is on Compute Engine
            return 200, "text/plain", "computeMetadata/\n"
        if path in SERVICE_ACCOUNT:
            self.asked_for.append(path)
            return 200, "application/json", json.dumps(SERVICE_ACCOUNT[path])
        if path.startswith("/computeMetadata/v1/"):
            self.asked.set()
            self.gate.wait(10)
            value = self.metadata.get(path.removeprefix("/computeMetadata/v1/"))
            if not flavored:
                return 403, "text/plain", "Missing required header"
            return (404, "text/plain", "not found") if value is None else (200, "text/plain", value)
        self.calls.append(f"{verb} {path.removeprefix('/compute/v1/')}")
        if self.failing is not None:
            error = {"error": {"code": self.failing, "message": "Try again\nlater.", "errors": []}}
            return self.failing, "application/json", json.dumps(error)
        document = self.documents.get(path.removeprefix("/compute/v1/"))
        if document is None:
            return 404, "application/json", json.dumps({"error": {"code": 404, "message": f"{path} was not found"}})
        return 200, "application/json", document if isinstance(document, str) else json.dumps(document)
