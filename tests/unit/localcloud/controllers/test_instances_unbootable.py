"""The instance controller where nothing can boot: what is said, and what is left behind."""

from __future__ import annotations

from localcloud.resources.disks import DISK
from localcloud.resources.instances import request_reset, request_start
from tests.unit.localcloud.controllers.instance_driver import GROUP, NO_IMAGE, Driver
from tests.unit.localcloud.runtimes.releases import write_bundle

SOLD_OUT = (
    "The zone 'us-central1-a' does not have enough resources available to fulfill the request. Try a different zone, "
    "or try again later."
)


def sell_out(driver: Driver) -> None:
    with driver.cloud.store.transaction() as transaction:
        transaction.set_fact("stockout/us-central1-a", "1")


def test_what_cannot_boot_says_why_until_it_can(running: Driver) -> None:
    with_image = running.get().body
    no_image = with_image | {"metadata": {"items": [{"key": "container-image", "value": NO_IMAGE}]}}
    with running.cloud.store.transaction() as transaction:
        transaction.put(running.path, no_image)
        request_reset(transaction, running.get_in(transaction.get(running.path)))
    running.until("TERMINATED")
    assert running.get().body["statusMessage"].startswith(f"container-image is '{NO_IMAGE}'")
    with running.cloud.store.transaction() as transaction:
        transaction.put(running.path, running.get().body | {"metadata": with_image["metadata"]})
        request_start(transaction, running.get_in(transaction.get(running.path)))
    running.until("RUNNING")
    assert "statusMessage" not in running.get().body


def test_a_group_finds_its_instance_when_the_zone_is_sold_out(driver: Driver) -> None:
    sell_out(driver)
    driver.insert(write_bundle(driver.cloud.settings.state), created_by=GROUP)
    driver.until("TERMINATED")
    assert driver.get().internal["fault_code"] == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert driver.get().body["statusMessage"] == SOLD_OUT


def test_an_insert_into_a_zone_that_is_sold_out_leaves_nothing(driver: Driver) -> None:
    sell_out(driver)
    driver.insert(write_bundle(driver.cloud.settings.state))
    insert = driver.operation("insert")
    driver.put(operations=[str(insert)])
    driver.until("GONE")
    assert driver.ended(insert) == SOLD_OUT
    assert driver.cloud.store.list("compute", "disks") == []
    with driver.cloud.store.transaction() as transaction:
        transaction.set_fact("stockout/us-central1-a", "0")
    driver.insert(write_bundle(driver.cloud.settings.state))
    assert driver.get().body["networkInterfaces"][0]["networkIP"] == "10.10.0.2"
    driver.until("RUNNING")


def test_an_insert_of_what_cannot_boot_leaves_nothing(driver: Driver) -> None:
    driver.insert(NO_IMAGE)
    driver.until("STAGING")
    folder, insert = driver.folder(), driver.operation("insert")
    driver.put(operations=[str(insert)])
    assert folder.exists()
    driver.until("GONE")
    assert str(driver.ended(insert)).startswith(f"container-image is '{NO_IMAGE}'")
    assert not folder.exists()
    assert driver.cloud.store.list("compute", "disks") == []


def test_an_insert_of_what_cannot_boot_leaves_the_disks_that_were_there_before(driver: Driver) -> None:
    own, made = ({"name": name, "sizeGb": "10"} for name in ("own", "data"))
    disks = [driver.cloud.make(DISK, "zones/us-central1-a", body).path for body in (own, made)]
    image = {"sourceImage": "projects/cos-cloud/global/images/family/cos-stable"}
    driver.insert(
        NO_IMAGE,
        disks=[
            {"source": disks[0].self_link, "boot": True, "autoDelete": True},
            {"source": disks[1].self_link},
            {"initializeParams": image, "autoDelete": True},
            {"initializeParams": image},
        ],
    )
    assert len(driver.cloud.store.list("compute", "disks")) == 4
    driver.until("GONE")
    left = driver.cloud.store.list("compute", "disks")
    assert {disk.path for disk in left} == set(disks)
    assert [disk.body["users"] for disk in left] == [[], []]
