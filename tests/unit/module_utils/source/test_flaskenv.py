"""FLASK_APP as `flask run` reads it, compared with what Flask makes of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from flask.cli import prepare_import

from module_utils.source.application import Application, find_application
from module_utils.source.errors import SourceError
from module_utils.source.flaskenv import FlaskApp, flask_app

BUILD = "from flask import Flask\ndef build(stage=1): return Flask(__name__)\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for package in ("shop", "src/shop", "src/shop/web", "backend/api/inner"):
        (tmp_path / package).mkdir(parents=True, exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("said", "root", "module"),
    [
        ("app", "", "app"),
        ("app.py", "", "app"),
        ("./app.py", "", "app"),
        ("shop.web", "", "shop.web"),
        ("shop/web.py", "", "shop.web"),
        ("shop/__init__.py", "", "shop"),
        ("src/app.py", "src", "app"),
        ("src/shop", "src", "shop"),
        ("src/shop/web/views.py", "src", "shop.web.views"),
        ("backend/api/app.py", "backend/api", "app"),
        ("backend/api/inner/app.py", "backend/api", "inner.app"),
    ],
)
def test_where_imports_begin(source: Path, monkeypatch: pytest.MonkeyPatch, said: str, root: str, module: str) -> None:
    (source / ".flaskenv").write_text(f"FLASK_ENV=x\nexport FLASK_APP='{said}:app' # served\n")
    assert flask_app(source) == FlaskApp(root, module, "app")
    monkeypatch.chdir(source)
    monkeypatch.setattr(sys, "path", ["before"])
    assert prepare_import(said) == module
    assert Path(sys.path[0]) == source / root


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# FLASK_APP=shop\n",
        "FLASK_APP=old\nFLASK_APP=\nFLASK_DEBUG=1\n",
        "FLASK_APP=../shop.py\n",
        "FLASK_APP=/srv/shop.py\n",
    ],
)
def test_nothing_of_the_source_is_said(source: Path, text: str) -> None:
    assert flask_app(source) is None
    (source / ".flaskenv").write_text(text)
    assert flask_app(source) is None


def test_a_source_by_a_relative_path(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / ".flaskenv").write_text("FLASK_APP=src/app.py\n")
    monkeypatch.chdir(source / "src")
    assert flask_app(Path("..")) == FlaskApp("src", "app", "")


@pytest.mark.parametrize(
    ("text", "module", "name"),
    [
        ("FLASK_APP=old\nFLASK_APP=shop\n", "shop", ""),
        ("FLASK_APP='old'\r\nexport FLASK_APP = \"shop\" # served\r\n", "shop", ""),
        ("FLASK_APP=shop\n# FLASK_APP=old\nFLASK_APPS=old\n", "shop", ""),
        ("FLASK_APP=shop:build('a', 'b') # served\n", "shop", "build('a', 'b')"),
        ("FLASK_APP=shop:build('#b')\n", "shop", "build('#b')"),
    ],
)
def test_lines_are_read_as_python_dotenv_reads_them(source: Path, text: str, module: str, name: str) -> None:
    (source / ".flaskenv").write_text(text)
    assert flask_app(source) == FlaskApp("", module, name)


@pytest.mark.parametrize(
    ("said", "application"),
    [
        ("shop.web:build", Application("shop.web:build()")),
        ("shop.web:build('x')", Application("shop.web:build('x')")),
        ("shop.web:made", Application("shop.web:made")),
        ("shop:unseen", Application("shop:unseen")),
        ("src/shop/broken.py:build", Application("shop.broken:build", "src")),
    ],
)
def test_a_name_is_taken_where_its_module_is_there(source: Path, said: str, application: Application) -> None:
    (source / "shop/web.py").write_text(f"{BUILD}made, other = build(), 1\n")
    (source / "src/shop/broken.py").write_text("app =")
    (source / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (source / ".flaskenv").write_text(f'FLASK_APP="{said}"\n')
    assert find_application(source) == application


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "shp:app",
            "{0}/.flaskenv says FLASK_APP=shp:app, but the source has no such module; correct it there, or set "
            "app_image_application to the one to serve",
        ),
        (
            "shop",
            "{0}/.flaskenv says FLASK_APP=shop, where no application can be seen; expected app, application, "
            "create_app or make_app; name it there, as in FLASK_APP=shop:build, or in app_image_application",
        ),
        (
            "shop.web",
            "{0}/shop/web.py has a factory that needs stage; expected one that can be called without arguments; give "
            "them in app_image_application, as in shop.web:create_app('production')",
        ),
        (
            "shop.web:create",
            "{0}/shop/web.py has a factory that needs stage; expected one that can be called without arguments; give "
            "them in app_image_application, as in shop.web:create('production')",
        ),
    ],
)
def test_what_it_names_is_not_passed_over(source: Path, said: str, sentence: str) -> None:
    (source / "shop/web.py").write_text("def create_app(stage): ...\ndef create(stage): ...\n")
    (source / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (source / ".flaskenv").write_text(f"FLASK_APP={said}\n")
    with pytest.raises(SourceError) as refused:
        find_application(source)
    assert str(refused.value) == sentence.format(source)
