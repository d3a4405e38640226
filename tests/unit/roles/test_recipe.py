"""The recipe's health path: answered where an application has none, left alone where it has one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, abort, redirect
from werkzeug.test import Client

RECIPE = Path(__file__).resolve().parents[3] / "roles/app_image/files/recipe"
PATH = "/health"


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as gunicorn imports it, without its signals."""
    monkeypatch.syspath_prepend(str(RECIPE))
    monkeypatch.delitem(sys.modules, "flaskscale_serving", raising=False)
    import flaskscale_serving

    monkeypatch.setattr(flaskscale_serving, "drain_on_sigterm", lambda seconds: None)
    return flaskscale_serving


def served(serving: ModuleType, monkeypatch: pytest.MonkeyPatch, application: Any) -> Any:
    monkeypatch.setattr(serving.gunicorn.util, "import_app", {"shop:app": application}.__getitem__)
    return serving.serve("shop:app", PATH)


def answer(application: Any) -> tuple[int, str]:
    got = Client(application).get(PATH)
    return got.status_code, got.get_data(as_text=True)


def flask(**more: Any) -> Flask:
    return Flask("shop", **more)


def with_guard() -> Flask:
    """Asks everybody for a login, also where there is no route."""
    application = flask()
    application.before_request(lambda: redirect("/login"))
    return application


def with_rule(rule: str, **more: Any) -> Flask:
    application = flask()
    application.add_url_rule(rule, "own", lambda **_: ("own", 299), **more)
    return application


@pytest.mark.parametrize(
    "make",
    [
        flask,
        with_guard,
        lambda: flask(static_url_path=""),
        lambda: with_rule("/<code>"),
        lambda: with_rule("/<path:path>"),
        lambda: with_rule("/health/"),
        lambda: with_rule("/health", methods=["POST"]),
    ],
)
def test_a_flask_application_without_the_route(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch, make: Callable[[], Flask]
) -> None:
    application = make()
    assert served(serving, monkeypatch, application) is application, "gunicorn's hooks may look at it"
    assert answer(application) == (200, "healthy\n")
    serving.DRAINING.set()
    assert answer(application) == (503, "draining\n")


@pytest.mark.parametrize(
    ("path", "method", "rule", "more"),
    [
        ("/code", "GET", "/<code>", {}),
        ("/health/", "GET", "/health/", {}),
        ("/health", "POST", "/health", {"methods": ["POST"]}),
    ],
)
def test_what_the_answer_does_not_stand_for_is_the_applications(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch, path: str, method: str, rule: str, more: dict[str, Any]
) -> None:
    application = served(serving, monkeypatch, with_rule(rule, **more))
    own = Client(application).open(path, method=method)
    assert (own.status_code, own.get_data()) == (299, b"own")


@pytest.mark.parametrize("defaults", [None, {"verbose": False}])
def test_a_flask_application_with_a_route_of_its_own(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch, defaults: dict[str, Any] | None
) -> None:
    application = with_rule(PATH, defaults=defaults)
    assert served(serving, monkeypatch, application) is application
    assert answer(application) == (299, "own")
    serving.DRAINING.set()
    assert answer(application) == (503, "draining\n")
    assert Client(application).get("/else").status_code == 404


def test_a_route_that_says_404_is_a_route(serving: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    application = flask()
    application.add_url_rule(PATH, "own", lambda: abort(404))
    assert answer(served(serving, monkeypatch, application))[0] == 404


@pytest.mark.parametrize(("status", "found"), [("404 Not Found", (200, "healthy\n")), ("200 OK", (200, "own"))])
def test_what_is_no_flask_application_is_asked_first(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch, status: str, found: tuple[int, str]
) -> None:
    def other(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Type", "text/plain")])
        return [b"own"]

    application = served(serving, monkeypatch, other)
    assert answer(application) == found
    assert Client(application).get("/else").get_data() == b"own"
    serving.DRAINING.set()
    assert answer(application) == (503, "draining\n")


@pytest.mark.parametrize(("said", "seconds"), [("", 5.0), ("2.5", 2.5), ("-1", 0.0), ("900", 30.0), ("soon", 5.0)])
def test_how_long_is_drained(serving: ModuleType, monkeypatch: pytest.MonkeyPatch, said: str, seconds: float) -> None:
    monkeypatch.setenv("FLASKSCALE_DRAIN_SECONDS", said)
    assert serving.drain_seconds() == seconds


def test_sigterm_stops_after_the_drain() -> None:
    script = """
        import signal, time
        import flaskscale_serving
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(time.monotonic()))
        flaskscale_serving.drain_on_sigterm(0.3)
        flaskscale_serving.drain_on_sigterm(9)  # the recipe's gunicorn.conf.py asks again
        print("ready", flush=True)
        while not flaskscale_serving.DRAINING.wait(0.01):
            pass
        began = time.monotonic()
        while not stopped:
            time.sleep(0.01)
        print(round(stopped[0] - began, 1))
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(RECIPE)},
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert 0.2 <= float(output) <= 1.0
