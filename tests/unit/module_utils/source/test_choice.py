"""Of all that has the name of an application, which one is served: of one module, of packages, and of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.application import Application, find_application
from module_utils.source.errors import SourceError

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
STAGED = FACTORY.replace("create_app()", "create_app(stage)")


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import flask\napp = flask.Flask(1)\napplication = 'My shop'", "app"),
        ("from flask import current_app as app\nfrom flask import Flask\nserver = Flask(1)", "server"),
        ("import flask\napp = flask.current_app\nserver = flask.Flask(1)", "server"),
        ("from flask import Blueprint, Flask\napp = Blueprint(1)\nserver = Flask(1)", "server"),
        ("import dash, flask\nserver = flask.Flask(1)\napp = dash.Dash(server=server)", "server"),
        ("from x import ProxyFix\nimport flask\nserver = flask.Flask(1)\napp = ProxyFix(server)", "app"),
        ("import flask\napp = ProxyFix(flask.Flask(1))\nserver = flask.Flask(2)", "app"),
        ("import flask\napp = flask.Flask(1)\napp = ProxyFix(app)\nserver = flask.Flask(2)", "app"),
        ("import flask\nshop = flask.Flask(1)\napplication = Dispatcher(None, {'/': shop})", "application"),
        ("import flask\napp = flask.Flask(1)\napplication = app", "application"),
        ("import flask\napp = flask.Flask(1)\ndef application(environ, start_response): ...", "application"),
        ("import flask\na = flask.Flask(1)\nb = a", "a"),
        ("import flask\napp = None\nserver = flask.Flask(1)", "server"),
        ("import flask\nif x:\n    app = flask.Flask(1)\nelse:\n    app = None", "app"),
        ("import flask\napp = flask.Flask(1) if x else None\nserver = flask.Flask(1)", "app"),
        ("import flask\napp = None\ndef create_app():\n    global app\n    app = flask.Flask(1)", "create_app()"),
        ("import flask\ndef build():\n    return flask.Flask(1)\nserver = build()", "server"),
        ("import flask\ndef build() -> 'flask.Flask': ...\nserver = build()", "server"),
        ("import flask\nserver: flask.Flask = build()", "server"),
        ("import flask\nclass Shop(flask.Flask): ...\nserver = Shop()", "server"),
        ("import flask\nwith x:\n    server = flask.Flask(1)", "server"),
        ("from x import build\napp = build()\ndef create_app(): ...", "create_app()"),
        ("from x import build\napp = build()", "app"),
        ("from x import create_app", "create_app()"),
        ("if __name__ == '__main__':\n    app = 1\nelse:\n    server = create_app()", "server"),
        ("if __name__ != '__main__':\n    server = create_app()", "server"),
    ],
)
@pytest.mark.parametrize("file", ["wsgi.py", "app.py"])
def test_of_one_module(tmp_path: Path, file: str, code: str, name: str) -> None:
    found = find_application(written(tmp_path, {file: code})).target
    assert found == f"{file.removesuffix('.py')}:{name}"


@pytest.mark.parametrize(
    ("files", "application"),
    [
        ({"shop/__init__.py": f"from flask import current_app as app\n{FACTORY}"}, "shop:create_app()"),
        (
            {
                "shop/__init__.py": "",
                "shop/main.py": "from flask import Blueprint\napp = Blueprint('main', __name__)\n",
                "shop/factory.py": FACTORY,
            },
            "shop.factory:create_app()",
        ),
        ({"main.py": "import typer\napp = typer.Typer()", "shop/__init__.py": FACTORY}, "shop:create_app()"),
        ({"main.py": "from fastapi import FastAPI\napp = FastAPI()", "web/__init__.py": FLASK}, "web:app"),
        ({"main.py": "from somewhere import app", "shop/__init__.py": FACTORY}, "shop:create_app()"),
        ({"worker/__init__.py": "app = Celery('x')", "shop/__init__.py": FACTORY}, "shop:create_app()"),
        (
            {"api/__init__.py": "def create_app():\n    app = FastAPI()\n    return app", "shop/__init__.py": FACTORY},
            "shop:create_app()",
        ),
        (
            {"api/__init__.py": "def create_app() -> FastAPI: ...\n", "main.py": "from api import create_app as app"}
            | {"shop/__init__.py": FACTORY},
            "shop:create_app()",
        ),
        *(
            ({f"{folder}/__init__.py": "", f"{folder}/app.py": FLASK, "shop/__init__.py": FACTORY}, "shop:create_app()")
            for folder in ("example", "examples", "demo", "tools", "scripts")
        ),
        ({"manage.py": "from shop import create_app\napp = create_app('x')", "shop/__init__.py": STAGED}, "manage:app"),
        (
            {"manage.py": "from shop import create_app\napp = create_app()", "shop.py": FACTORY},
            "shop:create_app()",
        ),
        ({"shop/__init__.py": "", "shop/api.py": FLASK, "shop/views.py": "from .api import app"}, "shop.api:app"),
        ({"shop/__init__.py": "", "shop/api/__init__.py": FACTORY, "shop/cli.py": "x = 1"}, "shop.api:create_app()"),
        ({"shop/__init__.py": "", "shop/api.py": FLASK, "shop/test_api.py": FLASK}, "shop.api:app"),
        ({"shop/__init__.py": FACTORY, "old/__init__.py": "print 'x'"}, "shop:create_app()"),
        ({"server.py": FLASK, "legacy.py": "print 'x'"}, "server:app"),
        ({"shop/__init__.py": f"from .models import *\n{FACTORY}", "shop/models.py": "print 'x'"}, "shop:create_app()"),
        ({"wsgi.py": "from shop import app", "shop.py": "print 'x'"}, "wsgi:app"),
        ({"shop/__init__.py": "from x import build\napp = build()", "worker/__init__.py": "app = 1"}, "shop:app"),
        ({"shop.py": "import flask\nfrom x import build\napp = build()"}, "shop:app"),
    ],
)
def test_of_several(tmp_path: Path, files: dict[str, str], application: str) -> None:
    assert find_application(written(tmp_path, files)).target == application


@pytest.mark.parametrize(
    ("files", "application"),
    [
        ({"src/__init__.py": "", "src/app.py": FLASK}, Application("src.app:app")),
        ({"src/__init__.py": FACTORY, "src/main.py": FLASK}, Application("src:create_app()")),
        ({"src/__init__.py": "", "src/shop/__init__.py": FACTORY}, Application("src.shop:create_app()")),
        (
            {"src/__init__.py": "", "src/shop/__init__.py": f"from shop.models import db\n{FACTORY}"},
            Application("shop:create_app()", "src"),
        ),
        ({"src/app.py": FLASK}, Application("app:app", "src")),
    ],
)
def test_src_is_a_package_where_it_has_an_init(tmp_path: Path, files: dict[str, str], application: Application) -> None:
    assert find_application(written(tmp_path, files)) == application


def refused(source: Path) -> str:
    with pytest.raises(SourceError) as error:
        find_application(source)
    return str(error.value)


@pytest.mark.parametrize("file", ["app.py", "server.py", "shop/__init__.py"])
def test_several_in_one_module(tmp_path: Path, file: str) -> None:
    written(tmp_path, {file: "from flask import Flask\nsite = Flask('site')\nadmin = Flask('admin')\n"})
    module = file.removesuffix(".py").removesuffix("/__init__")
    assert refused(tmp_path) == (
        f"app_image_source is {tmp_path}, where {module}:site and {module}:admin can be seen; expected one WSGI "
        "application; set app_image_application to the one to serve"
    )


@pytest.mark.parametrize(
    "code",
    [
        "import flask\napp = 'My shop'",
        "from flask import current_app as app",
        "import flask\napp = flask.Blueprint('a', __name__)",
        "from x import Celery as C\nimport flask\napp = C()",
        "import flask\nclass app: ...",
        "import flask\ndef create_app() -> FastAPI: ...",
    ],
)
def test_what_has_the_name_and_is_none(tmp_path: Path, code: str) -> None:
    assert "where no WSGI application can be seen; " in refused(written(tmp_path, {"app.py": code, "wsgi.py": code}))


@pytest.mark.parametrize("file", ["wsgi.py", "run.py", "server.py", "shop/__init__.py", "shop/web.py"])
def test_a_module_that_cannot_be_parsed_and_would_be_served_or_is_all_there_is(tmp_path: Path, file: str) -> None:
    written(tmp_path, {"shop/__init__.py": "", file: "app ="})
    assert refused(tmp_path).startswith(f"{tmp_path}/{file} cannot be read to find the application: Python 3.")
    assert "which runs Ansible here, says invalid syntax" in refused(tmp_path)
    assert refused(tmp_path).endswith(
        "; correct it, or name the application in app_image_application, which needs no reading"
    )


def test_a_factory_with_arguments_in_a_package(tmp_path: Path) -> None:
    written(tmp_path, {"shop/__init__.py": "", "shop/factory.py": STAGED})
    assert refused(tmp_path).startswith(f"{tmp_path}/shop/factory.py has a factory that needs stage; ")
