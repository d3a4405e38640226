"""The settings: defaults, every type, and the exact sentence of each refusal."""

from __future__ import annotations

import pytest
from flaskscale_app.errors import SettingError
from flaskscale_app.settings import Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_an_empty_variable_counts_as_absent() -> None:
    assert Settings.from_environment({"PORT": "", "FLASKSCALE_GROUP": " "}) == Settings()


def test_every_variable_is_read() -> None:
    assert Settings.from_environment(
        {
            "PORT": "8000",
            "FLASKSCALE_PROJECT": "my-project",
            "FLASKSCALE_ZONE": "us-central1-a",
            "FLASKSCALE_REGION": "us-central1",
            "FLASKSCALE_GROUP": "flaskscale-group",
            "FLASKSCALE_RELEASE": "0123456789ab",
            "FLASKSCALE_FLEET_CACHE_SECONDS": "2.5",
            "FLASKSCALE_STRESS_ENABLED": "Yes",
            "FLASKSCALE_STRESS_MAX_SECONDS": "30",
            "FLASKSCALE_STRESS_PROCESSES": "4",
            "FLASKSCALE_CORES_PER_VCPU": "0.25",
            "FLASKSCALE_DRAIN_SECONDS": "0",
            "FLASKSCALE_GRACEFUL_SECONDS": "10",
            "WEB_CONCURRENCY": "3",
            "GCE_METADATA_HOST": "127.0.0.1:8892",
        }
    ) == Settings(
        port=8000,
        project="my-project",
        zone="us-central1-a",
        region="us-central1",
        group="flaskscale-group",
        release="0123456789ab",
        fleet_cache_seconds=2.5,
        stress_enabled=True,
        stress_max_seconds=30,
        stress_processes=4,
        cores_per_vcpu=0.25,
        drain_seconds=0.0,
        graceful_seconds=10,
        web_concurrency=3,
        metadata_host="127.0.0.1:8892",
    )


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "http", "PORT is 'http'; expected a whole number from 1 to 65535"),
        ("PORT", "65536", "PORT is '65536'; expected a whole number from 1 to 65535"),
        ("PORT", "-1", "PORT is '-1'; expected a whole number from 1 to 65535"),
        ("PORT", "\u0663", "PORT is '\u0663'; expected a whole number from 1 to 65535"),
        ("FLASKSCALE_PROJECT", "P", "FLASKSCALE_PROJECT is 'P'; expected a project ID such as 'my-project'"),
        (
            "FLASKSCALE_ZONE",
            "us-central1",
            "FLASKSCALE_ZONE is 'us-central1'; expected a zone such as 'us-central1-a'",
        ),
        (
            "FLASKSCALE_REGION",
            "us-central1-a",
            "FLASKSCALE_REGION is 'us-central1-a'; expected a region such as 'us-central1'",
        ),
        (
            "FLASKSCALE_GROUP",
            "../x",
            "FLASKSCALE_GROUP is '../x'; expected an instance group manager's name such as 'flaskscale-group'",
        ),
        (
            "FLASKSCALE_FLEET_CACHE_SECONDS",
            "0",
            "FLASKSCALE_FLEET_CACHE_SECONDS is '0'; expected a number of seconds from 0.1 to 300",
        ),
        (
            "FLASKSCALE_DRAIN_SECONDS",
            "nan",
            "FLASKSCALE_DRAIN_SECONDS is 'nan'; expected a number of seconds from 0 to 600",
        ),
        (
            "FLASKSCALE_DRAIN_SECONDS",
            "long",
            "FLASKSCALE_DRAIN_SECONDS is 'long'; expected a number of seconds from 0 to 600",
        ),
        (
            "FLASKSCALE_CORES_PER_VCPU",
            "0",
            "FLASKSCALE_CORES_PER_VCPU is '0'; expected a number of cores from 0.01 to 16",
        ),
        ("FLASKSCALE_STRESS_ENABLED", "maybe", "FLASKSCALE_STRESS_ENABLED is 'maybe'; expected true or false"),
        ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY is '0'; expected a whole number from 1 to 64"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_name(variable: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({variable: value})
    assert str(refused.value) == sentence
    assert refused.value.variable == variable


def test_a_zone_outside_the_region_is_refused() -> None:
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({"FLASKSCALE_REGION": "us-central1", "FLASKSCALE_ZONE": "us-central2-a"})
    assert str(refused.value) == (
        "FLASKSCALE_ZONE is 'us-central2-a'; expected a zone of FLASKSCALE_REGION, which is 'us-central1'"
    )
