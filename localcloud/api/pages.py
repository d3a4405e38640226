"""Pages of the lists of services other than Compute Engine (AIP-158); Compute Engine's rules page their own."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from localcloud.discovery.description import Method, Service
from localcloud.errors.api import invalid_parameter
from localcloud.store.store import Document

_DEFAULT_PAGE = 100
_LARGEST_PAGE = 1000


def paged(service: Service, method: Method, parameters: dict[str, Any], reply: Document) -> Document:
    """The page that `pageSize` and `pageToken` ask for of a reply whose handler returned the whole list.

    Raises:
        ApiError: 400 for a negative size or a token that this method did not give.
    """
    key = _list_field(service, method)
    if key is None or key not in reply:
        return reply
    size = parameters.get("pageSize") or _DEFAULT_PAGE
    if size < 0:
        raise invalid_parameter("pageSize", size, "Must not be negative.")
    start = _position(parameters.get("pageToken"))
    end = start + min(size, _LARGEST_PAGE)
    page: Document = reply | {key: reply[key][start:end]}
    if end < len(reply[key]):
        page["nextPageToken"] = base64.urlsafe_b64encode(f"{key}:{end}".encode()).decode()
    return page


def _list_field(service: Service, method: Method) -> str | None:
    if "pageSize" not in method.parameters or method.response is None:
        return None
    properties = service.schemas[method.response["$ref"]].get("properties", {})
    return next((name for name, schema in properties.items() if schema.get("type") == "array"), None)


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().rpartition(":")[2])
    except (ValueError, binascii.Error):
        raise invalid_parameter("pageToken", token, "It is no token that this method returned.") from None
