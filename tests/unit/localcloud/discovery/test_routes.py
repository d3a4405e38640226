"""Routes of the served documents: hosts, templates, verbs after a colon, encoded names."""

from __future__ import annotations

import pytest

from localcloud.discovery.routes import HOSTS, router, service_of


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("compute.googleapis.com", "compute/v1/projects/p", "compute"),
        ("www.googleapis.com", "compute/v1/projects/p", "compute"),
        ("www.googleapis.com", "drive/v3/files", None),
        ("iam.googleapis.com", "v1/projects/p/serviceAccounts", "iam"),
        ("oauth2.googleapis.com", "token", None),
        ("example.com", "compute/v1/projects/p", None),
    ],
)
def test_the_service_of_a_host(host: str, path: str, service: str | None) -> None:
    assert service_of(host, path) == service


def test_only_hosts_of_google_apis_are_served() -> None:
    assert {host for host in HOSTS if not host.endswith(".googleapis.com")} == set()


@pytest.mark.parametrize(
    ("service", "http_method", "path", "method", "parameters"),
    [
        (
            "compute",
            "GET",
            "compute/v1/projects/p/zones/z/instances/i",
            "compute.instances.get",
            {"project": "p", "zone": "z", "instance": "i"},
        ),
        (
            "compute",
            "GET",
            "compute/v1/projects/p/aggregated/instances",
            "compute.instances.aggregatedList",
            {"project": "p"},
        ),
        (
            "compute",
            "GET",
            "compute/v1/projects/p/global/images/family/debian-12",
            "compute.images.getFromFamily",
            {"project": "p", "family": "debian-12"},
        ),
        (
            "serviceusage",
            "POST",
            "v1/projects/p/services/compute.googleapis.com:enable",
            "serviceusage.services.enable",
            {"name": "projects/p/services/compute.googleapis.com"},
        ),
        (
            "serviceusage",
            "POST",
            "v1/projects/p/services:batchEnable",
            "serviceusage.services.batchEnable",
            {"parent": "projects/p"},
        ),
        (
            "iam",
            "DELETE",
            "v1/projects/p/serviceAccounts/a%40p.iam.gserviceaccount.com/keys/k",
            "iam.projects.serviceAccounts.keys.delete",
            {"name": "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com/keys/k"},
        ),
        (
            "artifactregistry",
            "GET",
            "v1/projects/p/locations/l/repositories/r:getIamPolicy",
            "artifactregistry.projects.locations.repositories.getIamPolicy",
            {"resource": "projects/p/locations/l/repositories/r"},
        ),
        (
            "artifactregistry",
            "GET",
            "v1/projects/p/locations/l/repositories/r/dockerImages/app@sha256:00ff",
            "artifactregistry.projects.locations.repositories.dockerImages.get",
            {"name": "projects/p/locations/l/repositories/r/dockerImages/app@sha256:00ff"},
        ),
        ("cloudresourcemanager", "GET", "v1/projects/p", "cloudresourcemanager.projects.get", {"projectId": "p"}),
        (
            "cloudresourcemanager",
            "GET",
            "v1/projects/a.com:p",
            "cloudresourcemanager.projects.get",
            {"projectId": "a.com:p"},
        ),
    ],
)
def test_a_path_finds_its_method(
    service: str, http_method: str, path: str, method: str, parameters: dict[str, str]
) -> None:
    found = router(service).match(http_method, path)
    assert found is not None
    assert (found[0].id, found[1]) == (method, parameters)


@pytest.mark.parametrize(
    ("http_method", "path"),
    [
        ("PUT", "compute/v1/projects/p/zones/z/instanceGroupManagers/m"),
        ("GET", "compute/v1/projects/p/zones//instances"),
        ("GET", "compute/beta/projects/p"),
        ("GET", ""),
    ],
)
def test_what_version_1_does_not_have_is_no_route(http_method: str, path: str) -> None:
    assert router("compute").match(http_method, path) is None


def test_an_encoded_slash_stays_in_a_whole_resource_name() -> None:
    name = "projects/p/locations/us/repositories/r/dockerImages/team%2fapp%40sha256:0"
    found = router("artifactregistry").match("GET", f"v1/{name}")
    assert found is not None
    assert found[1] == {"name": "projects/p/locations/us/repositories/r/dockerImages/team%2Fapp@sha256:0"}
