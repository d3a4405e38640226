"""The registry's files: which repositories lie there, and what nobody needs any more.

The layout is the distribution's own: `repositories/NAME/_layers/…/link` and `_manifests/…/link` name blobs, and
`blobs/sha256/XX/DIGEST/data` are they. A name begins with `LOCATION/PROJECT/REPOSITORY/NUMBER`.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

_ROOT = Path("docker") / "registry" / "v2"


def orphans(content: Path, names: Collection[str]) -> list[Path]:
    """Folders of repositories that are none of `names`."""
    repositories = content / _ROOT / "repositories"
    found = sorted(repositories.glob("*/*/*/*"))
    return [folder for folder in found if str(folder.relative_to(repositories)) not in names]


def discard_upload(content: Path, name: str, upload: str) -> None:
    """Remove what has arrived of a blob; nothing happens when there is none.

    Args:
        content: the registry's folder.
        name: of the image.
        upload: the registry's own identifier of it.
    """
    shutil.rmtree(content / _ROOT / "repositories" / name / "_uploads" / upload, ignore_errors=True)


def remove_orphans(content: Path, names: Collection[str]) -> None:
    """Remove repositories that are none of `names`, and every blob that no other one links.

    The registry must not run: it writes a blob before it links it.
    """
    for folder in orphans(content, names):
        shutil.rmtree(folder)
    linked = {link.parent.name for link in (content / _ROOT / "repositories").glob("**/sha256/*/link")}
    for blob in (content / _ROOT / "blobs" / "sha256").glob("*/*"):
        if blob.name not in linked:
            shutil.rmtree(blob)
