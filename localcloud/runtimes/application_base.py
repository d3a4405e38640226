"""The base of applications' images where none can be pulled: Debian's Python instead of python:3.13-slim.

It is kept as an archive in the state folder, as `docker save` writes it, for the engines that builders have; the file
beside it says under which tag they find it.
"""

from __future__ import annotations

from pathlib import Path

from localcloud.errors.program import StartError, state_unusable
from localcloud.runtimes.engine import Engine
from localcloud.runtimes.engine_client import EngineFaultError
from localcloud.runtimes.machine_images import APPLICATION_BASE, Say, image_tag


def keep_application_base(engine: Engine, say: Say, state: Path) -> None:
    """Write the archive, unless it is there or there is no such image because public ones can be pulled.

    Raises:
        StartError: the engine refuses.
        SettingError: the state folder cannot be written.
    """
    folder, tag = state / "images", image_tag(APPLICATION_BASE)
    archive, tag_file = folder / "application-base.tar", folder / "application-base.tag"
    try:
        if not engine.images.has(tag):
            return
        if tag_file.exists() and tag_file.read_text() == tag:
            say(f"{archive} is there already.")
            return
        folder.mkdir(parents=True, exist_ok=True)
        tag_file.unlink(missing_ok=True)
        with archive.open("wb") as file:
            for piece in engine.images.save(tag):
                file.write(piece)
        tag_file.write_text(tag)
        say(f"{archive} is written.")
    except EngineFaultError as fault:
        raise StartError(str(fault)) from fault
    except OSError as error:
        raise state_unusable(str(state), error.strerror or str(error)) from error
