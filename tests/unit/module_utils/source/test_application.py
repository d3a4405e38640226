"""Which application a source holds, without running any of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.application import find_application
from module_utils.source.errors import SourceError


@pytest.mark.parametrize(
    ("files", "application"),
    [
        ({"gunicorn.conf.py": "raise SystemExit\nwsgi_app = 'shop.wsgi:app'\n", "wsgi.py": "app = 1"}, "shop.wsgi:app"),
        ({"gunicorn.conf.py": "workers = 2", "wsgi.py": "application = 1\napp = 2"}, "wsgi:application"),
        ({"wsgi.py": "from shop import app"}, "wsgi:app"),
        ({"wsgi.py": "from shop import make as application"}, "wsgi:application"),
        ({"wsgi.py": "server = 1", "app.py": "app: object = 1"}, "app:app"),
        ({"app.py": "def create_app(): ..."}, "app:create_app()"),
        ({"app/__init__.py": "def create_app(): ..."}, "app:create_app()"),
    ],
)
def test_found(tmp_path: Path, files: dict[str, str], application: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_application(tmp_path).target == application


def test_none(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('hello')")
    with pytest.raises(SourceError) as refused:
        find_application(tmp_path)
    assert str(refused.value) == (
        f"app_image_source is {tmp_path}, where no WSGI application can be seen; expected app, application, create_app "
        "or make_app in wsgi.py, app.py, main.py, run.py or a package; set app_image_application to the one to serve, "
        "as in shop.web:create_app()"
    )


def test_not_python(tmp_path: Path) -> None:
    (tmp_path / "wsgi.py").write_text("app =")
    with pytest.raises(
        SourceError, match=r"wsgi.py cannot be read: it is not Python \(invalid syntax .*\); correct it"
    ):
        find_application(tmp_path)
