"""`python -m localcloud`: the command line, and the one place where every part is put together."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from localcloud import supervision
from localcloud.api.server import serve as serve_api
from localcloud.clock import SystemClock
from localcloud.controllers.power_off import failures_of, switch_off
from localcloud.controllers.serve import Controllers, adoptable_ports, stop_load_balancer
from localcloud.errors.program import (
    LocalCloudError,
    another_runtime,
    not_all_stopped,
    not_running,
    running_with_another_runtime,
)
from localcloud.exports import client_environment, shell_exports
from localcloud.fidelity import fidelity_page
from localcloud.registry.registry import Registry
from localcloud.runtimes.choice import (
    build_images,
    forget_runtime,
    make_runtime,
    remember_runtime,
    remembered_runtime,
    remove_machines,
    require_runtime,
)
from localcloud.settings import Settings, read_settings
from localcloud.status_table import status_table
from localcloud.store.store import Store

_TIME_LEASE_REAL_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Run one command; 0 when it did what it says, 1 with one sentence on standard error when it could not."""
    parser = argparse.ArgumentParser(prog="python -m localcloud", description="The local cloud.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, summary) in _COMMANDS.items():
        commands.add_parser(name, help=summary, description=summary)
    command, _ = _COMMANDS[parser.parse_args(arguments).command]
    try:
        settings = read_settings(os.environ)
        command(settings if os.environ.get("LOCALCLOUD_RUNTIME") else _as_it_was(settings))
    except LocalCloudError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def up(settings: Settings) -> None:
    """Start the local cloud unless it runs; instances that still run are adopted, stopped ones boot again."""
    pid = supervision.daemon_pid(settings)
    if pid is not None:
        running = remembered_runtime(settings.state)
        if running != settings.runtime:
            raise running_with_another_runtime(running, settings.runtime)
        print(f"The local cloud already runs (pid {pid}).")
        return
    supervision.require_usable_state(settings)
    _require_runtime(settings)
    supervision.require_free_ports(settings, adoptable_ports(settings))
    pid = supervision.start_daemon(settings)
    print(f"The local cloud is up (pid {pid}): API through {settings.door_url}, state in {settings.state}")


def images(settings: Settings) -> None:
    """Build what the vm runtime boots; once, which takes a minute or two."""
    supervision.require_usable_state(settings)
    build_images(settings, lambda line: print(line, flush=True))


def down(settings: Settings) -> None:
    """Stop the daemon, every instance and Envoy; the state stays."""
    pid = supervision.daemon_pid(settings)
    if pid is not None:
        supervision.stop_daemon(settings, pid)
        print(f"The local cloud (pid {pid}) has stopped; its state stays in {settings.state}")
    elif settings.database.exists():
        _stop_what_a_killed_daemon_left(_as_it_was(settings))
        print("The local cloud is not running.")
    else:
        print("The local cloud is not running and has no state.")


def status(settings: Settings) -> None:
    """Show pid, ports, runtime, counts by kind and what is unhealthy."""
    if supervision.daemon_pid(settings) is None:
        raise not_running()
    with urllib.request.urlopen(f"http://127.0.0.1:{settings.admin_port}/status", timeout=10) as reply:
        print(status_table(json.load(reply)))


def env(settings: Settings) -> None:
    """Print exports for other clients: eval "$(python -m localcloud env)"."""
    print(shell_exports(client_environment(settings)))


def reset(settings: Settings) -> None:
    """Empty the cloud; releases, environments and certificates stay. Runs on when it ran."""
    was_running = supervision.daemon_pid(settings) is not None
    down(settings)
    remove_machines(_as_it_was(settings))
    forget_runtime(settings.state)
    for path in (*settings.state.glob("cloud.sqlite3*"), settings.operator_key):
        path.unlink(missing_ok=True)
    for folder in ("instances", "run", "envoy", "registry"):
        shutil.rmtree(settings.state / folder, ignore_errors=True)
    print("The local cloud is empty.")
    if was_running:
        up(settings)


def clean(settings: Settings) -> None:
    """Stop everything and remove the state folder."""
    down(settings)
    remove_machines(_as_it_was(settings))
    if settings.state.exists():
        shutil.rmtree(settings.state)
        print(f"{settings.state} is removed.")


def serve(settings: Settings) -> None:
    """Run the local cloud in the foreground (what `up` starts in the background)."""
    os.umask(0o077)
    settings.state.mkdir(parents=True, exist_ok=True)
    with supervision.only_daemon(settings):
        if not settings.database.exists():
            remove_machines(settings)  # of a state folder at this place that was deleted by hand
        remember_runtime(settings.state, settings.runtime)
        ready = supervision.ready_file(settings)
        ready.unlink(missing_ok=True)
        supervision.failures_file(settings).unlink(missing_ok=True)
        try:
            asyncio.run(_serve(settings, lambda: ready.write_text(str(os.getpid()))))
        finally:
            ready.unlink(missing_ok=True)


def fidelity(_: Settings) -> None:
    """Print docs/fidelity.md: every method, whether it is implemented, and where it differs from Google."""
    print(fidelity_page(), end="")


async def _serve(settings: Settings, ready: Callable[[], object]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    store = Store(settings.database)
    clock = _resumed_clock(store, settings)
    controllers = Controllers(store, clock, settings, make_runtime(settings))
    registry = Registry(settings, store)
    controllers.start()
    time_keeper = asyncio.create_task(_keep_time(store, clock, settings))
    try:
        await serve_api(
            store, clock, settings, registry, ready=ready, stop=stop, cpu_samples=controllers.cpu_utilization
        )
    finally:
        time_keeper.cancel()
        steps: list[Callable[[], object]] = [partial(controllers.stop, power_off=stop.is_set())]
        if stop.is_set():
            steps.append(registry.stop)
        try:
            failures = await asyncio.to_thread(failures_of, steps)
        finally:
            _remember_time(store, clock.now())
            store.close()
        if failures:
            supervision.failures_file(settings).write_text("\n".join(failures))
            raise not_all_stopped(failures)


def _as_it_was(settings: Settings) -> Settings:
    """With the runtime that the state was made with."""
    return replace(settings, runtime=remembered_runtime(settings.state) or settings.runtime)


def _require_runtime(settings: Settings) -> None:
    """Refuse before anything is started.

    Raises:
        StartError: the runtime cannot boot machines, or the state has machines of another.
    """
    remembered = remembered_runtime(settings.state)
    if remembered and remembered != settings.runtime and settings.database.exists():
        store = Store(settings.database)
        has_machines = any(instance.internal["runtime"] for instance in store.list("compute", "instances"))
        store.close()
        if has_machines:
            raise another_runtime(remembered, settings.runtime)
    require_runtime(settings)


def _resumed_clock(store: Store, settings: Settings) -> SystemClock:
    """A clock that does not go behind the last stored time, which a time scale above 1 may have put in the future."""
    with store.transaction() as transaction:
        return SystemClock(settings.time_scale, float(transaction.fact("cloud_time", "0")))


def _remember_time(store: Store, cloud_time: float) -> None:
    with store.transaction() as transaction:
        transaction.set_fact("cloud_time", str(cloud_time))


async def _keep_time(store: Store, clock: SystemClock, settings: Settings) -> None:
    """Cloud time may run ahead of the machine's: then a killed daemon must leave behind how far it may have got."""
    while True:
        if clock.now() > time.time() + 1:
            _remember_time(store, clock.now() + 2 * _TIME_LEASE_REAL_SECONDS * max(settings.time_scale, 1))
        await asyncio.sleep(_TIME_LEASE_REAL_SECONDS)


def _stop_what_a_killed_daemon_left(settings: Settings) -> None:
    """What can be stopped is, also where no engine answers.

    Raises:
        StopError: the rest.
    """
    with supervision.only_daemon(settings):
        store = Store(settings.database)
        now = _resumed_clock(store, settings).now()
        steps = [
            lambda: switch_off(store, now, lambda: make_runtime(settings)),
            lambda: stop_load_balancer(settings),
            lambda: Registry(settings, store).stop(),
        ]
        try:
            failures = failures_of(steps)
        finally:
            store.close()
    if failures:
        raise not_all_stopped(failures)


_COMMANDS: dict[str, tuple[Callable[[Settings], None], str]] = {
    "up": (up, "start the local cloud; does nothing when it runs"),
    "images": (images, "build the machine images of the vm runtime; does nothing when they are there"),
    "down": (down, "stop it, its instances and its load balancer; the state stays"),
    "status": (status, "pid, ports, runtime, counts by kind, what is unhealthy"),
    "env": (env, "print exports that point any Google client at it"),
    "reset": (reset, "empty the cloud: delete every resource"),
    "clean": (clean, "stop it and remove its state folder"),
    "serve": (serve, "run it in the foreground"),
    "fidelity": (fidelity, "print which API methods it implements and where it differs from Google"),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
