"""SSL certificates: the key fits and is not kept; managed ones name domains. And the proxies that use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def pem_key(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def pair():
    """A self-signed certificate for shop.example.com and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example.com")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=90))
    names = x509.SubjectAlternativeName([x509.DNSName("shop.example.com")])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return certificate.public_bytes(Encoding.PEM).decode(), pem_key(key)


def test_the_key_is_not_kept(cloud, pair):
    certificate, key = pair
    cloud.call("sslCertificates.insert", {"name": "web", "certificate": certificate, "privateKey": key})
    stored = cloud.stored("global/sslCertificates/web")
    assert "PRIVATE KEY" not in str(stored.body) + str(stored.internal)
    assert stored.body["subjectAlternativeNames"] == ["shop.example.com"]
    assert stored.body["expireTime"].startswith("2026-04-01T00:00:00")


def test_a_key_of_another_certificate(cloud, pair):
    body = {"name": "web", "certificate": pair[0], "privateKey": pem_key(ec.generate_private_key(ec.SECP256R1()))}
    assert cloud.refused("sslCertificates.insert", body) == (
        400,
        "Invalid value for field 'resource.privateKey': '…'. The private key does not match the certificate.",
    )


def test_managed(cloud):
    body = {"name": "web", "type": "MANAGED", "managed": {"domains": ["shop.example.com"]}}
    cloud.call("sslCertificates.insert", body)
    assert cloud.body("global/sslCertificates/web")["managed"] == {
        "domains": ["shop.example.com"],
        "status": "PROVISIONING",
        "domainStatus": {"shop.example.com": "PROVISIONING"},
    }
    body = {"name": "bad", "type": "MANAGED", "managed": {"domains": ["shop"]}}
    assert cloud.refused("sslCertificates.insert", body) == (
        400,
        "Invalid value for field 'resource.managed.domains[0]': 'shop'. Must be a domain name.",
    )


def test_a_target_https_proxy_needs_and_holds_its_certificate(cloud, pair):
    cloud.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    cloud.call("backendServices.insert", {"name": "web", "healthChecks": ["global/healthChecks/web"]})
    cloud.call("urlMaps.insert", {"name": "web", "defaultService": "global/backendServices/web"})
    cloud.call("sslCertificates.insert", {"name": "web", "certificate": pair[0], "privateKey": pair[1]})
    body = {"name": "web", "urlMap": "global/urlMaps/web"}
    assert cloud.refused("targetHttpsProxies.insert", body) == (
        400,
        "Required field 'resource.sslCertificates' not specified",
    )
    cloud.call("targetHttpsProxies.insert", body | {"sslCertificates": ["global/sslCertificates/web"]})
    assert cloud.refused("sslCertificates.delete", sslCertificate="web") == (
        400,
        "The ssl_certificate resource 'projects/flaskscale-local/global/sslCertificates/web' is already being "
        "used by "
        "'projects/flaskscale-local/global/targetHttpsProxies/web'",
    )
