"""Which machine image stands for which of Google's, and when it is another one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from localcloud.errors.program import StartError
from localcloud.resources.catalogue import IMAGES
from localcloud.runtimes.machine_images import (
    APPLICATION_BASE,
    CONTAINER_OPTIMIZED,
    DEBIAN,
    image_tag,
    machine_image,
    pack,
)
from localcloud.runtimes.runtime import RuntimeFaultError


def test_the_catalogues_families_have_machine_images() -> None:
    names = {image.family: image.name for image in IMAGES}
    assert machine_image(names["debian-12"]) == image_tag(DEBIAN)
    assert machine_image(names["cos-stable"]) == image_tag(CONTAINER_OPTIMIZED)


def test_another_image_is_refused() -> None:
    with pytest.raises(RuntimeFaultError) as caught:
        machine_image("windows-2022")
    assert str(caught.value) == (
        "the vm runtime has no machine image for 'windows-2022'; use one of the family debian-12 or cos-stable"
    )


def test_the_tag_follows_content_and_whether_a_file_can_be_run(tmp_path: Path) -> None:
    file = tmp_path / "guest" / "init"
    file.parent.mkdir()
    file.write_text("one")
    tags = [image_tag(DEBIAN, tmp_path)]
    file.write_text("two")
    tags.append(image_tag(DEBIAN, tmp_path))
    file.chmod(0o755)
    tags.append(image_tag(DEBIAN, tmp_path))
    assert len(set(tags)) == 3
    file.write_text("one")
    file.chmod(0o644)
    assert image_tag(DEBIAN, tmp_path) == tags[0]


def test_what_machines_are_made_of_changes_no_applications_base(tmp_path: Path) -> None:
    for name in ("guest/init", "application-base/Dockerfile"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("one")
    kinds = (DEBIAN, CONTAINER_OPTIMIZED, APPLICATION_BASE)
    before = {kind: image_tag(kind, tmp_path) for kind in kinds}
    (tmp_path / "guest" / "init").write_text("two")
    assert [kind for kind in kinds if image_tag(kind, tmp_path) == before[kind]] == [APPLICATION_BASE]
    (tmp_path / "guest" / "init").write_text("one")
    (tmp_path / "application-base" / "Dockerfile").write_text("two")
    assert [kind for kind in kinds if image_tag(kind, tmp_path) == before[kind]] == [DEBIAN, CONTAINER_OPTIMIZED]


def test_a_base_that_does_not_fit_on_the_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    with Path("/dev/full").open("wb") as archive, pytest.raises(StartError) as caught:
        pack(str(tmp_path), archive)
    assert str(caught.value) == (
        "the base that debootstrap made could not be packed: tar: -: Cannot write: No space left on device | "
        f"tar: Error is not recoverable: exiting now; free space under {tempfile.gettempdir()}, or set TMPDIR to a "
        "folder that has some"
    )
