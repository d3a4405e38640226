"""Every error of building, trying and pushing an image: one sentence each, the end of the log below it."""

from __future__ import annotations

from ..logs import telling_lines

LOG_LINES = 20


class ContainerError(Exception):
    """The base of the catalogue; `str(error)` is what is shown to the operator."""


def last_lines(log: str) -> str:
    """The end of a log as it stands below a sentence; empty for an empty log."""
    return "".join(f"\n  {line}" for line in telling_lines(log, LOG_LINES))


class EngineMissingError(ContainerError):
    """There is no docker command on the build host."""

    def __init__(self, docker: str) -> None:
        super().__init__(
            f"the build host has no command {docker}; install Docker 20.10 or newer there, or choose app_image_method "
            "builder, which makes a host that has it"
        )


class EngineSilentError(ContainerError):
    """The engine does not answer the command."""

    def __init__(self, said: str) -> None:
        super().__init__(
            "the Docker engine of the build host does not answer; start it, and see that the user may use it (group "
            f"docker){last_lines(said)}"
        )


class EngineTooOldError(ContainerError):
    """The engine's BuildKit does not know what the Dockerfile uses."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"the Docker engine of the build host is version {version} but cache and secret mounts need 20.10 or "
            "newer; update it, or choose app_image_method builder"
        )


class BuildxMissingError(ContainerError):
    """The docker command is new enough to want buildx and does not have it."""

    def __init__(self) -> None:
        super().__init__(
            "the docker command of the build host builds with buildx but has none; install its package (docker-buildx "
            "or docker-buildx-plugin), or name another command in app_image_docker"
        )


class BaseMissingError(ContainerError):
    """The base cannot be had."""

    def __init__(self, base: str, said: str) -> None:
        super().__init__(
            f"app_image_base is {base}, which the build host cannot pull; correct it, or bring it as a file of docker "
            f"save in app_image_base_archive{last_lines(said)}"
        )


class BaseArchiveRefusedError(ContainerError):
    """The archive with the base cannot be loaded."""

    def __init__(self, archive: str, said: str) -> None:
        super().__init__(
            f"app_image_base_archive is {archive}, which the engine refuses; make it with docker save{last_lines(said)}"
        )


class BaseNotInArchiveError(ContainerError):
    """The archive was loaded and has another image."""

    def __init__(self, base: str, archive: str) -> None:
        super().__init__(
            f"app_image_base is {base} but app_image_base_archive {archive} does not hold it; name the image that was "
            "saved in it"
        )


class NoSpaceError(ContainerError):
    """The build host's disk is full."""

    def __init__(self, step: str, said: str) -> None:
        super().__init__(
            f"the build host has no space left for {step}; make room (docker image prune --all) or give it a larger "
            f"disk{last_lines(said)}"
        )


class CertificateRefusedError(ContainerError):
    """pip, in the build, does not trust who answers for the package index."""

    def __init__(self, said: str) -> None:
        super().__init__(
            "pip does not trust the package index's certificate during the build; set "
            "app_image_certificate_authority to a PEM file with the certificate authority of your network"
            f"{last_lines(said)}"
        )


class BuildFailedError(ContainerError):
    """The Dockerfile does not build."""

    def __init__(self, dockerfile: str, said: str) -> None:
        super().__init__(
            f"{dockerfile} does not build; correct what the end of its log says and run the same command again"
            f"{last_lines(said)}"
        )


class BuildToolMissingError(ContainerError):
    """A requirement is built from its source, with a tool that the base does not have."""

    def __init__(self, dockerfile: str, base: str, tool: str, said: str) -> None:
        super().__init__(
            f"{dockerfile} does not build: a requirement needs {tool}, which {base} does not have; set app_image_base "
            f"to python:3.13, the full image, or require a package with a binary wheel{last_lines(said)}"
        )


class PortTakenError(ContainerError):
    """Another program of the build host has the port of the smoke run."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} of the build host is taken, and the image is tried on it; stop what uses it or choose "
            "another app_image_smoke_port"
        )


class ContainerRefusedError(ContainerError):
    """The engine does not start the container."""

    def __init__(self, image: str, said: str) -> None:
        super().__init__(f"the engine does not start {image}; correct what it says{last_lines(said)}")


class ContainerEndedError(ContainerError):
    """The application's process ended while it was tried."""

    def __init__(self, code: str, log: str) -> None:
        super().__init__(
            f"the application ended with code {code} while it was tried, before anything of the fleet was changed; "
            f"correct what its log says{last_lines(log)}"
        )


class ListensElsewhereError(ContainerError):
    """The application listens, but not where it should."""

    def __init__(self, port: int, found: str, log: str) -> None:
        super().__init__(
            f"the application listens on {found} but it is reached on 0.0.0.0:{port}; let it listen on all addresses "
            f"on the port in the environment variable PORT{last_lines(log)}"
        )


class NobodyListensError(ContainerError):
    """The application runs and does not listen."""

    def __init__(self, port: int, seconds: float, log: str) -> None:
        super().__init__(
            f"the application runs but listened on no port within {seconds:g} s, expected {port}; see what its log "
            f"waits for, or raise app_image_smoke_seconds{last_lines(log)}"
        )


class UnhealthyError(ContainerError):
    """The health path answers something else than 200."""

    def __init__(self, path: str, answered: str, seconds: float, log: str) -> None:
        super().__init__(
            f"instance_group_health_path is {path}, which {answered} for {seconds:g} s; expected 200; correct the "
            f"application or the path{last_lines(log)}"
        )


class TokenMissingError(ContainerError):
    """The build host's metadata server gives no token."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the build host's metadata server gives no token for the registry: {reason}; see that the host has a "
            "service account, or choose app_image_method engine"
        )


class RegistryRefusedError(ContainerError):
    """The registry refuses the login or the push."""

    def __init__(self, registry: str, step: str, said: str) -> None:
        super().__init__(
            f"the registry {registry} refuses the {step}; grant the account in use roles/artifactregistry.writer on "
            f"the repository and see that the repository exists{last_lines(said)}"
        )


class RegistryUnreachableError(ContainerError):
    """The registry does not answer the build host's engine."""

    def __init__(self, registry: str, said: str) -> None:
        super().__init__(
            f"the registry {registry} does not answer the build host; check app_image_registry and the network"
            f"{last_lines(said)}"
        )


class PushFailedError(ContainerError):
    """The push ended for another reason."""

    def __init__(self, image: str, said: str) -> None:
        super().__init__(f"{image} cannot be pushed; run the same command again{last_lines(said)}")
