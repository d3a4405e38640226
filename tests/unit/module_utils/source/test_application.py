"""Which application a source holds, without running any of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.application import Application, check_flask, find_application, named_application
from module_utils.source.errors import SourceError
from module_utils.source.project import Project

FACTORY = "from flask import Flask\ndef create_app(config=None): return Flask(__name__)\n"
FLASK = "import flask\nserver = flask.Flask(__name__)\n"


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


ADDS_ROUTES = "import flask\nfrom server import server\n\n@server.route('/')\ndef page(): ...\n"


@pytest.mark.parametrize(
    ("files", "application"),
    [
        ({"gunicorn.conf.py": "raise SystemExit\nwsgi_app = 'shop.wsgi:app'\n", "wsgi.py": "app = 1"}, "shop.wsgi:app"),
        ({"gunicorn.conf.py": "workers = 2", "wsgi.py": "from x import application, app"}, "wsgi:application"),
        ({"wsgi.py": "from shop import app"}, "wsgi:app"),
        ({"wsgi.py": "from shop import make as application"}, "wsgi:application"),
        ({"wsgi.py": FACTORY}, "wsgi:create_app()"),
        ({"wsgi.py": "def application(environ, start_response): ..."}, "wsgi:application"),
        ({"wsgi.py": f"def app(): ...\n{FACTORY}"}, "wsgi:create_app()"),
        ({"wsgi.py": "from shop import create_app\nserver = create_app('production')"}, "wsgi:server"),
        ({"wsgi.py": "import shop\nserver: object = shop.make_app()\ncreate_app = shop.create_app"}, "wsgi:server"),
        ({"wsgi.py": "from shop import create_app as new\nserver = new('production')"}, "wsgi:server"),
        (
            {"wsgi.py": "from shop import create_app\nshop = create_app(1)", "shop.py": "def create_app(stage): ..."},
            "wsgi:shop",
        ),
        ({"wsgi.py": "server = 1", "app.py": "import flask\napp: object = flask.Flask(1)"}, "app:app"),
        ({"app.py": "def create_app(): ..."}, "app:create_app()"),
        ({"app.py": "def make_app(*, debug=False): ..."}, "app:make_app()"),
        ({"app/__init__.py": "def create_app(): ..."}, "app:create_app()"),
        ({"app.py": "try:\n    app = Flask(1)\nexcept ImportError:\n    raise\n"}, "app:app"),
        ({"app.py": "import os\nif os.name:\n    app = Flask(1)\n"}, "app:app"),
        ({"main.py": FLASK}, "main:server"),
        ({"run.py": "from shop import app\n", "shop/__init__.py": "app = Flask(1)"}, "run:app"),
        ({"shop/__init__.py": FACTORY, "tests/__init__.py": FACTORY}, "shop:create_app()"),
        ({"bin/__init__.py": "from .core import *\n", "bin/core.py": FLASK.replace("server", "app")}, "bin:app"),
        ({"shop/__init__.py": "from .web import create_app", "shop/web.py": FACTORY}, "shop:create_app()"),
        ({"shop/__init__.py": "from shop import app", "shop/app.py": FACTORY}, "shop.app:create_app()"),
        ({"shop/__init__.py": "", "shop/core.py": FLASK}, "shop.core:server"),
        ({"shop/__init__.py": "from . import web", "shop/web.py": "from . import x\napp = Flask(x)"}, "shop.web:app"),
        ({"hello.py": FLASK, "setup.py": ""}, "hello:server"),
        ({".flaskenv": "FLASK_APP=shop\n", "shop/__init__.py": FACTORY, "app.py": FLASK}, "shop:create_app()"),
        ({".flaskenv": 'export FLASK_APP="shop.py"', "shop.py": FACTORY}, "shop:create_app()"),
        ({".flaskenv": "FLASK_APP=shop:create_app", "shop.py": FACTORY}, "shop:create_app()"),
        ({".flaskenv": "FLASK_APP=shop:create_app('x')", "shop.py": FACTORY}, "shop:create_app('x')"),
        (
            {"a/__init__.py": "from b import app", "b/__init__.py": "from a import app", "main.py": "app = Flask(1)"},
            "main:app",
        ),
    ],
)
def test_found(tmp_path: Path, files: dict[str, str], application: str) -> None:
    assert find_application(written(tmp_path, files)).target == application


@pytest.mark.parametrize(
    ("files", "application"),
    [
        ({"server.py": FLASK, "routes.py": "import flask\nfrom server import server as app\n"}, "server:server"),
        ({"server.py": FACTORY, "routes.py": "import flask\nfrom server import create_app\n"}, "server:create_app()"),
        ({"server.py": f"{FLASK}\nimport routes\n", "routes.py": ADDS_ROUTES}, "server:server"),
        (
            {"flask_app.py": FLASK, "test_flask_app.py": "import flask\nfrom flask_app import server\n"},
            "flask_app:server",
        ),
        ({"flask_app.py": FLASK, "conftest.py": FLASK, "web_test.py": FLASK, "tests.py": FLASK}, "flask_app:server"),
        ({"shop/__init__.py": FLASK, "admin/__init__.py": "from shop import server"}, "shop:server"),
        (
            {"shop/web.py": FLASK, "shop/__init__.py": "", "admin/__init__.py": "from shop.web import *"},
            "shop.web:server",
        ),
        (
            {
                "shop/__init__.py": "from shop.make import server",
                "shop/make.py": FLASK,
                "admin/__init__.py": "from shop import server",
            },
            "shop.make:server",
        ),
    ],
)
def test_one_application_that_several_modules_import_is_one(
    tmp_path: Path, files: dict[str, str], application: str
) -> None:
    assert find_application(written(tmp_path, files)).target == application


def test_found_under_src(tmp_path: Path) -> None:
    written(tmp_path, {"src/shop/__init__.py": FACTORY})
    assert find_application(tmp_path) == Application("shop:create_app()", "src")


def test_imports_begin_where_flask_run_begins(tmp_path: Path) -> None:
    written(
        tmp_path, {".flaskenv": "FLASK_APP=src/app.py", "src/app.py": "from models import app", "src/models.py": FLASK}
    )
    assert find_application(tmp_path) == Application("app:app", "src")


def test_a_package_that_is_installed_from_src(tmp_path: Path) -> None:
    written(tmp_path, {".flaskenv": "FLASK_APP=shop", "src/shop/__init__.py": FACTORY, "app.py": FLASK})
    assert find_application(tmp_path) == Application("shop:create_app()", "src")


def test_what_only_a_script_runs_is_not_served(tmp_path: Path) -> None:
    written(tmp_path, {"app.py": "if __name__ == '__main__':\n    app = Flask(1)\n"})
    with pytest.raises(SourceError):
        find_application(tmp_path)


def test_none(tmp_path: Path) -> None:
    written(tmp_path, {"app.py": "print('hello')"})
    with pytest.raises(SourceError) as refused:
        find_application(tmp_path)
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, where no WSGI application can be seen; expected app, application, create_app "
        "or make_app in wsgi.py, app.py, main.py, run.py or a package; set app_image_application to the one to serve, "
        "as in shop.web:create_app()"
    )


def test_several(tmp_path: Path) -> None:
    written(tmp_path, {"shop/__init__.py": FACTORY, "blog/__init__.py": "from flask import Flask\napp = Flask('blog')"})
    with pytest.raises(SourceError) as refused:
        find_application(tmp_path)
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, where blog:app and shop:create_app() can be seen; expected one WSGI "
        "application; set app_image_application to the one to serve"
    )


def test_a_factory_with_arguments(tmp_path: Path) -> None:
    written(tmp_path, {"shop/__init__.py": "def create_app(stage, *, region): ..."})
    with pytest.raises(SourceError) as refused:
        find_application(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}/shop/__init__.py has a factory that needs stage, region; expected one that can be called without "
        "arguments; give them in app_image_application, as in shop:create_app('production')"
    )


@pytest.mark.parametrize(
    ("target", "root"), [("shop.web:create_app('x')", "src"), ("other:app", ""), ("local:app.wsgi", "")]
)
def test_named(tmp_path: Path, target: str, root: str) -> None:
    written(tmp_path, {"src/shop/web.py": "", "local.py": "", "src/local.py": ""})
    assert named_application(tmp_path, target) == Application(target, root)


@pytest.mark.parametrize("target", ["shop", "shop:", ":app", "shop/app.py", "shop:app; rm"])
def test_named_wrongly(tmp_path: Path, target: str) -> None:
    with pytest.raises(SourceError) as refused:
        named_application(tmp_path, target)
    assert str(refused.value) == (
        f"app_image_application is {target!r} but gunicorn takes module:app or module:create_app(); correct it, or "
        "leave it empty to have it found"
    )


@pytest.mark.parametrize(
    ("files", "project"),
    [
        ({"web.py": "def run():\n    from flask_login import x\n"}, Project()),
        ({"broken.py": "app =", "web.py": "import flask.views"}, Project()),
        ({}, Project(lines=("Flask-SQLAlchemy>=3",))),
        ({}, Project(lines=("flask[async]==3",))),
    ],
)
def test_flask(tmp_path: Path, files: dict[str, str], project: Project) -> None:
    check_flask(written(tmp_path, files), project)


def test_no_flask(tmp_path: Path) -> None:
    written(tmp_path, {"web.py": "import django"})
    with pytest.raises(SourceError) as refused:
        check_flask(tmp_path, Project(lines=("django", "flaskless")))
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, where no file imports flask and no requirement names it; expected a Flask "
        "application; set app_image_source to its folder, or name its WSGI application in app_image_application"
    )


def test_a_module_that_adds_routes_and_is_not_imported_where_the_application_is_made_is_for_the_operator_to_choose(
    tmp_path: Path,
) -> None:
    with pytest.raises(SourceError, match="where server:server and routes:server can be seen"):
        find_application(written(tmp_path, {"server.py": FLASK, "routes.py": ADDS_ROUTES}))
