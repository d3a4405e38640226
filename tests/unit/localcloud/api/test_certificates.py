"""The authority: made once, bounded to Google's names, trusted by Python's strictest checks."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from localcloud.api.certificates import (
    RENEWAL_DAYS,
    SERVER_DAYS,
    Certificates,
    ensure_certificates,
    server_context,
)

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def files(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "ca.pem", tmp_path / "keys")
    assert ensure_certificates(made, NOW) is True
    return made


async def handshake(files: Certificates, name: str) -> None:
    """A TLS connection to `name`, by a client that trusts the bundle alone and checks strictly."""

    async def end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context = ssl.create_default_context(cafile=str(files.bundle))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    server = await asyncio.start_server(end, "127.0.0.1", 0, ssl=server_context(files))
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("name", ["compute.googleapis.com", "googleapis.com", "us-central1-docker.pkg.dev"])
def test_googles_names_are_trusted(files: Certificates, name: str) -> None:
    asyncio.run(handshake(files, name))


@pytest.mark.parametrize("name", ["example.com", "127.0.0.1", "googleapis.com.example.com"])
def test_no_other_name_is(files: Certificates, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(handshake(files, name))


def test_the_authority_can_vouch_for_nothing_else(files: Certificates) -> None:
    authority = x509.load_pem_x509_certificate(files.bundle.read_bytes())
    found = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    permitted, excluded = found.value.permitted_subtrees, found.value.excluded_subtrees
    assert permitted is not None
    assert excluded is not None
    assert [name.value for name in permitted] == ["googleapis.com", "pkg.dev"]
    assert [str(name.value) for name in excluded] == ["0.0.0.0/0", "::/0"]


def test_what_exists_is_kept_until_it_is_near_its_end(files: Certificates) -> None:
    authority, server = files.bundle.read_bytes(), files.server_chain.read_bytes()
    assert ensure_certificates(files, NOW) is False
    assert files.server_chain.read_bytes() == server
    late = NOW + datetime.timedelta(days=SERVER_DAYS - RENEWAL_DAYS, hours=1)
    assert ensure_certificates(files, late) is True
    assert files.server_chain.read_bytes() != server
    assert files.bundle.read_bytes() == authority


def test_private_keys_are_for_the_owner_only(files: Certificates) -> None:
    assert {path.stat().st_mode & 0o777 for path in files.folder.iterdir()} == {0o600}
    assert files.folder.stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in files.bundle.read_bytes()
