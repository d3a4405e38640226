"""JSON Web Tokens with RS256, as service account keys sign them (RFC 7515, RFC 7519)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Claims = dict[str, Any]


class JwtError(Exception):
    """A token cannot be trusted; the text is one sentence, shown to its sender."""


def read_header(token: str) -> Mapping[str, Any]:
    """The unverified header, for its `kid`.

    Raises:
        JwtError: the text is no JWT, or is signed otherwise than with RS256.
    """
    header = _segment(token, 0)
    if header.get("alg") != "RS256":
        raise JwtError("Invalid JWT: it must be signed with RS256.")
    return header


def verify(token: str, public_key_pem: str) -> Claims:
    """The claims of a token whose signature is good; times and audience are the caller's to check.

    Raises:
        JwtError: the signature is not of this key.
    """
    signed, _, signature = token.rpartition(".")
    key = serialization.load_pem_public_key(public_key_pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("a service account key is not RSA")
    try:
        key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise JwtError("Invalid JWT Signature.") from None
    return _segment(token, 1)


def sign(claims: Mapping[str, Any], private_key_pem: bytes, key_id: str) -> str:
    """A token with these claims."""
    key = serialization.load_pem_private_key(private_key_pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the signing key is not RSA")
    header = {"alg": "RS256", "kid": key_id, "typ": "JWT"}
    signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{_encoded(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _segment(token: str, index: int) -> Claims:
    segments = token.split(".")
    try:
        document = json.loads(_decoded(segments[index])) if len(segments) == 3 else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise JwtError("Invalid JWT: expected three base64url segments of JSON.")
    return document


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise JwtError("Invalid JWT: a segment is no base64url.") from None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
