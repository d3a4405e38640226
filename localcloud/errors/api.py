"""What a client of Google's APIs is answered: one constructor an error.

Body shape: gce-behaviour, HTTP error body; reasons as Google's JSON APIs use them.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.errors.program import StorageFullError


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


def not_found(resource: str) -> ApiError:
    return ApiError(404, "notFound", f"The resource '{resource}' was not found")


def image_family_not_found(family: str, offered: str) -> ApiError:
    known = f"; the project has {offered}" if offered else ""
    return ApiError(404, "notFound", f"The resource '{family}' was not found{known}")


def service_account_not_found(email: str) -> ApiError:
    return ApiError(404, "notFound", f"The resource '{email}' of type 'serviceAccount' was not found.")


def not_ready(resource: str) -> ApiError:
    return ApiError(400, "resourceNotReady", f"The resource '{resource}' is not ready")


def already_exists(resource: str) -> ApiError:
    return ApiError(409, "alreadyExists", f"The resource '{resource}' already exists")


def invalid(message: str) -> ApiError:
    return ApiError(400, "invalid", message)


def invalid_field(field: str, value: object, message: str) -> ApiError:
    return ApiError(400, "invalid", f"Invalid value for field '{field}': '{value}'. {message}")


def required_field(field: str) -> ApiError:
    return ApiError(400, "required", f"Required field '{field}' not specified")


def required_parameter(name: str) -> ApiError:
    return ApiError(400, "required", f"Required parameter: {name}", location=name, locationType="parameter")


def invalid_parameter(name: str, value: object, message: str) -> ApiError:
    return ApiError(
        400,
        "invalidParameter",
        f"Invalid value for parameter '{name}': '{value}'. {message}",
        location=name,
        locationType="parameter",
    )


def unknown_parameter(name: str) -> ApiError:
    return ApiError(
        400,
        "invalid",
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message.",
    )


def unknown_field(name: str, where: str) -> ApiError:
    place = f" at '{where}'" if where else ""
    return ApiError(400, "invalid", f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')


def invalid_value_at(where: str, value: object, message: str) -> ApiError:
    return ApiError(400, "invalid", f"Invalid value at '{where}': {message}, not {json.dumps(value)[:80]}")


def malformed_body(detail: str) -> ApiError:
    return ApiError(
        400, "parseError", f"Invalid JSON payload received: {detail}; send a JSON object as the request body"
    )


def method_not_found(http_method: str, host: str, path: str) -> ApiError:
    return ApiError(404, "notFound", f"The requested URL {http_method} https://{host}/{path} is no method of this API")


def insufficient_scopes(method: str) -> ApiError:
    return ApiError(
        403,
        "insufficientPermissions",
        f"Request had insufficient authentication scopes; {method} needs another scope than the token has",
    )


def fault_injected(method: str, status: int) -> ApiError:
    reason = {429: "rateLimitExceeded", 403: "forbidden", 404: "notFound"}.get(status, "backendError")
    return ApiError(status, reason, f"{method} was made to fail with {status} by a fault on the admin port")


def in_use(kind: str, resource: str, user: str) -> ApiError:
    return ApiError(
        400,
        "resourceInUseByAnotherResource",
        f"The {kind} resource '{resource}' is already being used by '{user}'",
    )


def being_deleted(resource: str) -> ApiError:
    return ApiError(400, "resourceNotReady", f"The resource '{resource}' is being deleted; wait until it is gone")


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


def project_denied(project: str) -> ApiError:
    return ApiError(
        403,
        "forbidden",
        f"Permission denied on resource project {project}, or it may not exist; the local cloud's project is named "
        "in FLASKSCALE_PROJECT and GCP_PROJECT",
    )


def concurrent_policy_change(resource: str) -> ApiError:
    return ApiError(
        409,
        "aborted",
        f"There were concurrent policy changes of {resource}; read the policy again and retry the whole change",
    )


def aip_not_found(name: str) -> ApiError:
    return ApiError(404, "notFound", f"Resource '{name}' was not found")


def aip_exists(name: str) -> ApiError:
    return ApiError(409, "alreadyExists", f"Resource '{name}' already exists")


def service_account_missing(name: str) -> ApiError:
    return ApiError(404, "notFound", f"Unknown service account or key: {name}")


def service_account_exists(name: str) -> ApiError:
    return ApiError(409, "alreadyExists", f"Service account {name} already exists")


def service_unknown(service: str) -> ApiError:
    return ApiError(
        404, "notFound", f"Service '{service}' was not found; the local cloud knows those that services.list shows"
    )


def service_in_use(service: str, user: str) -> ApiError:
    return ApiError(
        400,
        "failedPrecondition",
        f"The service {service} is needed by {user}, which is enabled; disable that first or send "
        "disableDependentServices",
    )


def body_too_large(limit: int) -> ApiError:
    return ApiError(413, "uploadTooLarge", f"the request body is larger than {limit} bytes; send a smaller one")


def internal_error() -> ApiError:
    return ApiError(
        500,
        "internalError",
        "the local cloud made a mistake; its log under LOCALCLOUD_STATE says which, please report it",
    )


def tag_immutable(tag: str) -> ApiError:
    return ApiError(
        400,
        "failedPrecondition",
        f"cannot update or delete tag {tag}. The repository has enabled tag immutability",
    )
