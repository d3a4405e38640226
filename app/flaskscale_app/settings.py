"""The application's settings, read once from the environment into a typed, validated object."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import SettingError

_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_ZONE = re.compile(r"[a-z]+-[a-z]+[0-9]+-[a-z]")
_RESOURCE_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class Settings:
    """What can be set, with the value that holds when the environment is silent. Times are in seconds."""

    port: int = 5000
    """PORT: the TCP port gunicorn listens on."""
    project: str | None = None
    """FLASKSCALE_PROJECT: the project of the fleet; from the metadata server when None."""
    zone: str | None = None
    """FLASKSCALE_ZONE: this instance's zone; from the metadata server when None."""
    region: str | None = None
    """FLASKSCALE_REGION: the region of a regional group; None means that the group is zonal."""
    group: str | None = None
    """FLASKSCALE_GROUP: the instance group manager's name; None shows the zone's instances alone."""
    release: str | None = None
    """FLASKSCALE_RELEASE: what the page calls this release."""
    fleet_cache_seconds: float = 5.0
    """FLASKSCALE_FLEET_CACHE_SECONDS: how long one reading of the Compute API answers all requests."""
    stress_enabled: bool = False
    """FLASKSCALE_STRESS_ENABLED: whether POST /stress may burn CPU."""
    stress_max_seconds: int = 300
    """FLASKSCALE_STRESS_MAX_SECONDS: the longest burn that may be asked for."""
    stress_processes: int = 2
    """FLASKSCALE_STRESS_PROCESSES: how many processes burn; two fill the two vCPUs of an e2-medium."""
    cores_per_vcpu: float = 1.0
    """FLASKSCALE_CORES_PER_VCPU: cores that one vCPU of this instance stands for; below 1 where vCPUs are emulated."""
    drain_seconds: float = 5.0
    """FLASKSCALE_DRAIN_SECONDS: how long after SIGTERM connections are still accepted and /health is 503."""
    graceful_seconds: int = 25
    """FLASKSCALE_GRACEFUL_SECONDS: how long requests in flight may take once no more are accepted."""
    web_concurrency: int = 1
    """WEB_CONCURRENCY: worker processes."""
    metadata_host: str = "metadata.google.internal"
    """GCE_METADATA_HOST: host[:port] of the metadata server, the variable that google-auth reads too."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment (os.environ when None); an empty variable counts as absent.

        Raises SettingError naming the first variable refused.
        """
        read = _Reader(os.environ if environment is None else environment)
        settings = cls(
            port=read.whole("PORT", cls.port, 1, 65535),
            project=read.name("FLASKSCALE_PROJECT", _PROJECT, "a project ID such as 'my-project'"),
            zone=read.name("FLASKSCALE_ZONE", _ZONE, "a zone such as 'us-central1-a'"),
            region=read.name("FLASKSCALE_REGION", _REGION, "a region such as 'us-central1'"),
            group=read.name(
                "FLASKSCALE_GROUP", _RESOURCE_NAME, "an instance group manager's name such as 'flaskscale-group'"
            ),
            release=read.text("FLASKSCALE_RELEASE"),
            fleet_cache_seconds=read.seconds("FLASKSCALE_FLEET_CACHE_SECONDS", cls.fleet_cache_seconds, 0.1, 300),
            stress_enabled=read.boolean("FLASKSCALE_STRESS_ENABLED", cls.stress_enabled),
            stress_max_seconds=read.whole("FLASKSCALE_STRESS_MAX_SECONDS", cls.stress_max_seconds, 1, 3600),
            stress_processes=read.whole("FLASKSCALE_STRESS_PROCESSES", cls.stress_processes, 1, 64),
            cores_per_vcpu=read.number("FLASKSCALE_CORES_PER_VCPU", cls.cores_per_vcpu, 0.01, 16, "a number of cores"),
            drain_seconds=read.seconds("FLASKSCALE_DRAIN_SECONDS", cls.drain_seconds, 0, 600),
            graceful_seconds=read.whole("FLASKSCALE_GRACEFUL_SECONDS", cls.graceful_seconds, 1, 3600),
            web_concurrency=read.whole("WEB_CONCURRENCY", cls.web_concurrency, 1, 64),
            metadata_host=read.text("GCE_METADATA_HOST") or cls.metadata_host,
        )
        if settings.region and settings.zone and not settings.zone.startswith(f"{settings.region}-"):
            raise SettingError(
                "FLASKSCALE_ZONE", settings.zone, f"a zone of FLASKSCALE_REGION, which is {settings.region!r}"
            )
        return settings


class _Reader:
    """Typed look-ups in one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, variable: str) -> str | None:
        return self._environment.get(variable, "").strip() or None

    def name(self, variable: str, pattern: re.Pattern[str], expected: str) -> str | None:
        value = self.text(variable)
        if value is not None and not pattern.fullmatch(value):
            raise SettingError(variable, value, expected)
        return value

    def whole(self, variable: str, default: int, minimum: int, maximum: int) -> int:
        value = self.text(variable)
        if value is None:
            return default
        expected = f"a whole number from {minimum} to {maximum}"
        if not (value.isascii() and value.isdigit()) or not minimum <= int(value) <= maximum:
            raise SettingError(variable, value, expected)
        return int(value)

    def seconds(self, variable: str, default: float, minimum: float, maximum: float) -> float:
        return self.number(variable, default, minimum, maximum, "a number of seconds")

    def number(self, variable: str, default: float, minimum: float, maximum: float, noun: str) -> float:
        value = self.text(variable)
        if value is None:
            return default
        expected = f"{noun} from {minimum:g} to {maximum:g}"
        try:
            number = float(value)
        except ValueError:
            raise SettingError(variable, value, expected) from None
        if not minimum <= number <= maximum:  # also refuses nan, which compares false with everything
            raise SettingError(variable, value, expected)
        return number

    def boolean(self, variable: str, default: bool) -> bool:
        value = self.text(variable)
        if value is None:
            return default
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise SettingError(variable, value, "true or false")
