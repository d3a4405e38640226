"""The store: resources by path, copied in and out by value, written by transaction.

SQLite in WAL mode with synchronous=NORMAL: a killed process loses nothing that was acknowledged. One
connection, one lock: transactions are serial, so a reader never sees half of a change.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.errors.program import StorageFullError, storage_full, store_of_another_version, store_unreadable
from localcloud.store.path import ResourcePath

Document = dict[str, Any]
Listener = Callable[[frozenset[ResourcePath]], None]

_SCHEMA_VERSION = 1
"""Raised when tables, or documents that are kept in them, are no longer read by what was written before."""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS resources (
  path TEXT PRIMARY KEY,
  service TEXT NOT NULL, project TEXT NOT NULL, location TEXT NOT NULL,
  collection TEXT NOT NULL, name TEXT NOT NULL,
  body TEXT NOT NULL, internal TEXT NOT NULL, version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_collection ON resources (service, collection, project, location);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {_SCHEMA_VERSION};
"""
_COLUMNS = "service, project, location, collection, name, body, internal, version"


@dataclass(frozen=True)
class Resource:
    """One stored resource; the documents are the holder's own copies.

    Attributes:
        body: what the API shows.
        internal: what only the local cloud itself needs (runtime handles, desired state); never shown.
        version: rises by one with every write.
    """

    path: ResourcePath
    body: Document
    internal: Document
    version: int


class Transaction:
    """Reads and writes that become visible together, or not at all. Made by `Store.transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.changed: set[ResourcePath] = set()

    def get(self, path: ResourcePath) -> Resource | None:
        """The resource, or None when there is none."""
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM resources WHERE path = ?",  # noqa: S608 - constant columns
            (str(path),),
        ).fetchone()
        return None if row is None else _resource(row)

    def list(
        self, service: str, collection: str, *, project: str | None = None, location: str | None = None
    ) -> list[Resource]:
        """Resources of one collection, ordered by path; all projects and locations unless narrowed."""
        query = f"SELECT {_COLUMNS} FROM resources WHERE service = ? AND collection = ?"  # noqa: S608 - constant columns
        values = [service, collection]
        for column, value in (("project", project), ("location", location)):
            if value is not None:
                query += f" AND {column} = ?"
                values.append(value)
        return [_resource(row) for row in self._connection.execute(query + " ORDER BY path", values)]

    def counts(self) -> dict[str, int]:
        """How many resources each collection holds, as `service/collection`."""
        rows = self._connection.execute(
            "SELECT service || '/' || collection, COUNT(*) FROM resources GROUP BY service, collection"
        )
        return dict(rows.fetchall())

    def put(self, path: ResourcePath, body: Document, internal: Document | None = None) -> Resource:
        """Store the documents; `internal` None keeps what is there."""
        before = self.get(path)
        if internal is None:
            internal = before.internal if before else {}
        version = before.version + 1 if before else 1
        row = (path.service, path.project, path.location, path.collection, path.name)
        documents = (json.dumps(body), json.dumps(internal))
        self._connection.execute(
            f"INSERT OR REPLACE INTO resources (path, {_COLUMNS}) "  # noqa: S608 - constant columns
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (str(path), *row, *documents, version),
        )
        self.changed.add(path)
        return Resource(path, json.loads(documents[0]), json.loads(documents[1]), version)

    def delete(self, path: ResourcePath) -> None:
        """Remove the resource; nothing happens when there is none."""
        if self._connection.execute("DELETE FROM resources WHERE path = ?", (str(path),)).rowcount:
            self.changed.add(path)

    def fact(self, name: str, default: str = "") -> str:
        """A value of the cloud as a whole."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Store a value of the cloud as a whole."""
        self._connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))

    def next_number(self, name: str) -> int:
        """A counter that never repeats, from 1."""
        number = int(self.fact(name, "0")) + 1
        self.set_fact(name, str(number))
        return number


class Store:
    """The SQLite file and its listeners.

    Raises:
        StartError: the file is none of SQLite's, or was written by another version of this program.
        StorageFullError: from any write when the disk is full; nothing of the transaction is kept.
    """

    def __init__(self, database: Path) -> None:
        self._folder = database.parent
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        with _full_disk_named(self._folder):
            self._connection = _connection(database)
        self._open: Transaction | None = None

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with the changed paths after every commit, on the thread that committed."""
        self._listeners.append(listener)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises. They do not nest."""
        with self._lock:
            if self._open is not None:
                raise RuntimeError("a transaction is already open on this thread")
            with _full_disk_named(self._folder):
                self._connection.execute("BEGIN IMMEDIATE")
                self._open = Transaction(self._connection)
                try:
                    yield self._open
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
                finally:
                    changed = frozenset(self._open.changed)
                    self._open = None
        if changed:
            for listener in self._listeners:
                listener(changed)

    def get(self, path: ResourcePath) -> Resource | None:
        """One read outside any transaction of the caller's."""
        with self._lock:
            return Transaction(self._connection).get(path)

    def list(
        self, service: str, collection: str, *, project: str | None = None, location: str | None = None
    ) -> list[Resource]:
        """One listing outside any transaction of the caller's."""
        with self._lock:
            return Transaction(self._connection).list(service, collection, project=project, location=location)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()


def _connection(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
    try:
        _prepare(connection, database)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, database: Path) -> None:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise store_unreadable(str(database), str(error)) from error
    if found not in (0, _SCHEMA_VERSION):  # 0: made just now, or before versions were counted
        raise store_of_another_version(str(database), found, _SCHEMA_VERSION)
    connection.executescript(_SCHEMA)


@contextmanager
def _full_disk_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
            raise storage_full(str(folder)) from error
        raise


def _resource(row: tuple[Any, ...]) -> Resource:
    service, project, location, collection, name, body, internal, version = row
    path = ResourcePath(service, project, location, collection, name)
    return Resource(path, json.loads(body), json.loads(internal), version)


__all__ = ["Document", "Resource", "StorageFullError", "Store", "Transaction"]
