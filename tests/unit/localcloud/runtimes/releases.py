"""Releases for tests, whose environment is the one the tests run in, and waiting with a bound."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

APPLICATION = """
import os, signal, time

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/burn":
        end = time.thread_time() + float(environ["QUERY_STRING"])
        while time.thread_time() < end:
            pass
    if path == "/die":
        os.kill(os.getppid(), signal.SIGKILL)
    broken = path == "/health" and os.environ.get("UNHEALTHY")
    start_response("503 Broken" if broken else "200 OK", [("Content-Type", "text/plain")])
    name = os.environ["HOSTNAME"].encode()
    return slowly(name, float(environ["QUERY_STRING"])) if path == "/slow" else [name]

def slowly(body, seconds):
    yield body[:1]
    time.sleep(seconds)
    yield body[1:]
"""


def write_bundle(state: Path, application: str = APPLICATION, configuration: str = "", carried: str = "") -> str:
    """A bundle whose environment is the one these tests run in; returns its reference.

    `configuration` is gunicorn's in the source, `carried` the one that the bundle has beside the source.
    """
    digest = hashlib.sha256(f"{application}\0{configuration}\0{carried}".encode()).hexdigest()
    folder = state / "bundles" / "sha256" / digest
    (folder / "source").mkdir(parents=True, exist_ok=True)
    (folder / "source" / "service.py").write_text(application)
    if configuration:
        (folder / "source" / "gunicorn.conf.py").write_text(configuration)
    if carried:
        (folder / "gunicorn.conf.py").write_text(carried)
    description = {"name": "service", "environment": sys.prefix, "application": "service:app"}
    (folder / "bundle.json").write_text(json.dumps(description))
    return f"bundle.localcloud/service@sha256:{digest}"


def eventually(read: Callable[[], T], seconds: float = 15.0) -> T:
    """The first true value of `read`, polled until then; fails after the bound."""
    deadline = time.monotonic() + seconds
    while not (value := read()):
        assert time.monotonic() < deadline, f"nothing came of it within {seconds:g} s"
        time.sleep(0.02)
    return value
