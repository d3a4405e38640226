"""gcp_region_info, gcp_instance_info, gcp_instance_group_manager_info, gcp_deployment_info: read and never changed."""

from __future__ import annotations

from typing import Any

from .conftest import PROJECT, Api, Story


def read(story: Story, **options: Any) -> dict[str, Any]:
    """The result, which is the same in check mode and writes nothing."""
    before = story.cloud.writes
    found = story.run(check=True, **options)
    assert found == story.run(**options)
    assert not found.get("failed"), found["msg"]
    assert found["changed"] is False
    assert story.cloud.writes == before
    return found


def test_region(tell: Any) -> None:
    story = tell("gcp_region_info", region="us-central1")
    found = read(story, machine_type="e2-medium")
    assert found["known"] is found["exists"] is True
    assert found["zones"] == ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"]
    assert found["machine_type_zones"] == found["zones"]
    assert read(story, machine_type="e2-huge")["machine_type_zones"] == []
    assert read(story, machine_type="e2-custom-2-4096")["machine_type_zones"] == found["zones"]
    nowhere = read(story, region="us-central9")
    assert (nowhere["known"], nowhere["exists"], nowhere["zones"]) == (True, False, [])


def test_instances(tell: Any, unique: str) -> None:
    assert read(tell("gcp_instance_info", names=f"{unique}-[0-9]", region="us-central1"))["instances"] == []


def test_group(tell: Any, api: Api, unique: str, health_check: str, templates: list[str]) -> None:
    story = tell("gcp_instance_group_manager_info", name=unique, region="us-central1")
    assert read(story)["places"] == []
    body = {"name": unique, "baseInstanceName": unique, "targetSize": 0}
    body["versions"] = [{"instanceTemplate": f"global/instanceTemplates/{templates[0]}"}]
    healed = [{"healthCheck": f"global/healthChecks/{health_check}"}]
    api.call("POST", "regions/us-central1/instanceGroupManagers", {**body, "autoHealingPolicies": healed})
    api.call("POST", "zones/us-central1-b/instanceGroupManagers", body)
    found = read(story)
    assert found["places"] == ["us-central1", "us-central1-b"]
    asked = {"healthy": 0, "health_check_port": 5000, "health_check_path": "/health"}
    unasked = {"healthy": 0, "health_check_port": 0, "health_check_path": ""}
    assert found["groups"] == [{"place": "us-central1", **asked}, {"place": "us-central1-b", **unasked}]
    assert read(story, region="europe-west1")["places"] == []
    assert read(story, name=f"{unique[:-1]}")["places"] == []


def test_deployment(tell: Any, api: Api, unique: str, health_check: str, templates: list[str]) -> None:
    story = tell(
        "gcp_deployment_info",
        names=f"{unique}-(net|check|t[0-9]+)",
        region="us-central1",
        zone="us-central1-a",
        dns_zone=f"{unique}-zone",  # of a service that these stories do not enable
        registry_location="us-central1",
        registry_repository=unique,
        service_account_emails=[f"{unique}@{PROJECT}.iam.gserviceaccount.com"],
    )
    networks = [f"networks {unique}-net", f"subnetworks {unique}-net"]
    made = [f"healthChecks {health_check}", *(f"instanceTemplates {name}" for name in templates), *networks]
    assert read(story)["resources"] == made
    assert read(story, names=f"{unique}-(ne|t)")["resources"] == [], "names match from beginning to end"
    repository = tell("gcp_artifact_registry_repository", name=unique, location="us-central1")
    repository.step(True, format="DOCKER")
    assert read(story)["resources"] == [*made, f"repositories {unique}"]
    repository.step(True, state="absent")
    for name in templates:
        api.call("DELETE", f"global/instanceTemplates/{name}")
    assert read(story)["resources"] == [made[0], *networks]


def test_the_serial_console_ends_with_what_was_written_last(tell: Any, unique: str) -> None:
    story = tell("gcp_serial_port_output_info", zone="us-central1-a", name=f"{unique}-nobody")
    assert read(story)["lines"] == [], "an instance that does not exist has written nothing"
