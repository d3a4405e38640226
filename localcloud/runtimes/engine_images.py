"""The images of the Docker Engine: looked for, pulled, imported, saved, built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO

import docker

from localcloud.runtimes.engine_client import faults, raise_reported

_PIECE_BYTES = 1024 * 1024


class EngineImages:
    """Every method raises EngineFaultError when the engine refuses or does not answer."""

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client

    def has(self, tag: str) -> bool:
        """Whether an image is here."""
        with faults(f"look for image {tag}"):
            return bool(self._client.images(name=tag, quiet=True))

    def pull(self, repository: str, tag: str) -> None:
        """Fetch a public image."""
        with faults(f"pull {repository}:{tag}"):
            for line in self._client.pull(repository, tag=tag, stream=True, decode=True):
                raise_reported(f"pull {repository}:{tag}", line)

    def import_archive(self, archive: IO[bytes], repository: str, tag: str) -> None:
        """Make an image of one layer from a tar stream of a root file system."""
        with faults(f"import {repository}:{tag}"):
            # As pieces: the client announces pieces, and would send a file in one.
            pieces = iter(lambda: archive.read(_PIECE_BYTES), b"")
            self._client.import_image_from_stream(pieces, repository=repository, tag=tag)

    def save(self, tag: str) -> Iterator[bytes]:
        """An image as `docker save` writes it, in pieces."""
        with faults(f"save {tag}"):
            yield from self._client.get_image(tag)

    def build(self, context: IO[bytes], dockerfile: str, tag: str, arguments: Mapping[str, str]) -> Iterator[str]:
        """Build an image from a tar stream; yields the build's output line by line."""
        with faults(f"build {tag}"):
            stream = self._client.build(
                fileobj=context,
                custom_context=True,
                dockerfile=dockerfile,
                tag=tag,
                buildargs=dict(arguments),
                rm=True,
                forcerm=True,
                decode=True,
            )
            for line in stream:
                raise_reported(f"build {tag}", line)
                yield from str(line.get("stream", "")).splitlines()
