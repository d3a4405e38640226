"""Process 1 of the container: makes what must be writable, runs the start command, and becomes gunicorn.

The root file system is read-only; only /tmp can be written. Flask's instance folder is a link there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

SERVING = Path(__file__).resolve().parent
INSTANCE = Path("/tmp/instance")  # noqa: S108 - the container's own tmpfs
SOURCE_CONFIGURATION = Path("gunicorn.conf.py")


def main() -> None:
    settings = json.loads((SERVING / "settings.json").read_text())
    root = Path.cwd() / settings["root"]
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SERVING), str(root), before]))
    INSTANCE.mkdir(exist_ok=True)
    if (root / ".instance").is_dir():
        shutil.copytree(root / ".instance", INSTANCE, dirs_exist_ok=True)
    if settings["start_command"]:
        ended = subprocess.run(["/bin/sh", "-c", settings["start_command"]], check=False)
        if ended.returncode:
            sys.exit(
                f"app_image_start_command is {settings['start_command']!r} and ended with {ended.returncode}; "
                "correct it, or see what it said above"
            )
    configuration = SOURCE_CONFIGURATION if SOURCE_CONFIGURATION.is_file() else SERVING / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--config", str(configuration)]
    command += ["--bind", f"0.0.0.0:{os.environ['PORT']}", settings["application"]]
    os.execv(sys.executable, command)  # noqa: S606 - it must stay process 1


if __name__ == "__main__":
    main()
