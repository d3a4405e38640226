"""Which machine image stands for which of Google's, and when it is another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.resources.catalogue import IMAGES
from localcloud.runtimes.machine_images import CONTAINER_OPTIMIZED, DEBIAN, image_tag, machine_image
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
