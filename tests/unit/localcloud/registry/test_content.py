"""Which of the registry's files nobody needs any more."""

from __future__ import annotations

from pathlib import Path

from localcloud.registry.content import discard_upload, orphans, remove_orphans

KEPT = "us-central1/project/shop/2"
GONE = "us-central1/project/shop/1"
SHARED, OWN = "a" * 64, "b" * 64


def link(content: Path, repository: str, blob: str) -> Path:
    file = content / "docker/registry/v2/repositories" / repository / "team/app/_layers/sha256" / blob / "link"
    file.parent.mkdir(parents=True)
    file.write_text(f"sha256:{blob}")
    return file


def store_blob(content: Path, name: str) -> Path:
    file = content / "docker/registry/v2/blobs/sha256" / name[:2] / name / "data"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"content")
    return file


def test_an_empty_folder_has_nothing_to_remove(tmp_path: Path) -> None:
    assert orphans(tmp_path, ()) == []
    remove_orphans(tmp_path, ())


def test_a_repository_goes_with_the_blobs_that_no_other_one_links(tmp_path: Path) -> None:
    kept_link, gone_link = link(tmp_path, KEPT, SHARED), link(tmp_path, GONE, SHARED)
    link(tmp_path, GONE, OWN)
    shared, own = store_blob(tmp_path, SHARED), store_blob(tmp_path, OWN)
    assert [str(folder).rpartition("/repositories/")[2] for folder in orphans(tmp_path, {KEPT})] == [GONE]
    remove_orphans(tmp_path, {KEPT})
    assert (kept_link.exists(), shared.exists()) == (True, True)
    assert (gone_link.exists(), own.exists()) == (False, False)


def test_one_upload_is_discarded(tmp_path: Path) -> None:
    uploads = tmp_path / "docker/registry/v2/repositories" / KEPT / "app/_uploads"
    for name in ("3f0c", "4a1d"):
        (uploads / name).mkdir(parents=True)
    discard_upload(tmp_path, f"{KEPT}/app", "3f0c")
    discard_upload(tmp_path, f"{KEPT}/app", "3f0c")
    assert [folder.name for folder in uploads.iterdir()] == ["4a1d"]
