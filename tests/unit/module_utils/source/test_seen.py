"""Where Flask is seen, in the sentences that refuse a source whose application is not found."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.application import find_application, flask_seen
from module_utils.source.errors import FlaskSeen, RequirementsMissingError, SourceError

FLASK = "import flask\napp = flask.Flask(__name__)\n"


def written(folder: Path, names: list[str]) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(FLASK if name.endswith("py") else "")
    return folder


@pytest.mark.parametrize(
    ("names", "files", "folders"),
    [
        ([], (), ()),
        (["backend/app.py", "backend/tests/app.py", "tests/app.py", "test_app.py"], ("backend/app.py",), ("backend",)),
        (["b/app.py", "a/web/app.py", "app.py"], ("a/web/app.py", "app.py", "b/app.py"), ("a/web", "b")),
        (["shop/__init__.py", "shop/x.py"], ("shop/__init__.py", "shop/x.py"), ()),
    ],
)
def test_seen(tmp_path: Path, names: list[str], files: tuple[str, ...], folders: tuple[str, ...]) -> None:
    written(tmp_path, names)
    (tmp_path / "broken.py").write_text("app =")
    (tmp_path / "other.py").write_text("import flask\n")
    assert flask_seen(tmp_path) == FlaskSeen(files, folders)


def test_no_application(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        find_application(written(tmp_path, ["one/app.py", "two/app.py"]))
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, where no WSGI application can be seen; expected app, application, create_app "
        "or make_app in wsgi.py, app.py, main.py, run.py or a package; one/app.py, two/app.py make a Flask(); set "
        "app_image_application to the one to serve, as in shop.web:create_app(), or set app_image_source to its folder "
        "one or two"
    )


def test_no_requirements(tmp_path: Path) -> None:
    many = FlaskSeen(tuple(f"web/{name}.py" for name in "abcdef"), ("web",))
    assert "; web/a.py, web/b.py, web/c.py, web/d.py and 2 more make a Flask(); add a" in str(
        RequirementsMissingError(tmp_path, many)
    )
    assert str(RequirementsMissingError(tmp_path, FlaskSeen(("app.py",)))) == str(RequirementsMissingError(tmp_path))
    assert str(RequirementsMissingError(tmp_path, FlaskSeen(("backend/app.py",), ("backend",)))) == (
        f"app_image_source is {tmp_path}, which has no requirements.txt, no pyproject.toml with [project], no "
        "setup.cfg and no setup.py; backend/app.py makes a Flask(); add a requirements.txt that names Flask and what "
        "else the application needs, or set app_image_source to its folder backend"
    )
