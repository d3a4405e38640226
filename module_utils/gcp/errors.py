"""Every error the engine raises, one constructor each, one sentence each.

The sentence says what was found, what was expected and what to do next, and names the setting.
"""

from __future__ import annotations

from typing import Any


class GcpError(Exception):
    """The base of the catalogue; `str(error)` is the sentence shown to the operator."""


class LibraryMissingError(GcpError):
    """google-auth or requests cannot be imported by the Python that runs the module."""

    def __init__(self, library: str, python: str) -> None:
        super().__init__(
            f"{python} cannot import {library}; install it there, or set ansible_python_interpreter "
            "to the Python that has it (the inventory does: {{ ansible_playbook_python }})"
        )


class SettingMissingError(GcpError):
    """An option without which no request can be built was left out."""

    def __init__(self, option: str, environment: str = "") -> None:
        where = f"set the option {option}" + (f" or the environment variable {environment}" if environment else "")
        super().__init__(f"{option} is not set, and no request to Google can be made without it; {where}")


class CredentialsUnusableError(GcpError):
    """The credentials that auth_kind asks for could not be read or exchanged for a token."""

    def __init__(self, auth_kind: str, reason: str) -> None:
        super().__init__(
            f"auth_kind is {auth_kind}, but its credentials cannot be used: {_clause(reason)}; "
            "correct the credentials or choose another auth_kind"
        )


class ReferenceAmbiguousError(GcpError):
    """A bare name was given where the API has no single place to look it up."""

    def __init__(self, option: str, value: str, example: str) -> None:
        super().__init__(
            f"{option} is {value!r}, a bare name, but its zone or region cannot be known from here; "
            f"give a partial path such as {example}"
        )


class ImmutableChangeError(GcpError):
    """The API cannot change this field, and nothing is recreated under the same name."""

    def __init__(self, kind: str, name: str, option: str, old: Any, new: Any) -> None:
        found = _shown(old)
        super().__init__(
            f"{option} of {kind} {name} is {found} and cannot become {_shown(new)}, because Google fixes it at "
            f"creation; keep {found}, choose another name, or delete {name} first"
        )
        self.option, self.old, self.new = option, old, new


class ValueInvalidError(GcpError):
    """An option's value is not what its documentation allows."""

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(f"{option} cannot be used: {_clause(reason)}; see ansible-doc for what it takes")


class ApiError(GcpError):
    """Google refused a request. Follows Google's error body: `error.code`, `.message`, `.errors[].reason`."""

    def __init__(self, method: str, target: str, status: int, reason: str, message: str) -> None:
        named = f"{status} {reason}" if reason else str(status)
        advice = _ADVICE.get(reason) or _ADVICE_BY_STATUS.get(status)
        super().__init__(
            f"Google answered {named} to {method} on {target}: {_clause(message)}" + (f"; {advice}" if advice else "")
        )
        self.status, self.reason, self.message = status, reason, message

    @property
    def service_disabled(self) -> bool:
        """Whether the project has not enabled the service. Follows ErrorInfo's reasons and their older names."""
        return self.reason in ("accessNotConfigured", "SERVICE_DISABLED")


class UnreachableError(GcpError):
    """No answer came after every attempt."""

    def __init__(self, method: str, host: str, attempts: int, reason: str) -> None:
        super().__init__(
            f"{method} had no answer from {host} in {attempts} attempts: {_clause(reason)}; check the network and "
            "HTTPS_PROXY (for the local cloud: .venv/bin/python -m localcloud status), then run the same command again"
        )


class OperationFailedError(GcpError):
    """An operation ended DONE with `error.errors`."""

    def __init__(self, method: str, target: str, errors: list[tuple[str, str]]) -> None:
        found = "; ".join(f"{code}: {_clause(message)}" if code else _clause(message) for code, message in errors)
        super().__init__(f"{method} on {target} was accepted but failed: {found}")
        self.codes = [code for code, _ in errors]


class OperationTimedOutError(GcpError):
    """An operation was still running when wait_timeout_sec had passed."""

    def __init__(self, method: str, target: str, operation: str, seconds: float) -> None:
        super().__init__(
            f"{method} on {target} is still running after {seconds:g} s (operation {operation}); "
            "raise wait_timeout_sec, or run the same command again to carry on"
        )


class RegistryRefusedError(GcpError):
    """The registry does not let the account in use read an image."""

    def __init__(self, host: str, name: str, status: int, message: str) -> None:
        super().__init__(
            f"the registry {host} answered {status} when asked for {name}: {_clause(message)}; grant the account in "
            "use roles/artifactregistry.reader on the repository, and see that auth_kind names that account"
        )


class RegistryFailedError(GcpError):
    """The registry answered something that is neither a manifest nor that there is none."""

    def __init__(self, host: str, name: str, status: int, message: str) -> None:
        super().__init__(
            f"the registry {host} answered {status} when asked for {name}: {_clause(message)}; run the same command "
            "again, and check registry_host if that does not help"
        )


_SHOWN_LENGTH = 120
_ADVICE = {
    "accessNotConfigured": "enable the API (the role project does it), then run the same command again",
    "forbidden": "grant the account in use the permission named, then run the same command again",
    "rateLimitExceeded": "wait a minute and run the same command again",
    "quotaExceeded": "ask for more quota or choose smaller sizes",
    "resourceInUseByAnotherResource": "remove what uses it first",
}
_ADVICE_BY_STATUS = {
    401: "the credentials were not accepted; check auth_kind and what it names",
    412: "something else changes it at the same time; run the same command again",
}


def _shown(value: Any) -> str:
    """A value as the operator would write it, short enough for a sentence."""
    text = "unset" if value is None else repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 1]}…"


def _clause(text: str) -> str:
    """A message from elsewhere as part of our sentence: one line, no full stop at its end."""
    return " ".join(str(text).split()).rstrip(".;")
