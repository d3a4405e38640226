"""What a registry that fails comes to, by the documents that version 2.8 really sends."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from localcloud.api.registry_backend import Backend
from localcloud.errors.program import LocalCloudError, RegistryUnavailableError, StorageFullError
from localcloud.registry.registry import Registry
from localcloud.registry.upstream import Question
from localcloud.store.store import Store

IN_A_BLOB = (
    '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"write content/x/data: no space left on device"}]}'
)
AT_ITS_BEGIN = (
    '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"DriverName":"filesystem","Enclosed":{"Op":'
    '"write","Path":"content/x/startedat","Err":28}}}]}'
)
OTHER = '{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}'


class FailingRegistry:
    """A registry that answers every request with 500 and one document."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "registry.sock"
        self.content = folder / "content"
        self.users = 0

    def acquire(self) -> None:
        self.users += 1

    def release(self) -> None:
        self.users -= 1


def failure(folder: Path, document: str) -> LocalCloudError:
    registry = FailingRegistry(folder)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 500 Internal Server Error\r\nContent-Length: {len(document)}\r\n\r\n"
        writer.write(head.encode() + document.encode())
        await writer.drain()
        writer.close()

    async def ask() -> None:
        with ThreadPoolExecutor(1) as workers:
            backend = Backend(cast("Registry", registry), cast("Store", None), workers)
            server = await asyncio.start_unix_server(answer, registry.socket)
            async with server, backend.ask(Question("GET", "/v2/", ())):
                raise AssertionError("a failure was shown as an answer")

    with pytest.raises(LocalCloudError) as caught:
        asyncio.run(asyncio.wait_for(ask(), 10))
    assert registry.users == 0
    return caught.value


@pytest.mark.parametrize("document", [IN_A_BLOB, AT_ITS_BEGIN])
def test_a_full_disk_is_named(tmp_path: Path, document: str) -> None:
    error = failure(tmp_path, document)
    assert isinstance(error, StorageFullError)
    assert str(error) == (
        f"the disk that holds {tmp_path}/content is full, so nothing was stored; free space or move LOCALCLOUD_STATE"
    )


def test_any_other_failure_is_quoted(tmp_path: Path) -> None:
    error = failure(tmp_path, OTHER)
    assert isinstance(error, RegistryUnavailableError)
    assert str(error) == f"the container registry failed: {OTHER}; log/registry.log in the state says more"
