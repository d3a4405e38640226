"""gcp_instance_template: a name from content, never the same name twice for different content."""

from __future__ import annotations

import re
from typing import Any

from .conftest import Api


def properties(network: str, **more: Any) -> dict[str, Any]:
    return {
        "machine_type": "e2-medium",
        "tags": ["web", "app"],
        "labels": {"app": "web"},
        "metadata": {"container-image": "bundle.localcloud/a@sha256:" + "1" * 64, "container-port": "5000"},
        "disks": [
            {
                "boot": True,
                "auto_delete": True,
                "initialize_params": {
                    "source_image": "projects/cos-cloud/global/images/family/cos-stable",
                    "disk_size_gb": 10,
                },
            }
        ],
        "network_interfaces": [{"network": network, "access_configs": [{"type": "ONE_TO_ONE_NAT"}]}],
        "scheduling": {"automatic_restart": True, "on_host_maintenance": "MIGRATE"},
        **more,
    }


def test_a_family(tell: Any, api: Api, unique: str, network: str) -> None:
    story = tell("gcp_instance_template", name_prefix=unique)
    story.step(False, state="absent")

    first = story.step(True, properties=properties(network))
    assert re.fullmatch(rf"{unique}-[0-9a-f]{{12}}", first["name"])
    assert first["resource"]["name"] == first["name"]
    assert first["actions"] == ["compute.instanceTemplates.insert"]
    assert first["diff"]["before"] == ""

    again = story.step(False, properties=properties(f"global/networks/{network}", tags=["app", "web"]))
    assert again["name"] == first["name"]

    second = story.step(True, properties=properties(network, machine_type="e2-small"))
    assert second["name"] != first["name"]
    assert "machine_type: e2-medium" in second["diff"]["before"]
    assert api.exists(f"global/instanceTemplates/{first['name']}")

    third = story.step(True, properties=properties(network, can_ip_forward=True), keep=1)
    assert third["actions"] == ["compute.instanceTemplates.insert", "compute.instanceTemplates.delete"]
    assert not api.exists(f"global/instanceTemplates/{first['name']}")
    assert api.exists(f"global/instanceTemplates/{second['name']}")

    gone = story.step(True, state="absent")
    assert gone["actions"] == ["compute.instanceTemplates.delete"] * 2
    assert gone["resource"] == {}
    story.step(False, state="absent")


def test_a_fixed_name(tell: Any, unique: str, network: str) -> None:
    story = tell("gcp_instance_template", name=unique)
    story.step(True, properties=properties(network))
    story.step(False, properties=properties(network))
    story.refused(
        f"properties.machine_type of instance template {unique} is 'e2-medium' and cannot become 'e2-small', because "
        f"Google fixes it at creation; keep 'e2-medium', choose another name, or delete {unique} first",
        properties=properties(network, machine_type="e2-small"),
    )
    story.step(True, state="absent")


def test_what_a_group_uses_stays(tell: Any, api: Api, unique: str, network: str) -> None:
    story = tell("gcp_instance_template", name_prefix=unique)
    used = story.step(True, properties=properties(network))["name"]
    body = {"name": unique, "baseInstanceName": unique, "targetSize": 0}
    body["versions"] = [{"instanceTemplate": f"global/instanceTemplates/{used}"}]
    api.call("POST", "zones/us-central1-a/instanceGroupManagers", body)
    newer = story.step(True, properties=properties(network, can_ip_forward=True), keep=0)
    assert newer["actions"] == ["compute.instanceTemplates.insert"]
    api.call("DELETE", f"zones/us-central1-a/instanceGroupManagers/{unique}")
    assert story.step(True, properties=properties(network, can_ip_forward=True), keep=0)["actions"] == [
        "compute.instanceTemplates.delete"
    ]
    story.step(True, state="absent")
