"""Every error sentence of the application, one constructor each.

A sentence says what was found, what was expected and, where the reader can do something, what to do next.
"""

from __future__ import annotations


class SettingError(ValueError):
    """An environment variable has a value the application refuses."""

    def __init__(self, variable: str, value: str, expected: str) -> None:
        super().__init__(f"{variable} is {value!r}; expected {expected}")
        self.variable = variable


class SourceUnavailableError(Exception):
    """The metadata server or the Compute API did not give what was asked; str() is a sentence to show."""


class StressRefusedError(Exception):
    """A request to burn CPU is refused; str() is the sentence, status the HTTP status."""

    def __init__(self, status: int, sentence: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


def metadata_unreachable(host: str, path: str, reason: str) -> SourceUnavailableError:
    """No answer at all from the metadata server."""
    return SourceUnavailableError(
        f"The metadata server {host} could not be asked for {path} ({reason}); "
        "outside Compute Engine this is normal, otherwise check GCE_METADATA_HOST"
    )


def metadata_refused(host: str, path: str, status: int) -> SourceUnavailableError:
    """The metadata server answered, but not with the value."""
    return SourceUnavailableError(f"The metadata server {host} answered {status} for {path}; expected 200")


def credentials_missing(reason: str) -> SourceUnavailableError:
    """google-auth found no credentials of this instance, or could not get a token for them."""
    return SourceUnavailableError(
        f"The Compute API was not asked because this instance has no working credentials ({reason}); "
        "attach a service account with roles/compute.viewer to the instance"
    )


def compute_unreachable(method: str, reason: str) -> SourceUnavailableError:
    """No answer to a Compute API call."""
    return SourceUnavailableError(f"The Compute API did not answer {method} ({reason})")


def compute_refused(method: str, status: int, message: str) -> SourceUnavailableError:
    """The Compute API answered with an error document."""
    return SourceUnavailableError(f"The Compute API answered {status} to {method}: {message}")


def compute_document_unexpected(method: str, reason: str) -> SourceUnavailableError:
    """The Compute API answered 200 with something that is not the documented shape."""
    return SourceUnavailableError(
        f"The Compute API answered {method} with a document that was not understood ({reason})"
    )


def location_unknown(reason: str) -> SourceUnavailableError:
    """Project or zone are neither set nor known from the metadata server."""
    return SourceUnavailableError(
        "The fleet cannot be read because this instance does not know its project and zone "
        f"(set FLASKSCALE_PROJECT and FLASKSCALE_ZONE): {reason}"
    )


FLEET_NOT_READ_YET = "The fleet is still being read for the first time; reload in a moment"
IDENTITY_NOT_READ_YET = "The metadata server is still being asked who this instance is; reload in a moment"


def stress_disabled() -> StressRefusedError:
    """POST /stress on an instance that does not allow it."""
    return StressRefusedError(403, "Stress is off on this instance; set FLASKSCALE_STRESS_ENABLED=true to allow it")


def stress_from_another_site(origin: str) -> StressRefusedError:
    """A browser sends the request for a page of another site."""
    return StressRefusedError(
        403, f"Stress was asked for by a page of another site ({origin}); use this site's own page"
    )


def stress_seconds_invalid(value: str, maximum: int) -> StressRefusedError:
    """The seconds argument is not a whole number in range."""
    return StressRefusedError(
        400, f"seconds is {value!r}; expected a whole number from 1 to {maximum} (FLASKSCALE_STRESS_MAX_SECONDS)"
    )


def stress_already_running(remaining_seconds: int) -> StressRefusedError:
    """One burn at a time."""
    return StressRefusedError(
        409,
        f"This instance is already burning CPU for another {remaining_seconds} s; ask again after that",
        retry_after_seconds=remaining_seconds,
    )


def stress_while_draining() -> StressRefusedError:
    """The instance is leaving."""
    return StressRefusedError(
        503, "This instance is draining and starts no new work; ask again and another will answer"
    )
