"""The machine that an instance's documents describe."""

from __future__ import annotations

import pytest

from localcloud.controllers.instance_machines import machine_of
from localcloud.resources.instances import instance_from_template
from localcloud.runtimes.runtime import RuntimeFaultError
from localcloud.settings import PROJECT
from localcloud.store.store import Resource
from tests.unit.localcloud.controllers.cloud import Cloud


@pytest.fixture
def instance(cloud: Cloud) -> Resource:
    template = cloud.make_template("template", "image")
    with cloud.store.transaction() as transaction:
        return instance_from_template(
            transaction,
            template.body,
            "web-1",
            "us-central1-a",
            project=PROJECT,
            now=cloud.clock.now(),
            settings=cloud.settings,
        )


def test_a_machine_is_what_its_documents_say(cloud: Cloud, instance: Resource) -> None:
    machine = machine_of(instance, cloud.store, cloud.settings)
    assert (machine.name, machine.zone, machine.identity) == ("web-1", "us-central1-a", instance.body["id"])
    assert (machine.virtual_cpus, machine.memory_mb) == (2, 4096)
    assert (machine.internal_ip, machine.subnetwork_range) == ("10.10.0.2", "10.10.0.0/20")
    assert machine.boot_image.startswith("cos-stable-")
    assert machine.metadata["container-image"] == "image"
    assert machine.environment["HTTPS_PROXY"] == cloud.settings.door_url


def test_without_a_boot_disk_there_is_no_machine(cloud: Cloud, instance: Resource) -> None:
    instance.body["disks"] = []
    with pytest.raises(RuntimeFaultError) as caught:
        machine_of(instance, cloud.store, cloud.settings)
    assert str(caught.value) == "instance web-1 has no boot disk; attach one and start it again"
