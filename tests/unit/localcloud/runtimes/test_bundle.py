"""Bundles as the process runtime reads them: whichever configuration they have, and what is said of those it cannot."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from localcloud.runtimes.bundle import find_bundle
from localcloud.runtimes.runtime import RuntimeFaultError
from tests.unit.localcloud.runtimes.releases import write_bundle


def folder_of(state: Path, reference: str) -> Path:
    return state / "bundles" / "sha256" / reference.rpartition(":")[2]


@pytest.mark.parametrize(
    ("configuration", "carried", "served_with"),
    [
        ("", "", None),  # as bundles were made before they carried one
        ("", "threads = 8", "gunicorn.conf.py"),
        ("threads = 1", "", "source/gunicorn.conf.py"),
        ("threads = 1", "threads = 8", "source/gunicorn.conf.py"),
    ],
)
def test_a_bundle(tmp_path: Path, configuration: str, carried: str, served_with: str | None) -> None:
    reference = write_bundle(tmp_path, configuration=configuration, carried=carried)
    folder = folder_of(tmp_path, reference)
    found = find_bundle(tmp_path, reference)
    assert (found.source, found.application) == (folder / "source", "service:app")
    assert found.python == Path(sys.prefix) / "bin" / "python"
    assert found.configuration == (folder / served_with if served_with else None)


def test_an_image_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFaultError) as refused:
        find_bundle(tmp_path, "registry.example.com/app:1")
    assert str(refused.value) == (
        "container-image is 'registry.example.com/app:1' but the process runtime boots bundles only; expected "
        "bundle.localcloud/NAME@sha256:DIGEST, which the role app_image makes"
    )


def test_a_bundle_that_is_gone_or_half_there(tmp_path: Path) -> None:
    reference = write_bundle(tmp_path)
    told = f"there is no bundle {reference} under {tmp_path}; run ansible-playbook site.yml --tags app_image"
    (folder_of(tmp_path, reference) / "bundle.json").write_text(json.dumps({"name": "service"}))
    with pytest.raises(RuntimeFaultError) as half:
        find_bundle(tmp_path, reference)
    shutil.rmtree(folder_of(tmp_path, reference))
    with pytest.raises(RuntimeFaultError) as gone:
        find_bundle(tmp_path, reference)
    assert (str(half.value), str(gone.value)) == (told, told)


def test_an_environment_that_is_gone(tmp_path: Path) -> None:
    reference = write_bundle(tmp_path)
    description = {"environment": "../../../environments/none", "application": "service:app"}
    (folder_of(tmp_path, reference) / "bundle.json").write_text(json.dumps(description))
    with pytest.raises(RuntimeFaultError) as refused:
        find_bundle(tmp_path, reference)
    assert str(refused.value) == (
        f"the environment of bundle {reference} is gone ({tmp_path}/environments/none/bin/python); run "
        "ansible-playbook site.yml --tags app_image"
    )
