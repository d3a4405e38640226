"""The environment of a release: a venv made from its requirements alone, shared by equal requirements.

A project's own build may be what knows them. It is then installed to find them and taken out again: the environment
outlives the source that it was made for.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..source.project import Project
from ..source.requirements import REQUIREMENTS
from .errors import EnvironmentFailedError, InterpreterUnusableError

GUNICORN = "gunicorn==27.0.1"
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


def requirements_digest(project: Project, identity: str, serving: bytes) -> str:
    """SHA-256 over the requirements, what a build finds them in, the interpreter's identity and what is served with."""
    digest = hashlib.sha256(identity.encode())
    for name, content in sorted(project.requirements.items()):
        digest.update(f"\0{name}\0{content}".encode())
    digest.update(f"\0{project.at('.')}".encode() if project.itself else b"")
    for name, read in sorted(project.build_files.items()):
        digest.update(f"\0{name}\0{len(read)}\0".encode() + read)
    digest.update(b"\0" + serving)
    return digest.hexdigest()


def make(
    folder: Path, python: str, source: Path, project: Project, serving: Path | None, copied: Path | None = None
) -> None:
    """Make a venv at `folder` and install the requirements with pip, in the caller's environment variables.

    gunicorn is installed where the requirements do not bring it. `serving` is a module that is put beside them.
    `copied` is a copy of a project that knows by itself what it needs: a build writes into its folder.

    Raises:
        EnvironmentFailedError: venv or pip failed; carries the end of its output.
    """
    inside = str(folder / "bin" / "python")
    pip = [inside, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    _step([python, "-m", "venv", str(folder)], "python -m venv", source, folder.parent)
    with tempfile.TemporaryDirectory() as written:
        for name, content in project.requirements.items():
            file = Path(written) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, "utf-8")
        asked = ["-r", str(Path(written) / REQUIREMENTS)]
        if copied is None:
            _step([*pip, *asked], "pip install", source, folder.parent)
        else:
            report = Path(written) / "report.json"
            asked += ["--report", str(report), project.at(str(copied))]
            _step([*pip, *asked], "pip install", source, folder.parent)
            taken_out = [inside, "-m", "pip", "uninstall", "--disable-pip-version-check", "--yes", _name_in(report)]
            _step(taken_out, "pip uninstall", source, folder.parent)
    found = subprocess.run([inside, "-c", "import gunicorn"], capture_output=True, check=False)
    if found.returncode:
        _step([*pip, GUNICORN], "pip install", source, folder.parent)
    if serving:
        asked = [inside, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]
        packages = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        shutil.copyfile(serving, Path(packages) / serving.name)


def install_source(target: Path, python: Path, source: Path) -> None:
    """Install a project for its metadata, without its requirements, from a copy: a build writes into its folder.

    Raises:
        EnvironmentFailedError: pip failed; carries the end of its output.
    """
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "source"
        shutil.copytree(source, copied)
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
        _step([*pip, "--target", str(target), str(copied)], "pip install", source, target.parent)


def _name_in(report: Path) -> str:
    """The project's name in pip's report: what was installed from a folder."""
    installed = json.loads(report.read_text("utf-8"))["install"]
    return next(str(entry["metadata"]["name"]) for entry in installed if "dir_info" in entry["download_info"])


def _step(command: list[str], step: str, source: Path, folder: Path) -> None:
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=folder)
    if ran.returncode:
        raise EnvironmentFailedError(source, step, "\n".join(ran.stdout.splitlines()[-_LOG_LINES:]))
