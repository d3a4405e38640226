"""The environment of a release: a venv made from its requirements alone, shared by equal requirements."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

from .errors import (
    EnvironmentFailedError,
    InterpreterUnusableError,
    RequirementsMissingError,
    RequirementsNotSharedError,
    ServerMissingError,
)

_INCLUDE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[ =]+(?P<file>\S+)")
_LOCAL = re.compile(r"^(?:-e\b|--editable\b|\.|/|~|file:|.*@\s*file:)")
_LOG_LINES = 20
_WHICH_PYTHON = (
    "import platform, sys; "
    "print(f'{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}', sys.platform, platform.machine())"
)


def interpreter_identity(python: str) -> str:
    """What of an interpreter an environment depends on, e.g. `cpython-3.13 linux x86_64`.

    Raises:
        InterpreterUnusableError: it does not run.
    """
    try:
        ran = subprocess.run([python, "-c", _WHICH_PYTHON], capture_output=True, text=True, check=True, timeout=60)
    except subprocess.CalledProcessError as wrong:
        raise InterpreterUnusableError(
            python, (wrong.stderr or "").strip()[-200:] or f"exit {wrong.returncode}"
        ) from wrong
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise InterpreterUnusableError(python, str(wrong)) from wrong
    return ran.stdout.strip()


def requirements_digest(source: Path, requirements: str, identity: str) -> str:
    """SHA-256 over the requirements, everything they include, and the interpreter's identity.

    Raises:
        RequirementsMissingError: a file that is not there, or not in the source.
        RequirementsNotSharedError: a requirement that is a local path.
    """
    digest = hashlib.sha256(identity.encode())
    for content in _contents(source, Path(requirements), []):
        digest.update(b"\0" + content.encode())
    return digest.hexdigest()


def _contents(source: Path, file: Path, seen: list[Path]) -> list[str]:
    """The file and what it includes, each once, comments and blank lines left out."""
    path = (source / file).resolve()
    if path in seen:
        return []
    if not path.is_file() or not path.is_relative_to(source.resolve()):
        raise RequirementsMissingError(source, str(file))
    seen.append(path)
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    kept = [line for line in lines if line and not line.startswith("#")]
    contents = ["\n".join(kept)]
    for line in kept:
        included = _INCLUDE.match(line)
        if included:
            contents += _contents(source, file.parent / included["file"], seen)
        elif _LOCAL.match(line):
            raise RequirementsNotSharedError(path, line)
    return contents


def make(folder: Path, python: str, requirements: Path) -> None:
    """Make a venv at `folder` and install the requirements with pip, in the caller's environment variables.

    Raises:
        EnvironmentFailedError: venv or pip failed; carries the end of its output.
        ServerMissingError: gunicorn is not among what was installed.
    """
    inside = str(folder / "bin" / "python")
    pip = [inside, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    _step([python, "-m", "venv", str(folder)], "python -m venv", requirements, folder.parent)
    _step([*pip, "-r", str(requirements)], "pip install", requirements, folder.parent)
    served = subprocess.run([inside, "-c", "import gunicorn"], capture_output=True, check=False)
    if served.returncode:
        raise ServerMissingError(requirements)


def _step(command: list[str], step: str, requirements: Path, folder: Path) -> None:
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=folder)
    if ran.returncode:
        raise EnvironmentFailedError(requirements, step, "\n".join(ran.stdout.splitlines()[-_LOG_LINES:]))
