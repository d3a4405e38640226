"""Parameters and bodies against Compute Engine's own document."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.discovery.description import load
from localcloud.discovery.validate import validate_body, validate_parameters
from localcloud.errors.api import ApiError

COMPUTE = load("compute")
PATH = {"project": "p", "zone": "us-central1-a"}


def body(method: str, document: Any) -> dict[str, Any]:
    return validate_body(COMPUTE, COMPUTE.methods[method], document)


def parameters(method: str, path: dict[str, str], *query: tuple[str, str]) -> dict[str, Any]:
    return validate_parameters(COMPUTE, COMPUTE.methods[method], path, query)


def test_parameters_are_typed() -> None:
    given = parameters(
        "compute.instances.list", PATH, ("maxResults", "20"), ("filter", "a=b"), ("prettyPrint", "false")
    )
    assert given == {**PATH, "maxResults": 20, "filter": "a=b", "prettyPrint": False}


@pytest.mark.parametrize(
    ("path", "query", "sentence"),
    [
        (
            PATH,
            ("maxResults", "-1"),
            "Invalid value for parameter 'maxResults': '-1'. Expected an integer from 0 to 4294967295.",
        ),
        (
            PATH,
            ("colour", "red"),
            'Invalid JSON payload received. Unknown name "colour": Cannot bind query parameter. '
            "Field 'colour' could not be found in request message.",
        ),
        (PATH, ("zone", "b"), "Invalid value for parameter 'zone': 'b'. It is given more than once."),
        ({"project": "p"}, ("filter", ""), "Required parameter: zone"),
        (
            {"project": "p", "zone": "UPPER"},
            ("filter", ""),
            "Invalid value for parameter 'zone': 'UPPER'. Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'",
        ),
        (PATH, ("alt", "xml"), "Invalid value for parameter 'alt': 'xml'. Must be one of json, media, proto."),
    ],
)
def test_a_bad_parameter_is_refused(path: dict[str, str], query: tuple[str, str], sentence: str) -> None:
    with pytest.raises(ApiError) as caught:
        parameters("compute.instances.list", path, query)
    assert (caught.value.code, caught.value.message) == (400, sentence)


def test_repeated_parameters_become_a_list() -> None:
    service = load("serviceusage")
    given = validate_parameters(
        service,
        service.methods["serviceusage.services.batchGet"],
        {"parent": "projects/p"},
        [("names", "projects/p/services/a"), ("names", "projects/p/services/b")],
    )
    assert given["names"] == ["projects/p/services/a", "projects/p/services/b"]


def test_a_body_is_normalised_and_what_google_assigns_is_dropped() -> None:
    sent = {
        "id": "7",
        "kind": "compute#disk",
        "selfLink": "https://www.googleapis.com/compute/v1/anything",
        "status": "READY",
        "name": "disk",
        "sizeGb": 10,
        "labels": {"a": "b"},
        "description": None,
    }
    assert body("compute.disks.insert", sent) == {"name": "disk", "sizeGb": "10", "labels": {"a": "b"}}
    assert sent["sizeGb"] == 10


def test_a_field_may_be_named_as_its_proto_declares_it() -> None:
    sent = {
        "self_link": "https://www.googleapis.com/compute/v1/anything",
        "name": "i",
        "network_interfaces": [{"access_configs": [{"network_tier": "PREMIUM"}]}],
        "labels": {"snake_case": "stays, since it is no field"},
    }
    assert body("compute.instances.insert", sent) == {
        "name": "i",
        "networkInterfaces": [{"accessConfigs": [{"networkTier": "PREMIUM"}]}],
        "labels": {"snake_case": "stays, since it is no field"},
    }


def test_null_means_clear_in_a_patch_only() -> None:
    assert body("compute.autoscalers.patch", {"description": None}) == {"description": None}
    assert body("compute.autoscalers.update", {"description": None}) == {}


@pytest.mark.parametrize(
    ("method", "document", "sentence"),
    [
        (
            "compute.instances.insert",
            {"name": "i", "networkInterfaces": [{"colour": 1}]},
            'Invalid JSON payload received. Unknown name "colour" at '
            "'resource.network_interfaces[0]': Cannot find field.",
        ),
        ("compute.instances.insert", {}, "Required field 'resource.name' not specified"),
        (
            "compute.instances.insert",
            {"name": "UPPER"},
            "Invalid value for field 'resource.name': 'UPPER'. "
            "Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'",
        ),
        (
            "compute.instances.insert",
            {"name": "i", "scheduling": {"provisioningModel": "CHEAP"}},
            "Invalid value for field 'resource.scheduling.provisioningModel': 'CHEAP'. "
            "Must be one of FLEX_START, RESERVATION_BOUND, SPOT, STANDARD.",
        ),
        (
            "compute.instances.insert",
            {"name": "i", "disks": {}},
            "Invalid value at 'resource.disks': expected a list, not {}",
        ),
        (
            "compute.instances.insert",
            {"name": "i", "disks": [None]},
            "Invalid value at 'resource.disks[0]': a list cannot hold null, not null",
        ),
        (
            "compute.instances.insert",
            {"name": "i", "canIpForward": "perhaps"},
            "Invalid value at 'resource.canIpForward': expected true or false, not \"perhaps\"",
        ),
        (
            "compute.instances.insert",
            {"name": "i", "disks": [{"diskSizeGb": 10, "disk_size_gb": 20}]},
            "Invalid value at 'resource.disks[0].diskSizeGb': expected it once, as diskSizeGb or as disk_size_gb, "
            "not 20",
        ),
        (
            "compute.instances.insert",
            {"name": "i", "network_colour": 1},
            "Invalid JSON payload received. Unknown name \"network_colour\" at 'resource': Cannot find field.",
        ),
        ("compute.instances.insert", [], "Invalid value at 'resource': expected an object, not []"),
        ("compute.instances.start", {"force": True}, "compute.instances.start takes no request body; send none"),
    ],
)
def test_a_bad_body_is_refused(method: str, document: Any, sentence: str) -> None:
    with pytest.raises(ApiError) as caught:
        body(method, document)
    assert (caught.value.code, caught.value.message) == (400, sentence)


def test_outside_compute_engine_the_root_has_no_name() -> None:
    service = load("iam")
    method = service.methods["iam.projects.serviceAccounts.create"]
    with pytest.raises(ApiError) as caught:
        validate_body(service, method, {"serviceAccount": {"colour": "red"}})
    assert caught.value.message == (
        "Invalid JSON payload received. Unknown name \"colour\" at 'service_account': Cannot find field."
    )
