"""The seed says who the machine is and what it is to do."""

from __future__ import annotations

import yaml

from localcloud.runtimes.runtime import Machine
from localcloud.runtimes.seed import seed_files


def machine(**metadata: str) -> Machine:
    return Machine("web-abcd", "17", "us-central1-a", 2, 4096, "10.10.0.2", metadata)


def test_user_data_is_handed_on_as_it_is() -> None:
    files = seed_files(machine(**{"user-data": "#cloud-config\nruncmd: [[true]]\n"}))
    assert files["user-data"] == b"#cloud-config\nruncmd: [[true]]\n"
    assert yaml.safe_load(files["meta-data"]) == {"instance-id": "17", "local-hostname": "web-abcd"}


def test_without_user_data_there_is_nothing_to_do() -> None:
    assert yaml.safe_load(seed_files(machine())["user-data"]) == {}
