"""The catalogue of every error the local cloud raises: one constructor each, the sentence in one place.

`LocalCloudError` and below are for the operator at the terminal; `ApiError` is what a Google client receives
(body shape: gce-behaviour, HTTP error body; reasons as Google's JSON APIs use them).
"""

from __future__ import annotations

import json
from typing import Any


class LocalCloudError(Exception):
    """Something the operator must do something about; the text is one sentence that says what."""


class SettingError(LocalCloudError):
    """A LOCALCLOUD_ variable has a value that cannot be used."""


class StartError(LocalCloudError):
    """The local cloud cannot start, or did not come up."""


class EngineMissingError(StartError):
    """No Docker engine answers.

    Attributes:
        address: where it was looked for.
        reason: what the operating system said.
    """

    def __init__(self, message: str, address: str, reason: str) -> None:
        super().__init__(message)
        self.address = address
        self.reason = reason


class StopError(LocalCloudError):
    """Something of the local cloud could not be stopped."""


class StorageFullError(LocalCloudError):
    """The disk under the state folder is full: the write was not made."""


class RegistryUnavailableError(LocalCloudError):
    """The container registry does not run; what speaks Docker's protocol is answered 503."""


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


def engine_missing(address: str, reason: str) -> EngineMissingError:
    return EngineMissingError(
        f"LOCALCLOUD_RUNTIME is 'vm' but no Docker engine answers at {address} ({reason}); install and start Docker "
        "20.10 or newer, be a member of its group, or set LOCALCLOUD_RUNTIME=process",
        address,
        reason,
    )


def engine_silent(address: str, reason: str) -> str:
    return f"no Docker engine answers at {address} ({reason})"


def machines_not_stopped(instances: list[str], reason: str) -> StopError:
    return StopError(f"the machines of {', '.join(instances)} could not be stopped: {reason}")


def not_all_stopped(failures: list[str]) -> StopError:
    return StopError(
        f"the local cloud has stopped, but not all of it: {'; '.join(failures)}; mend that and run 'make down' again"
    )


def engine_too_old(version: str) -> StartError:
    return StartError(
        f"the Docker engine is {version} but the vm runtime needs 20.10 or newer; upgrade or set "
        "LOCALCLOUD_RUNTIME=process"
    )


def engine_elsewhere(address: str, sign: str) -> StartError:
    return StartError(
        f"the Docker engine at {address} has its networks elsewhere than on this machine ({sign}), so machines could "
        "not be reached; point DOCKER_HOST at an engine of this machine itself, or set LOCALCLOUD_RUNTIME=process"
    )


def machine_base_missing(image: str) -> StartError:
    return StartError(
        f"{image} cannot be pulled, and making it from packages needs debootstrap and root; install debootstrap and "
        "run this command as root, or let the engine reach Docker Hub"
    )


def debootstrap_failed(lines: list[str]) -> StartError:
    return StartError(f"debootstrap could not make a base: {' | '.join(lines)}")


def base_not_packed(lines: list[str], folder: str) -> StartError:
    return StartError(
        f"the base that debootstrap made could not be packed: {' | '.join(lines)}; free space under {folder}, or set "
        "TMPDIR to a folder that has some"
    )


def machine_image_failed(fault: str, lines: list[str]) -> StartError:
    return StartError(f"{fault}; the build's last lines: {' | '.join(lines)}")


def machine_images_missing() -> StartError:
    return StartError("the machine images of the vm runtime are not built; run '.venv/bin/python -m localcloud images'")


def another_runtime(remembered: str, asked: str) -> StartError:
    return StartError(
        f"LOCALCLOUD_RUNTIME is '{asked}' but the state has instances of the runtime '{remembered}'; "
        f"set LOCALCLOUD_RUNTIME={remembered}, or empty the cloud with '.venv/bin/python -m localcloud reset'"
    )


def running_with_another_runtime(running: str, asked: str) -> StartError:
    return StartError(
        f"LOCALCLOUD_RUNTIME is '{asked}' but the local cloud runs with '{running}'; set LOCALCLOUD_RUNTIME={running}, "
        "or remove it with 'make clean' first"
    )


def state_unusable(folder: str, reason: str) -> SettingError:
    return SettingError(f"LOCALCLOUD_STATE is {folder}, which cannot be created or written: {reason}; choose another")


def state_in_use(folder: str) -> StartError:
    return StartError(f"{folder} is in use by another local cloud; stop that one or set LOCALCLOUD_STATE elsewhere")


def start_failed(last_line: str, log: str) -> StartError:
    return StartError(f"the local cloud ended while starting: {last_line} (the whole log is {log})")


def start_slow(seconds: float, log: str) -> StartError:
    return StartError(f"the local cloud did not answer within {seconds:g} s; read {log} for what it waits for")


def not_stopping(pid: int, seconds: float) -> StartError:
    return StartError(f"the local cloud (pid {pid}) did not stop within {seconds:g} s; end it with: kill -9 {pid}")


def not_running() -> StartError:
    return StartError("the local cloud is not running; start it with: .venv/bin/python -m localcloud up")


def storage_full(folder: str) -> StorageFullError:
    return StorageFullError(
        f"the disk that holds {folder} is full, so nothing was stored; free space or move LOCALCLOUD_STATE"
    )


def store_unreadable(database: str, reason: str) -> StartError:
    return StartError(f"{database} cannot be read ({reason}); move it away or set LOCALCLOUD_STATE elsewhere")


def store_of_another_version(database: str, found: int, known: int) -> StartError:
    return StartError(
        f"{database} has schema {found} but this program reads schema {known}; move it away or set LOCALCLOUD_STATE "
        "elsewhere"
    )


def envoy_no_process(reason: str) -> StartError:
    return StartError(f"Envoy got no process ({reason}); free memory or processes")


def envoy_ended(log: str, tail: str) -> StartError:
    return StartError(f"Envoy ended while it was starting; {log} ends with: {tail}")


def envoy_slow(seconds: float, log: str, tail: str) -> StartError:
    return StartError(f"Envoy was not ready after {seconds:g} s; {log} ends with: {tail}")


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


def tunnel_refused(host: str) -> str:
    return (
        f"The local cloud serves Google's APIs only and does not tunnel to {host}; unset HTTPS_PROXY or add it to "
        "NO_PROXY"
    )


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


def registry_missing() -> RegistryUnavailableError:
    return RegistryUnavailableError(
        "the local cloud found no docker-registry to keep images in; install it (Debian and Ubuntu: apt-get install "
        "docker-registry), or start the local cloud with LOCALCLOUD_RUNTIME=vm, which runs registry:2 on the Docker "
        "engine"
    )


def registry_engine_silent(address: str, reason: str) -> RegistryUnavailableError:
    return RegistryUnavailableError(
        f"the registry runs as a container and {engine_silent(address, reason)}; start it, or install docker-registry "
        "(Debian and Ubuntu: apt-get install docker-registry), which needs no engine"
    )


def registry_not_stopped(reason: str) -> RegistryUnavailableError:
    return RegistryUnavailableError(f"the container registry could not be stopped: {reason}")


def registry_failed(reason: str) -> RegistryUnavailableError:
    return RegistryUnavailableError(f"the container registry did not start: {reason}")


def registry_error(detail: str) -> RegistryUnavailableError:
    return RegistryUnavailableError(f"the container registry failed: {detail}; log/registry.log in the state says more")


def registry_broke_off() -> RegistryUnavailableError:
    return RegistryUnavailableError("the container registry broke off; send the request again")


def tag_immutable(tag: str) -> ApiError:
    return ApiError(
        400,
        "failedPrecondition",
        f"cannot update or delete tag {tag}. The repository has enabled tag immutability",
    )


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
