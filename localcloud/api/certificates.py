"""The certificate authority of this machine's local cloud, and the certificate its API listener shows.

The authority can vouch for names under googleapis.com and pkg.dev only (a critical name constraint; every IP address
is excluded), so trusting it gives nobody any other site. Profiles: RFC 5280, as Python 3.13's strict checks want it.
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from localcloud.api.private_files import write_private

DOMAINS = ("googleapis.com", "pkg.dev")
AUTHORITY_DAYS = 3650
SERVER_DAYS = 90
RENEWAL_DAYS = 30
"""A server certificate with fewer days left is replaced."""


@dataclass(frozen=True)
class Certificates:
    """Where the files are.

    Attributes:
        bundle: the authority's certificate, PEM; what clients trust.
        folder: private keys and the server's chain, mode 0600.
    """

    bundle: Path
    folder: Path

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority-key.pem"

    @property
    def server_chain(self) -> Path:
        """Private key and certificate chain of the API listener, PEM."""
        return self.folder / "server.pem"


def ensure_certificates(files: Certificates, now: datetime.datetime) -> bool:
    """Make the authority once, and the server certificate when there is none or it is near its end.

    Args:
        files: where they are kept.
        now: real time with a time zone.

    Returns:
        True when the server certificate is new.

    Raises:
        OSError: the state folder cannot be written.
    """
    if not (files.bundle.exists() and files.authority_key.exists()):
        _make_authority(files, now)
    elif files.server_chain.exists() and not _ends_soon(files.server_chain, now):
        return False
    _make_server(files, now)
    return True


def server_context(files: Certificates) -> ssl.SSLContext:
    """The TLS side of the API listener."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.server_chain)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _ends_soon(chain: Path, now: datetime.datetime) -> bool:
    certificate = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    return certificate.not_valid_after_utc - now < datetime.timedelta(days=RENEWAL_DAYS)


def _make_authority(files: Certificates, now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FlaskScale local cloud authority")])
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(domain) for domain in DOMAINS],
        excluded_subtrees=[
            x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")),
            x509.IPAddress(ipaddress.ip_network("::/0")),
        ],
    )
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    # The key goes first: a bundle that clients trust always has its key.
    write_private(files.authority_key, _private_pem(key))
    files.server_chain.unlink(missing_ok=True)
    beside = files.bundle.with_name(f".{files.bundle.name}")
    beside.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    beside.replace(files.bundle)


def _make_server(files: Certificates, now: datetime.datetime) -> None:
    authority = x509.load_pem_x509_certificate(files.bundle.read_bytes())
    authority_key = serialization.load_pem_private_key(files.authority_key.read_bytes(), password=None)
    if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{files.authority_key} holds no elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "*.googleapis.com")])
    names = [x509.DNSName(text) for domain in DOMAINS for text in (domain, f"*.{domain}")]
    certificate = (
        _builder(name, authority.subject, key.public_key(), now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_private(files.server_chain, _private_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    now: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
