"""Which gunicorn worker class serves the application best, beside Flask's development server.

    python -m tests.load.app_workers [--seconds 3] [--connections 16] [--json FILE]

One server at a time on loopback, one worker process, the application's own gunicorn.conf.py but for the worker class,
and the same closed loop of requests from a process of its own: /health, and / with a warm cache. So that every server
renders the same page, the fleet it shows is six instances given here, as a reading that never gets stale. gevent is
measured where it is installed; the application does not need it.

The JSON: {"machine", "python", "gunicorn", "flask", "seconds", "connections",
"rows": [{"server", "path", "requests", "failures", "seconds", "requests_per_second", "p50_ms", "p99_ms"}]}.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
APP_FOLDER = ROOT / "app"
HOST = "127.0.0.1"
PATHS = ("/health", "/")
START_SECONDS = 20.0
STOP_SECONDS = 20.0
WARM_UP_SECONDS = 0.5


def application() -> Flask:
    """The application with a fleet that is always fresh; what every server under test serves."""
    sys.path.insert(0, str(APP_FOLDER))
    from flaskscale_app import create_app
    from flaskscale_app.cache import Cached
    from flaskscale_app.fleet import Autoscaler, Fleet, Group, Instance
    from flaskscale_app.metadata import Identity
    from flaskscale_app.services import Services
    from flaskscale_app.settings import Settings

    members = tuple(
        Instance(f"flaskscale-group-{number:04}", "us-central1-a", "RUNNING", f"10.10.0.{number}", health="HEALTHY")
        for number in range(2, 8)
    )
    fleet = Fleet(
        machines=members,
        members=members,
        group=Group("flaskscale-group", "us-central1", len(members), stable=True),
        autoscaler=Autoscaler("flaskscale-autoscaler", 2, 6, "ON", recommended_size=6, cpu_target=0.5),
        own_vcpus=2,
    )
    own = Identity(members[0].name, "flaskscale-local", members[0].zone, members[0].internal_ip)
    services = replace(
        Services.from_settings(Settings(release="benchmark", stress_enabled=True)),
        identity=Cached(lambda: own, fresh_seconds=math.inf, nothing_yet=""),
        fleet=Cached(lambda: fleet, fresh_seconds=math.inf, nothing_yet=""),
    )
    return create_app(services=services)


def servers() -> dict[str, list[str]]:
    """The commands to compare by name, without the port."""
    flask = [sys.executable, "-m", "flask", "--app", "tests.load.app_workers:application", "run", "--host", HOST]
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(APP_FOLDER / "gunicorn.conf.py")]
    gunicorn += ["--chdir", str(ROOT), "--workers", "1"]
    target = "tests.load.app_workers:application()"
    commands = {
        "Flask's development server": [*flask, "--port"],
        "gunicorn sync": [*gunicorn, "--worker-class", "sync", target, "--bind"],
        "gunicorn gthread, 8 threads": [*gunicorn, "--worker-class", "gthread", "--threads", "8", target, "--bind"],
    }
    if importlib.util.find_spec("gevent") is not None:
        commands["gunicorn gevent"] = [*gunicorn, "--worker-class", "gevent", target, "--bind"]
    return commands


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[int]:
    """Run a server on a free port for the block, and give the port once /health answers.

    Raises RuntimeError when it does not answer within START_SECONDS.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    address = str(port) if command[-1] == "--port" else f"{HOST}:{port}"
    process = subprocess.Popen(
        [*command, address],
        cwd=ROOT,
        env={**os.environ, "FLASKSCALE_DRAIN_SECONDS": "0", "FLASKSCALE_GRACEFUL_SECONDS": "2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_listening(process, port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not listen on port {port} within {START_SECONDS:g} s: {process.args}")


def load(port: int, path: str, seconds: float, connections: int) -> dict[str, Any]:
    """One run of the load generator, in its own process."""
    command = [sys.executable, str(Path(__file__).with_name("load_generator.py"))]
    command += [str(port), path, str(seconds), str(connections)]
    finished = subprocess.run(command, check=True, capture_output=True, timeout=seconds + 60)
    result: dict[str, Any] = json.loads(finished.stdout)
    return result


def measure(seconds: float, connections: int) -> list[dict[str, Any]]:
    """Every server's rows, one server after the other."""
    rows = []
    for name, command in servers().items():
        with running(command) as port:
            for path in PATHS:
                load(port, path, WARM_UP_SECONDS, connections)
                rows.append({"server": name, "path": path, **load(port, path, seconds, connections)})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as a Markdown table."""
    lines = [
        f"| {'server':28} | {'path':8} | requests/s | p50 ms | p99 ms | failures |",
        f"| {'-' * 28} | {'-' * 8} | ---------: | -----: | -----: | -------: |",
    ]
    lines += [
        f"| {row['server']:28} | {row['path']:8} | {row['requests_per_second']:10.0f} | {row['p50_ms']:6.2f} "
        f"| {row['p99_ms']:6.2f} | {row['failures']:8} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, and write the JSON if asked."""
    parser = argparse.ArgumentParser(description="Compare the servers the application could run on.")
    parser.add_argument("--seconds", type=float, default=3.0, help="of load for each server and path")
    parser.add_argument("--connections", type=int, default=16, help="kept-alive connections at the same time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    options = parser.parse_args()
    rows = measure(options.seconds, options.connections)
    sys.stdout.write(table(rows) + "\n")
    if options.json:
        report = {
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
            "python": platform.python_version(),
            "gunicorn": importlib.metadata.version("gunicorn"),
            "flask": importlib.metadata.version("flask"),
            "seconds": options.seconds,
            "connections": options.connections,
            "rows": rows,
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
