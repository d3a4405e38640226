"""Every error of making a bundle, one constructor each, one sentence each."""

from __future__ import annotations

from pathlib import Path


class BundleError(Exception):
    """The base of the catalogue; `str(error)` is the sentence shown to the operator."""


class InterpreterUnusableError(BundleError):
    """The Python that the environment is to be made from does not run."""

    def __init__(self, python: str, reason: str) -> None:
        super().__init__(f"python is {python}, which does not run: {reason}; set python to a Python 3.11 to 3.13")


class EnvironmentFailedError(BundleError):
    """venv or pip failed; its last lines follow the sentence."""

    def __init__(self, source: Path, step: str, log: str) -> None:
        super().__init__(
            f"{step} failed while making the environment of {source}; correct what its log says and run the "
            f"same command again\n{log}"
        )
        self.log = log


class StateUnwritableError(BundleError):
    """The state folder cannot be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"state_dir is {folder}, which cannot be written: {reason}; make room or choose another folder"
        )


class SourceChangedError(BundleError):
    """The source changed between its digest and its copy."""

    def __init__(self, source: Path) -> None:
        super().__init__(f"{source} changed while it was copied; run the same command again when it is at rest")
