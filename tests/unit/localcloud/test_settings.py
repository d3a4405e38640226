"""Every setting is checked before anything starts, and the sentence names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors.program import SettingError
from localcloud.settings import REPOSITORY, read_settings


def test_defaults() -> None:
    settings = read_settings({})
    assert settings.state == REPOSITORY / ".localcloud"
    assert (settings.door_url, settings.front_end_url) == ("http://127.0.0.1:8890", "http://127.0.0.1:8080")
    assert settings.time_scale == 1
    assert settings.cores_per_vcpu == 0.25


def test_a_vcpu_is_half_a_core_of_a_machine_unless_it_is_set() -> None:
    assert read_settings({"LOCALCLOUD_RUNTIME": "vm"}).cores_per_vcpu == 0.5
    assert read_settings({"LOCALCLOUD_RUNTIME": "vm", "LOCALCLOUD_CORES_PER_VCPU": "2"}).cores_per_vcpu == 2


def test_the_environment_overrides(tmp_path: Path) -> None:
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path), "LOCALCLOUD_DOOR_PORT": "9000", "HOME": "/"})
    assert settings.operator_key == tmp_path / "keys" / "operator.json"
    assert settings.door_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DOOR_PORT", "http", "LOCALCLOUD_DOOR_PORT is 'http'; expected a port number from 1024 to 65535"),
        ("DOOR_PORT", "80", "LOCALCLOUD_DOOR_PORT is '80'; expected a port number from 1024 to 65535"),
        ("TIME_SCALE", "0", "LOCALCLOUD_TIME_SCALE is '0'; expected a number from 0.1 to 1000"),
        ("TIME_SCALE", "nan", "LOCALCLOUD_TIME_SCALE is 'nan'; expected a number from 0.1 to 1000"),
        ("RUNTIME", "docker", "LOCALCLOUD_RUNTIME is 'docker'; expected process or vm"),
        (
            "ADMIN_PORT",
            "8080",
            "LOCALCLOUD_ADMIN_PORT is 8080, which is also LOCALCLOUD_HTTP_PORT; give them different ports",
        ),
    ],
)
def test_a_bad_value_is_one_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({f"LOCALCLOUD_{name}": value})
    assert str(caught.value) == sentence


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(SettingError, match="^LOCALCLOUD_PORT is not a setting; use one of LOCALCLOUD_ADMIN_PORT, "):
        read_settings({"LOCALCLOUD_PORT": "1"})
