"""What the local cloud says to its operator: one constructor an error, each a sentence that says what to do."""

from __future__ import annotations


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


def tunnel_refused(host: str) -> str:
    return (
        f"The local cloud serves Google's APIs only and does not tunnel to {host}; unset HTTPS_PROXY or add it to "
        "NO_PROXY"
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
