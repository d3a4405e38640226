"""How gunicorn serves the application. Run `python -m gunicorn` in this folder: it finds this file by its name."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import gunicorn.http.wsgi

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE))  # so that `gunicorn -c app/gunicorn.conf.py` works from any folder

from flaskscale_app.draining import drain_on_sigterm  # noqa: E402 - after the path
from flaskscale_app.errors import SettingError  # noqa: E402 - after the path
from flaskscale_app.services import services_of  # noqa: E402 - after the path
from flaskscale_app.settings import Settings  # noqa: E402 - after the path

try:
    _settings = Settings.from_environment()
except SettingError as _error:
    sys.exit(f"flaskscale: {_error}")

wsgi_app = "wsgi:application"
chdir = str(_HERE)
bind = f"0.0.0.0:{_settings.port}"
workers = _settings.web_concurrency

# Chosen by tests/load/app_workers.py. gevent answers more requests a second, but a greenlet gives way only when it
# waits: under load some wait up to eleven times as long as with threads, and kept-alive connections hold up its
# stop. sync has neither keep-alive nor an answer to /health while one request waits for the metadata server. Fewer
# threads are a little faster; eight leave room for several that wait.
worker_class = "gthread"
threads = 8

# The load balancer keeps its connections to backends for 600 s. The side that closes first must be the load
# balancer: otherwise it sends a request on a connection that is closing, and the user sees a 502.
keepalive = 620

# The master kills its workers this long after SIGTERM: the drain, then requests in flight.
graceful_timeout = int(_settings.drain_seconds + _settings.graceful_seconds)
timeout = 30

accesslog = "-"
errorlog = "-"
logger_class = "flaskscale_app.access_log.JsonAccessLogger"

# Nothing is written to the root file system: a worker's heartbeat file goes to memory where there is such a
# folder, and the control socket, which would make a folder in $HOME, is not opened.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - gunicorn names its own file
control_socket_disable = True

# gunicorn names itself in every response and has no setting for it.
gunicorn.http.wsgi.SERVER = "flaskscale"


def post_worker_init(worker: Any) -> None:
    """The worker has its signal handlers and its application: let SIGTERM begin with the drain."""
    stop_worker = worker.handle_exit
    drain_on_sigterm(
        services_of(worker.wsgi).draining,
        _settings.drain_seconds,
        leave=lambda: stop_worker(None, None),
    )


def pre_request(worker: Any, request: Any) -> None:
    """While draining, answer with `Connection: close`, so that the load balancer's connections end tidily."""
    if services_of(worker.wsgi).draining.active:
        request.force_close()


def worker_exit(_server: Any, worker: Any) -> None:
    """End a burn with the worker that runs it."""
    application = getattr(worker, "wsgi", None)  # absent when the application failed to load
    if application is not None:
        services_of(application).stress.stop()
