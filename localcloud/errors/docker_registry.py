"""What a client of Docker's protocol is answered: one constructor an error (OCI distribution: error codes)."""

from __future__ import annotations

from localcloud.errors.api import ApiError
from localcloud.errors.program import LocalCloudError, StorageFullError


class RegistryRefusalError(Exception):
    """An error reply in Docker's protocol (OCI distribution: error codes).

    Attributes:
        status: HTTP status.
        code: the protocol's error word.
        message: one sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def registry_login_missing() -> RegistryRefusalError:
    return RegistryRefusalError(
        401, "UNAUTHORIZED", "authentication required; log in as oauth2accesstoken with an access token as password"
    )


def registry_user_unknown(user: str) -> RegistryRefusalError:
    return RegistryRefusalError(
        401, "UNAUTHORIZED", f"the user is '{user}'; expected oauth2accesstoken with an access token as password"
    )


def registry_unauthorized(message: str) -> RegistryRefusalError:
    return RegistryRefusalError(401, "UNAUTHORIZED", message)


def registry_denied(permission: str, resource: str) -> RegistryRefusalError:
    return RegistryRefusalError(
        403, "DENIED", f'Permission "{permission}" denied on resource "{resource}" (or it may not exist)'
    )


def registry_denied_by(error: ApiError) -> RegistryRefusalError:
    return RegistryRefusalError(403, "DENIED", error.message)


def registry_repository_unknown(name: str) -> RegistryRefusalError:
    return RegistryRefusalError(404, "NAME_UNKNOWN", f'Repository "{name}" not found')


def registry_format_wrong(name: str, found: str) -> RegistryRefusalError:
    return RegistryRefusalError(
        404, "NAME_UNKNOWN", f'Repository "{name}" not found: its format is {found}, expected DOCKER'
    )


def registry_name_invalid(expected: str) -> RegistryRefusalError:
    return RegistryRefusalError(
        400, "NAME_INVALID", f"Missing image name. Pushes should be of the form docker push {expected}"
    )


def registry_path_unknown(path: str) -> RegistryRefusalError:
    return RegistryRefusalError(404, "NAME_UNKNOWN", f"{path} is no path of the registry's protocol")


def registry_unsupported(http_method: str, what: str) -> RegistryRefusalError:
    return RegistryRefusalError(405, "UNSUPPORTED", f"the registry does not support {http_method} of {what}")


def manifest_unknown(reference: str, path: str) -> RegistryRefusalError:
    return RegistryRefusalError(404, "MANIFEST_UNKNOWN", f'Failed to fetch "{reference}" from request "{path}".')


def image_unknown(name: str) -> RegistryRefusalError:
    return RegistryRefusalError(404, "NAME_UNKNOWN", f'Image "{name}" not found: nothing was pushed to it')


def manifest_invalid(reason: str) -> RegistryRefusalError:
    return RegistryRefusalError(400, "MANIFEST_INVALID", reason)


def digest_invalid(found: str, expected: str) -> RegistryRefusalError:
    return RegistryRefusalError(
        400, "DIGEST_INVALID", f"the manifest's digest is {found} but the request names {expected}"
    )


def registry_unavailable(error: LocalCloudError) -> RegistryRefusalError:
    return RegistryRefusalError(503, "UNAVAILABLE", str(error))


def registry_full(error: StorageFullError) -> RegistryRefusalError:
    # Engines try again for a minute after a 5xx, and then show its number instead of its sentence.
    return RegistryRefusalError(403, "DENIED", str(error))


def registry_fault(error: ApiError) -> RegistryRefusalError:
    words = {401: "UNAUTHORIZED", 403: "DENIED", 404: "NAME_UNKNOWN", 429: "TOOMANYREQUESTS"}
    return RegistryRefusalError(error.code, words.get(error.code, "UNAVAILABLE"), error.message)
