"""FLASK_APP as `flask run` reads it, compared with what Flask makes of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from flask.cli import prepare_import

from module_utils.source.flaskenv import FlaskApp, flask_app


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


@pytest.mark.parametrize("text", ["", "# FLASK_APP=shop\n", "FLASK_APP=../shop.py\n", "FLASK_APP=/srv/shop.py\n"])
def test_nothing_of_the_source_is_said(source: Path, text: str) -> None:
    assert flask_app(source) is None
    (source / ".flaskenv").write_text(text)
    assert flask_app(source) is None


def test_a_source_by_a_relative_path(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / ".flaskenv").write_text("FLASK_APP=src/app.py\n")
    monkeypatch.chdir(source / "src")
    assert flask_app(Path("..")) == FlaskApp("src", "app", "")
