"""SSL certificates: stored and checked; TLS is not served yet (v1/sslCertificates)."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from localcloud.clock import timestamp
from localcloud.errors.api import invalid_field, required_field
from localcloud.resources.collection import Change, Kind
from localcloud.resources.collection_methods import register
from localcloud.store.store import Document

_DOMAIN = re.compile(r"(\*\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_MOST_DOMAINS = 100


def _rule(change: Change) -> None:
    """Self-managed: a certificate with its private key, which is not kept. Managed: 1 to 100 domains."""
    body = change.body
    if body.get("type", "SELF_MANAGED") == "MANAGED":
        _complete_managed(body)
        return
    body["type"] = "SELF_MANAGED"
    given = body.pop("selfManaged", {})
    pem = given.get("certificate") or body.get("certificate")
    key = given.get("privateKey") or body.pop("privateKey", None)
    if not pem:
        raise required_field("resource.certificate")
    if not key:
        raise required_field("resource.privateKey")
    certificate = _checked_certificate(pem, key)
    body["certificate"] = pem
    body["selfManaged"] = {"certificate": pem}
    body["expireTime"] = timestamp(certificate.not_valid_after_utc.timestamp())
    if names := _names(certificate):
        body["subjectAlternativeNames"] = names


def _complete_managed(body: Document) -> None:
    managed = body.setdefault("managed", {})
    domains = managed.get("domains")
    if not domains:
        raise required_field("resource.managed.domains")
    if len(domains) > _MOST_DOMAINS:
        raise invalid_field("resource.managed.domains", len(domains), f"At most {_MOST_DOMAINS} domains are supported.")
    for index, domain in enumerate(domains):
        if not _DOMAIN.fullmatch(domain):
            raise invalid_field(f"resource.managed.domains[{index}]", domain, "Must be a domain name.")
    managed |= {"status": "PROVISIONING", "domainStatus": dict.fromkeys(domains, "PROVISIONING")}


def _checked_certificate(pem: str, key: str) -> x509.Certificate:
    """The certificate, whose key the private key is. Neither text is repeated in messages."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise invalid_field("resource.certificate", "…", "The certificate is not PEM that can be read.") from None
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise invalid_field("resource.privateKey", "…", "The private key is not PEM that can be read.") from None
    encoding = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*encoding) != certificate.public_key().public_bytes(*encoding):
        raise invalid_field("resource.privateKey", "…", "The private key does not match the certificate.")
    return certificate


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


SSL_CERTIFICATE = register(
    Kind(
        collection="sslCertificates",
        kind="compute#sslCertificate",
        noun="ssl_certificate",
        parameter="sslCertificate",
        services={"global": "sslCertificates"},
        aggregated="sslCertificates",
        output_only=("expireTime", "subjectAlternativeNames"),
        rule=_rule,
    )
)
