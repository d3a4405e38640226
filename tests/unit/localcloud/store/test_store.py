"""The store keeps documents by value and survives what a machine does to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from localcloud.errors.program import StartError, StorageFullError
from localcloud.store.path import ResourcePath
from localcloud.store.store import Store


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "cloud.sqlite3")
    yield store
    store.close()


def instance(name: str, zone: str = "us-central1-a") -> ResourcePath:
    return ResourcePath("compute", "p", f"zones/{zone}", "instances", name)


def put(store: Store, path: ResourcePath, **body: object) -> None:
    with store.transaction() as transaction:
        transaction.put(path, body)


def test_documents_are_copies_in_and_out(store: Store) -> None:
    body = {"tags": {"items": ["a"]}}
    with store.transaction() as transaction:
        transaction.put(instance("one"), body, {"desired": "RUNNING"})
    body["tags"]["items"].append("b")
    read = store.get(instance("one"))
    read.body["tags"]["items"].append("c")
    assert store.get(instance("one")).body == {"tags": {"items": ["a"]}}
    assert store.get(instance("one")).internal == {"desired": "RUNNING"}


def test_a_write_without_internal_keeps_it_and_raises_the_version(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.put(instance("one"), {"status": "STAGING"}, {"desired": "RUNNING"})
        transaction.put(instance("one"), {"status": "RUNNING"})
    resource = store.get(instance("one"))
    assert (resource.internal, resource.version) == ({"desired": "RUNNING"}, 2)


def test_a_failed_transaction_leaves_nothing_and_tells_nobody(store: Store) -> None:
    told: list[object] = []
    store.subscribe(told.append)
    with pytest.raises(KeyError), store.transaction() as transaction:
        transaction.put(instance("one"), {})
        raise KeyError("refused")
    assert store.get(instance("one")) is None
    assert told == []


def test_listeners_hear_every_changed_path_after_the_commit(store: Store) -> None:
    heard: list[frozenset[ResourcePath]] = []
    store.subscribe(lambda paths: heard.append(paths) or store.get(next(iter(paths))))
    with store.transaction() as transaction:
        transaction.put(instance("one"), {})
        transaction.put(instance("two"), {})
        transaction.delete(instance("three"))
    assert heard == [frozenset({instance("one"), instance("two")})]


def test_a_list_is_narrowed_by_location_and_ordered_by_name(store: Store) -> None:
    for name, zone in (("b", "us-central1-a"), ("a", "us-central1-a"), ("c", "us-central1-b")):
        put(store, instance(name, zone))
    names = [r.path.name for r in store.list("compute", "instances", location="zones/us-central1-a")]
    assert names == ["a", "b"]
    assert len(store.list("compute", "instances", project="p")) == 3
    assert store.list("compute", "instances", project="q") == []


def test_numbers_do_not_repeat_after_a_restart(tmp_path: Path) -> None:
    numbers = []
    for _ in range(2):
        store = Store(tmp_path / "cloud.sqlite3")
        with store.transaction() as transaction:
            numbers.append(transaction.next_number("operations"))
        store.close()
    assert numbers == [1, 2]


def test_transactions_do_not_nest(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="already open"), store.transaction():
        pass


def test_a_full_disk_is_one_sentence_and_stores_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "cloud.sqlite3")
    # SQLite's own page limit gives the same SQLITE_FULL that a full disk gives.
    store._connection.execute("PRAGMA max_page_count = 12")
    with pytest.raises(StorageFullError) as caught, store.transaction() as transaction:
        transaction.put(instance("one"), {"metadata": "x" * 200_000})
    assert str(caught.value) == (
        f"the disk that holds {tmp_path} is full, so nothing was stored; free space or move LOCALCLOUD_STATE"
    )
    assert store.get(instance("one")) is None
    store.close()


def _write_until_killed(database: Path, acknowledged: multiprocessing.SimpleQueue) -> None:
    store = Store(database)
    for number in range(100_000):
        put(store, instance(f"i-{number}"))
        acknowledged.put(number)


def test_a_killed_process_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    acknowledged = context.SimpleQueue()
    writer = context.Process(target=_write_until_killed, args=(tmp_path / "cloud.sqlite3", acknowledged))
    writer.start()
    last = [acknowledged.get() for _ in range(50)][-1]
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    store = Store(tmp_path / "cloud.sqlite3")
    stored = {resource.path.name for resource in store.list("compute", "instances")}
    assert {f"i-{number}" for number in range(last + 1)} <= stored
    store.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "cloud.sqlite3"
    database.write_text("this is text, and long enough to be no header of a database" * 4)
    with pytest.raises(StartError) as refused:
        Store(database)
    assert str(refused.value) == (
        f"{database} cannot be read (file is not a database); move it away or set LOCALCLOUD_STATE elsewhere"
    )


def test_a_store_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "cloud.sqlite3"
    Store(database).close()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(StartError) as refused:
        Store(database)
    assert str(refused.value) == (
        f"{database} has schema 7 but this program reads schema 1; move it away or set LOCALCLOUD_STATE elsewhere"
    )
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA user_version").fetchone() == (7,)
    connection.close()
