"""Identity tokens of instances: JWTs signed by the local cloud's own key, as Google's are by Google's."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.api import jwt
from localcloud.api.private_files import write_private
from localcloud.settings import Settings
from localcloud.store.store import Document

_LIFETIME_SECONDS = 3600


class IdentityTokens:
    """Signs identity tokens; the key is made when the first is asked for.

    Args:
        key_file: private key, PEM, mode 0600.
        settings: for the project's names.
        real_now: real time, seconds since the epoch.
    """

    def __init__(self, key_file: Path, settings: Settings, real_now: Callable[[], float]) -> None:
        self._key_file = key_file
        self._settings = settings
        self._real_now = real_now
        self._making_key = threading.Lock()

    def issue(self, instance: Document, email: str, unique_id: str, audience: str, *, full: bool) -> str:
        """A token for an audience; `full` adds what the instance is (Google: verifying instance identity)."""
        now = int(self._real_now())
        claims: dict[str, Any] = {
            "aud": audience,
            "azp": unique_id,
            "email": email,
            "email_verified": True,
            "exp": now + _LIFETIME_SECONDS,
            "iat": now,
            "iss": "https://accounts.google.com",
            "sub": unique_id,
        }
        if full:
            claims["google"] = {
                "compute_engine": {
                    "instance_id": instance["id"],
                    "instance_name": instance["name"],
                    "project_id": self._settings.project,
                    "project_number": int(self._settings.project_number),
                    "zone": instance["zone"].rpartition("/")[2],
                }
            }
        key = self._key()
        return jwt.sign(claims, key, hashlib.sha256(key).hexdigest()[:40])

    def _key(self) -> bytes:
        with self._making_key:
            if not self._key_file.exists():
                key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
                pem = key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
                write_private(self._key_file, pem)
        return self._key_file.read_bytes()
