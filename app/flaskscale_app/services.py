"""What a worker process shares between its requests, made once from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from . import errors
from .cache import Cached
from .compute import ComputeClient, FleetReader
from .cpu import CpuMeter
from .draining import Draining
from .fleet import Fleet
from .metadata import Identity, MetadataServer, identity_of_host
from .settings import Settings
from .stress import Stress

EXTENSION = "flaskscale"


@dataclass(frozen=True)
class Services:
    """Everything outside a request that a request needs."""

    settings: Settings
    metadata: MetadataServer
    identity: Cached[Identity]
    fleet: Cached[Fleet]
    cpu: CpuMeter
    stress: Stress
    draining: Draining

    @classmethod
    def from_settings(cls, settings: Settings, client: ComputeClient | None = None) -> Services:
        """Make the services. Nothing is read or connected before the first request."""
        metadata = MetadataServer(settings.metadata_host)
        identity = Cached(metadata.identity, nothing_yet=errors.IDENTITY_NOT_READ_YET)
        reader = FleetReader(settings, client or ComputeClient())

        def read_fleet() -> Fleet:
            known = identity.get()
            return reader.read(known.value or identity_of_host(), known.error)

        return cls(
            settings=settings,
            metadata=metadata,
            identity=identity,
            fleet=Cached(
                read_fleet,
                fresh_seconds=settings.fleet_cache_seconds,
                failure_seconds=settings.fleet_cache_seconds,
                nothing_yet=errors.FLEET_NOT_READ_YET,
            ),
            cpu=CpuMeter(),
            stress=Stress(
                enabled=settings.stress_enabled,
                max_seconds=settings.stress_max_seconds,
                processes=settings.stress_processes,
            ),
            draining=Draining(),
        )


def services_of(app: Flask) -> Services:
    """The services an application was made with."""
    services = app.extensions[EXTENSION]
    assert isinstance(services, Services)  # noqa: S101 - tells the type checker what create_app put there
    return services


def current_services() -> Services:
    """The services of the application that handles the current request."""
    return services_of(current_app)
