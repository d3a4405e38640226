"""A module that runs its own server when it is imported is not served."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.application import find_application, named_application
from module_utils.source.errors import ServerStartsOnImportError

FLASK = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    "runs",
    [
        "app.run(debug=True)",
        "with app.app_context():\n    app.run()",
        "socketio = SocketIO(app)\nsocketio.run(app)",
        "create_app().run()",
        "try:\n    app.run()\nfinally:\n    print()",
    ],
)
def test_refused(tmp_path: Path, runs: str) -> None:
    (tmp_path / "app.py").write_text(f"{FLASK}{runs}\n")
    line = next(number for number, text in enumerate([*FLASK.splitlines(), *runs.splitlines()], 1) if ".run(" in text)
    for find in (find_application, lambda source: named_application(source, "app:app")):
        with pytest.raises(ServerStartsOnImportError) as refused:
            find(tmp_path)
        assert str(refused.value) == (
            f"{tmp_path}/app.py runs its own server in line {line}, which would start a second one inside each worker; "
            'put it under if __name__ == "__main__":, or name another application in app_image_application'
        )


def test_where_the_application_is_defined_too(tmp_path: Path) -> None:
    (tmp_path / "wsgi.py").write_text("from shop import app as application\n")
    (tmp_path / "shop.py").write_text(f"{FLASK}app.run()\n")
    with pytest.raises(ServerStartsOnImportError, match="shop.py runs its own server in line 3"):
        find_application(tmp_path)


@pytest.mark.parametrize(
    "runs",
    [
        "if __name__ == '__main__':\n    app.run()",
        "if not os.environ.get('SERVER_SOFTWARE'):\n    app.run()",
        "def main():\n    app.run()",
        "import asyncio\nasyncio.run(prepare())",
        "import subprocess\nsubprocess.run(['make'])",
        "app.cli.run()",
    ],
)
def test_taken(tmp_path: Path, runs: str) -> None:
    (tmp_path / "app.py").write_text(f"{FLASK}{runs}\n")
    assert find_application(tmp_path).target == "app:app"


def test_what_is_not_served_may_run_one(tmp_path: Path) -> None:
    (tmp_path / "wsgi.py").write_text(FLASK)
    (tmp_path / "app.py").write_text(f"{FLASK}app.run()\n")
    assert find_application(tmp_path).target == "wsgi:app"


def test_what_cannot_be_parsed_here_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("app =")
    assert named_application(tmp_path, "app:app").target == "app:app"
