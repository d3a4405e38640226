"""Every error of making a bundle, one constructor each, one sentence each."""

from __future__ import annotations

from pathlib import Path


class BundleError(Exception):
    """The base of the catalogue; `str(error)` is the sentence shown to the operator."""


class RequirementsMissingError(BundleError):
    """The source brings no requirements."""

    def __init__(self, source: Path, requirements: str) -> None:
        super().__init__(
            f"{source} has no {requirements}, so its environment cannot be made; add one that names Flask and "
            "gunicorn, or set requirements to the file that does"
        )


class RequirementsNotSharedError(BundleError):
    """A requirement points into the file system, where equal text need not mean equal content."""

    def __init__(self, file: Path, line: str) -> None:
        super().__init__(
            f"{file} asks for {line!r}, a local path, but environments are shared by equal requirements; "
            "name a released package instead, or put the code into the source itself"
        )


class InterpreterUnusableError(BundleError):
    """The Python that the environment is to be made from does not run."""

    def __init__(self, python: str, reason: str) -> None:
        super().__init__(f"python is {python}, which does not run: {reason}; set python to a Python 3.11 to 3.13")


class EnvironmentFailedError(BundleError):
    """venv or pip failed; its last lines follow the sentence."""

    def __init__(self, requirements: Path, step: str, log: str) -> None:
        super().__init__(
            f"{step} failed while making the environment of {requirements}; correct what its log says and run the "
            f"same command again\n{log}"
        )
        self.log = log


class ServerMissingError(BundleError):
    """The requirements do not bring gunicorn, which is what serves."""

    def __init__(self, requirements: Path) -> None:
        super().__init__(f"{requirements} does not bring gunicorn, which serves the application; add a line gunicorn")


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
