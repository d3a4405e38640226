"""How the Docker Engine is reached, and how its refusals become one sentence each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.utils import kwargs_from_env

from localcloud.errors.program import engine_missing, engine_too_old
from localcloud.runtimes.runtime import RuntimeFaultError

_OLDEST_API = (1, 41)
_USUAL_ADDRESS = "unix:///var/run/docker.sock"


class EngineFaultError(RuntimeFaultError):
    """The engine refused, or did not answer."""


class EngineSilentError(EngineFaultError):
    """The engine did not answer.

    Attributes:
        reason: what the operating system said.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotOnEngineError(EngineFaultError):
    """The engine has no such container, network or image."""


def connected_client(answer_seconds: int) -> docker.APIClient:
    """A thread-safe client of the engine that DOCKER_HOST names, else of the one at its usual socket.

    Args:
        answer_seconds: how long the engine may be silent.

    Raises:
        StartError: none answers, or it is older than Docker 20.10.
    """
    try:
        client = docker.APIClient(version="auto", timeout=answer_seconds, **kwargs_from_env())
        version = client.version()
    except (DockerException, OSError) as error:
        raise engine_missing(engine_address(), _reason(error)) from error
    if parsed_version(version["ApiVersion"]) < _OLDEST_API:
        client.close()
        raise engine_too_old(version["Version"])
    return client


def engine_address() -> str:
    """Where the engine is looked for, as DOCKER_HOST is written."""
    return os.environ.get("DOCKER_HOST") or _USUAL_ADDRESS


def parsed_version(text: str) -> tuple[int, ...]:
    """`1.41` as numbers that compare."""
    return tuple(int(part) for part in text.split("."))


@contextmanager
def faults(what: str, allowed: int | None = None) -> Iterator[None]:
    """Turn the client's errors into ours, the allowed status excepted.

    Args:
        what: is asked of the engine, as in "the Docker engine could not ...".
        allowed: an HTTP status that is no fault.

    Raises:
        NotOnEngineError: it is asked of something that is not there.
        EngineSilentError: the engine did not answer.
        EngineFaultError: the engine refused.
    """
    try:
        yield
    except NotFound as error:
        raise NotOnEngineError(f"the Docker engine could not {what}: {_reason(error)}") from error
    except APIError as error:
        if error.status_code != allowed:
            raise EngineFaultError(f"the Docker engine could not {what}: {_reason(error)}") from error
    except (DockerException, OSError) as error:
        reason = _reason(error)
        raise EngineSilentError(f"the Docker engine did not answer to {what}: {reason}", reason) from error


def raise_reported(what: str, line: Mapping[str, Any]) -> None:
    """An error in a stream of progress that began with 200.

    Raises:
        EngineFaultError: the line is one.
    """
    if "error" in line:
        raise EngineFaultError(f"the Docker engine could not {what}: {line['error']}")


def _reason(error: BaseException) -> str:
    """What the engine explains, else what the operating system said below the client's layers, else the error."""
    if isinstance(error, APIError) and error.explanation:
        return str(error.explanation)
    cause = error.__cause__ or error.__context__
    while cause:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error)
