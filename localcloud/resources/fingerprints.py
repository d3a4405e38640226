"""Fingerprints: the optimistic lock of Compute Engine (gce-behaviour section 1)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from localcloud.errors.api import required_field, stale_fingerprint
from localcloud.store.store import Document

_OWN_KEYS = ("fingerprint", "labelFingerprint")


def fingerprint(value: Any) -> str:
    """Base64 of a hash of the value; of a document, without its own fingerprints."""
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in _OWN_KEYS}
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def check_fingerprint(
    sent: Document,
    stored: str,
    resource: str,
    *,
    field: str = "fingerprint",
    required: str = "",
) -> None:
    """Refuse a write made against another version of the document.

    Args:
        sent: the request, whose `field` carries the caller's fingerprint.
        stored: the current fingerprint.
        resource: relative name, for the message.
        field: `fingerprint` or `labelFingerprint`.
        required: how a missing fingerprint is named in the refusal; empty when it may be missing.

    Raises:
        ApiError: 412 when it differs; 400 when it is required and missing.
    """
    given = sent.get(field)
    if not given:
        if required:
            raise required_field(required)
        return
    if given != stored:
        raise stale_fingerprint(resource)
