"""The catalogue of every error the local cloud raises: one constructor each, the sentence in one place.

`LocalCloudError` and below are for the operator at the terminal; `ApiError` is what a Google client receives
(body shape: gce-behaviour, HTTP error body; reasons as Google's JSON APIs use them).
"""

from __future__ import annotations

from typing import Any


class LocalCloudError(Exception):
    """Something the operator must do something about; the text is one sentence that says what."""


class SettingError(LocalCloudError):
    """A LOCALCLOUD_ variable has a value that cannot be used."""


class StartError(LocalCloudError):
    """The local cloud cannot start, or did not come up."""


class StorageFullError(LocalCloudError):
    """The disk under the state folder is full: the write was not made."""


class ApiError(Exception):
    """An error reply of a Google API.

    Attributes:
        code: HTTP status.
        reason: Google's reason word, `errors[0].reason`.
        message: one sentence.
        extra: further keys of `errors[0]` (`location`, `locationType`).
    """

    def __init__(self, code: int, reason: str, message: str, **extra: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON body Google sends with this status."""
        entry = {"message": self.message, "domain": "global", "reason": self.reason, **self.extra}
        return {"error": {"code": self.code, "message": self.message, "errors": [entry]}}


def port_taken(setting: str, port: int) -> StartError:
    return StartError(f"port {port} is already in use; stop what uses it or set {setting} to a free port")


def storage_full(folder: str) -> StorageFullError:
    return StorageFullError(
        f"the disk that holds {folder} is full, so nothing was stored; free space or move LOCALCLOUD_STATE"
    )


def not_found(resource: str) -> ApiError:
    return ApiError(404, "notFound", f"The resource '{resource}' was not found")


def already_exists(resource: str) -> ApiError:
    return ApiError(409, "alreadyExists", f"The resource '{resource}' already exists")


def invalid(message: str) -> ApiError:
    return ApiError(400, "invalid", message)


def invalid_field(field: str, value: object, message: str) -> ApiError:
    return ApiError(400, "invalid", f"Invalid value for field '{field}': '{value}'. {message}")


def required_field(field: str) -> ApiError:
    return ApiError(400, "required", f"Required field '{field}' not specified")


def in_use(kind: str, resource: str, user: str) -> ApiError:
    return ApiError(
        400,
        "resourceInUseByAnotherResource",
        f"The {kind} resource '{resource}' is already being used by '{user}'",
    )


def stale_fingerprint(resource: str) -> ApiError:
    return ApiError(
        412,
        "conditionNotMet",
        f"The fingerprint of '{resource}' does not match; read it again and send the current one",
        location="If-Match",
        locationType="header",
    )


def not_implemented(method: str) -> ApiError:
    return ApiError(
        501,
        "notImplemented",
        f"the local cloud does not implement {method}; docs/fidelity.md lists what it does",
    )


def unauthenticated(message: str) -> ApiError:
    return ApiError(401, "authError", message, location="Authorization", locationType="header")


def forbidden(permission: str, resource: str) -> ApiError:
    return ApiError(403, "forbidden", f"Required '{permission}' permission for '{resource}'")


def service_disabled(service: str, project: str) -> ApiError:
    return ApiError(
        403,
        "accessNotConfigured",
        f"{service} has not been used in project {project} before or it is disabled. Enable it by visiting "
        f"https://console.cloud.google.com/apis/api/{service}/overview?project={project} then retry. If you "
        "enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
    )


def storage_unavailable(error: StorageFullError) -> ApiError:
    return ApiError(503, "backendError", str(error))
