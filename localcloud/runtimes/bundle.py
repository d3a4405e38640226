"""Reading a bundle: the release that the process runtime boots (docs: releases without Docker)."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from localcloud.runtimes.runtime import RuntimeFaultError

_REFERENCE = re.compile(r"bundle\.localcloud/[a-z0-9][a-z0-9._/-]*@sha256:(?P<digest>[0-9a-f]{64})")

_CONFIGURATION = "gunicorn.conf.py"


@dataclass(frozen=True)
class Bundle:
    """A release on disk: its source folder, the interpreter of its environment, and the WSGI application in it.

    `configuration` is gunicorn's: the source's own, else the one that the bundle carries beside it. Bundles of sources
    without one carried none in earlier versions; then it is None, and gunicorn's defaults count.
    """

    source: Path
    python: Path
    application: str
    configuration: Path | None


def find_bundle(state: Path, reference: str) -> Bundle:
    """The bundle that `container-image` names.

    Raises:
        RuntimeFaultError: the reference is no bundle's, or there is no complete bundle of that digest.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise RuntimeFaultError(
            f"container-image is '{reference}' but the process runtime boots bundles only; "
            "expected bundle.localcloud/NAME@sha256:DIGEST, which the role app_image makes"
        )
    folder = state / "bundles" / "sha256" / match["digest"]
    try:
        description = json.loads((folder / "bundle.json").read_text())
        bundle = Bundle(
            source=folder / "source",
            python=Path(os.path.normpath(folder / description["environment"])) / "bin" / "python",
            application=description["application"],
            configuration=_configuration(folder),
        )
    except (OSError, ValueError, KeyError) as error:
        raise RuntimeFaultError(
            f"there is no bundle {reference} under {state}; run ansible-playbook site.yml --tags app_image"
        ) from error
    if not bundle.python.exists():
        raise RuntimeFaultError(
            f"the environment of bundle {reference} is gone ({bundle.python}); "
            "run ansible-playbook site.yml --tags app_image"
        )
    return bundle


def _configuration(folder: Path) -> Path | None:
    places = (folder / "source" / _CONFIGURATION, folder / _CONFIGURATION)
    return next((file for file in places if file.exists()), None)
