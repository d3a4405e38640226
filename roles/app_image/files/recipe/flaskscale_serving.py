"""Answers the health path for an application that has no such route, and for every application while it drains.

gunicorn is given `flaskscale_serving:serve('shop:create_app()', '/health')` instead of `shop:create_app()`. After
SIGTERM the health path answers 503 while the worker goes on serving for FLASKSCALE_DRAIN_SECONDS (5), so that the load
balancer looks away before the worker stops. Where the source brings both a route for the health path and a
gunicorn.conf.py, how it stops is its own business.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

import gunicorn.util

DRAINING = threading.Event()
_PUT_OFF = threading.Event()
NOT_FOUND = "404"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(target: str, health_path: str, *folders: str) -> Any:
    """The application `target` names, with a health path; called by gunicorn in each worker.

    `folders`, relative to the working directory, are imported from too.
    """
    sys.path.extend(os.path.abspath(folder) for folder in folders)  # noqa: PTH100 - a text, and links are kept
    application = gunicorn.util.import_app(target)
    if not (hasattr(application, "url_map") and hasattr(application, "wsgi_app")):
        application = until_draining(answering_health(application, health_path, asks_first=True), health_path)
        drain_on_sigterm(drain_seconds())
        return application
    # A Flask application stays what it is: gunicorn's hooks may look at it.
    if not has_route(application.url_map, health_path):
        application.wsgi_app = answering_health(application.wsgi_app, health_path)
        drain_on_sigterm(drain_seconds())
    application.wsgi_app = until_draining(application.wsgi_app, health_path)
    return application


def has_route(url_map: Any, path: str) -> bool:
    """Whether Flask would route a GET of the path to a route that the application has for it.

    Static files are none, nor is a rule for many paths such as `/<code>`, nor one that answers with a redirect.
    """
    from werkzeug.exceptions import HTTPException

    try:
        rule, _ = url_map.bind("localhost").match(path, method="GET", return_rule=True)
    except HTTPException:  # no route, one for other methods, or a redirect
        return False
    return rule.endpoint != "static" and not rule.arguments - set(rule.defaults or ())


def answering_health(application: Application, health_path: str, *, asks_first: bool = False) -> Application:
    """The application, with the health path answered; with `asks_first` only where it says 404 itself."""

    def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != health_path or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return application(environ, start_response)
        if asks_first:
            said: list[Any] = []
            body = application(environ, lambda *answer: said.append(answer) or discard)
            if said and not said[0][0].startswith(NOT_FOUND):
                start_response(*said[0])
                return body
            if hasattr(body, "close"):
                body.close()
        return plain_answer(environ, start_response, "200 OK", b"healthy\n")

    return answering


def until_draining(application: Application, health_path: str) -> Application:
    """The application, which answers the health path until it drains."""

    def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if DRAINING.is_set() and environ.get("PATH_INFO") == health_path:
            return plain_answer(environ, start_response, "503 Service Unavailable", b"draining\n")
        return application(environ, start_response)

    return answering


def plain_answer(
    environ: dict[str, Any], start_response: Callable[..., Any], status: str, text: bytes
) -> Iterable[bytes]:
    """An answer in plain text that nobody keeps."""
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text))), ("Cache-Control", "no-store")]
    start_response(status, headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [text]


def discard(_data: bytes) -> None:
    """What is written with WSGI's old write() on the health path goes nowhere."""


def drain_seconds() -> float:
    """How long a worker serves on after SIGTERM; a number of seconds between 0 and 30."""
    try:
        return min(max(float(os.environ.get("FLASKSCALE_DRAIN_SECONDS", "5")), 0.0), 30.0)
    except ValueError:
        return 5.0


def drain_on_sigterm(seconds: float) -> None:
    """Put off the worker's stop: its own handler is called `seconds` later. Asked twice, it does so once.

    By a timer's signal and not by a thread: starting a thread in a signal handler can deadlock.
    """
    if _PUT_OFF.is_set() or threading.current_thread() is not threading.main_thread():
        return
    _PUT_OFF.set()
    stop = signal.getsignal(signal.SIGTERM)

    def terminated(_number: int, _frame: FrameType | None) -> None:
        if DRAINING.is_set():
            return
        DRAINING.set()
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))

    def drained(_number: int, frame: FrameType | None) -> None:
        if callable(stop):
            stop(signal.SIGTERM, frame)
        else:
            raise SystemExit(0)

    signal.signal(signal.SIGALRM, drained)
    signal.signal(signal.SIGTERM, terminated)
    # A request in a system call must not be interrupted by either.
    signal.siginterrupt(signal.SIGALRM, False)
    signal.siginterrupt(signal.SIGTERM, False)
