"""What a Procfile gives gunicorn to serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.source.application import Application, find_application
from module_utils.source.errors import SourceError
from module_utils.source.procfile import served_by_procfile

FLASK = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("wsgi.py", "shop/__init__.py", "backend/app.py", "backend/site.py", "lib/far.py", "src/near/web.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(FLASK)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "target", "root"),
    [
        ("gunicorn \"shop:create_app('production')\"", "shop:create_app('production')", ""),
        ("gunicorn 'shop:create_app(stage=\"a b; c\")' --reload", 'shop:create_app(stage="a b; c")', ""),
        ("gunicorn backend.site:wsgi_app", "backend.site:wsgi_app", ""),
        ("gunicorn --chdir backend app:app -w 4 --bind 0.0.0.0:$PORT", "app:app", "backend"),
        ("gunicorn --chdir=./backend/ -w4 --log-file - app:app", "app:app", "backend"),
        ("gunicorn -k gevent -b 0.0.0.0:${PORT:-80} --preload --threads=8 -D shop:web.app", "shop:web.app", ""),
        ("gunicorn --pythonpath lib,backend site:app", "site:app", "backend"),
        ("gunicorn --chdir lib --pythonpath ../backend site:app", "site:app", "backend"),
        ("gunicorn --pythonpath lib wsgi:app", "wsgi:app", ""),
        ("gunicorn --chdir /app shop:app", "shop:app", ""),
        ("gunicorn --chdir ../.. shop:app", "shop:app", ""),
        ("gunicorn near.web:app", "near.web:app", "src"),
        ("gunicorn wsgi", "wsgi:application", ""),
        ("cd backend && exec gunicorn app:app", "app:app", "backend"),
        ("flask db upgrade; WEB=1 newrelic-admin run-program gunicorn shop:app 2>&1 | tee log", "shop:app", ""),
        ("python -m gunicorn shop:app", "shop:app", ""),
        ("pip install gunicorn && .venv/bin/gunicorn shop:app", "shop:app", ""),
    ],
)
def test_named(source: Path, command: str, target: str, root: str) -> None:
    (source / "Procfile").write_text(f"release: gunicorn other:app\r\nweb: {command}\r\nworker: gunicorn x:y\n")
    assert find_application(source) == Application(target, root)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "worker: gunicorn shop:app\n",
        "web: flask run\n",
        "web: gunicorn\n",
        "web: gunicorn -c conf.py\n",
        "web: gunicorn $APPLICATION\n",
        "web: gunicorn 'shop:app\n",
        "web: uwsgi --http :80 shop:app\n",
        "# web: gunicorn shop:app\n",
    ],
)
def test_nothing_is_said(source: Path, text: str) -> None:
    (source / "Procfile").write_text(text)
    assert served_by_procfile(source) is None
    assert find_application(source).target == "wsgi:app"


def test_gunicorns_own_configuration_comes_before_it(source: Path) -> None:
    (source / "Procfile").write_text("web: gunicorn shop:app\n")
    (source / "gunicorn.conf.py").write_text("wsgi_app = 'backend.app:app'\n")
    assert find_application(source).target == "backend.app:app"


def test_a_module_that_is_not_there(source: Path) -> None:
    (source / "Procfile").write_text("web: gunicorn -w 2 shp:app\n")
    with pytest.raises(SourceError) as refused:
        find_application(source)
    assert str(refused.value) == (
        f"{source}/Procfile says gunicorn shp:app, but the source has no such module; correct it there, or set "
        "app_image_application to the one to serve"
    )
