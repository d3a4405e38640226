"""`make bench`: measure the local cloud, the playbooks and the application; print and write docs/benchmarks.md.

Everything runs on loopback, one thing after the other, in a cloud of its own. Figures are what this machine gave in
one run; the machine is named with them. Nothing here fails on a slow machine: these are measurements, not tests.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.cloud import REPOSITORY, LocalCloud, get, wait_until
from tests.load.figures import COMPUTE, Figure, machine, seconds, table, timed_playbook
from tests.sessions import account_session

PAGE = REPOSITORY / "docs" / "benchmarks.md"
_PLAYBOOK = (
    "site.yml",
    "-e",
    "instance_group_health_check_interval_sec=1",
    "-e",
    "instance_group_health_check_timeout_sec=1",
    "-e",
    "autoscaler_mode=OFF",
)


def main() -> None:
    """Run the benchmarks and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app-only", action="store_true", help="only the application's worker classes")
    only_app = parser.parse_args().app_only
    sections: list[str] = []
    with tempfile.TemporaryDirectory(prefix="flaskscale-bench-") as folder:
        if not only_app:
            cloud = LocalCloud(Path(folder) / "state")
            try:
                sections += [table(title, figures) for title, figures in _cloud_sections(cloud)]
            finally:
                cloud.down()
        sections.append(_application(Path(folder)))
    text = f"{_HEAD}\n{machine()}\n\n" + "\n".join(sections)
    print(text)
    if not only_app:
        PAGE.write_text(text)


_HEAD = """# Benchmarks

Made by `make bench`, in one run on one machine; other machines give other figures, so compare ratios.
"""


def _cloud_sections(cloud: LocalCloud) -> Iterator[tuple[str, list[Figure]]]:
    ready = seconds(cloud.up)
    yield (
        "The local cloud: ready",
        [Figure("`localcloud up` on an empty state folder", f"{ready:.2f} s", "2 s or less")],
    )
    first, tasks = timed_playbook(cloud, *_PLAYBOOK)
    second, again = timed_playbook(cloud, *_PLAYBOOK)
    yield (
        "The playbooks (operation latency zero)",
        [
            Figure("`site.yml` on an empty cloud", f"{first:.1f} s", "60 s or less"),
            Figure("`site.yml` again, nothing to change", f"{second:.1f} s", "30 s or less"),
        ],
    )
    yield "Where the first run's time goes", [Figure(name, f"{took:.2f} s") for name, took in tasks[:10]]
    yield "Where the second run's time goes", [Figure(name, f"{took:.2f} s") for name, took in again[:10]]
    yield "An instance in the process runtime", [_boot(cloud)]
    yield "The local cloud: cost", list(_cost(cloud))
    yield "The local cloud: speed", [_reads(cloud)]


def _boot(cloud: LocalCloud) -> Figure:
    """Grow the group by one, five times; insert to the new instance's first 200 through the load balancer."""
    session = account_session(cloud)
    group = f"{COMPUTE}/regions/us-central1/instanceGroupManagers/flaskscale-group"
    took = []
    for size in (3, 4, 5, 6):
        known = {name for name in (_answerer(cloud) for _ in range(20)) if name}
        started = time.monotonic()
        session.post(f"{group}/resize", params={"size": size}).raise_for_status()
        wait_until(lambda known=known: _answerer(cloud) not in known, 60, "the new instance to answer")
        took.append(time.monotonic() - started)
        time.sleep(2)
    return Figure(
        "resize to the new instance's first answer through Envoy, 1 s check interval, median of 4",
        f"{statistics.median(took):.2f} s",
        "3 s or less",
    )


def _answerer(cloud: LocalCloud) -> str:
    status, body = get(f"{cloud.url}/fleet.json")
    return str(json.loads(body)["answered_by"]["name"]) if status == 200 else ""


def _cost(cloud: LocalCloud) -> Iterator[Figure]:
    time.sleep(5)
    daemon = psutil.Process(cloud.pid)
    before, started = sum(daemon.cpu_times()[:2]), time.monotonic()
    time.sleep(30)
    share = (sum(daemon.cpu_times()[:2]) - before) / (time.monotonic() - started)
    yield Figure("CPU, idle with six instances checked every second", f"{share:.1%} of one core", "under 3 %")
    yield Figure("memory (RSS) of the local cloud", f"{daemon.memory_info().rss / 2**20:.0f} MiB", "under 200 MB")
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(cloud.state) in command and "envoy" in command.split(" ")[0]:
            yield Figure("memory (RSS) of Envoy", f"{process.memory_info().rss / 2**20:.0f} MiB")


def _reads(cloud: LocalCloud) -> Figure:
    session = account_session(cloud)
    for number in range(1000):
        body = {"name": f"bench-{number}", "type": "TCP", "tcpHealthCheck": {"port": 80}}
        session.post(f"{COMPUTE}/global/healthChecks", json=body).raise_for_status()
    took = []
    for number in range(500):
        took.append(seconds(lambda number=number: session.get(f"{COMPUTE}/global/healthChecks/bench-{number * 2}")))
    centiles = statistics.quantiles(took, n=100)
    value = f"{centiles[49] * 1000:.1f} ms (p99 {centiles[98] * 1000:.1f} ms)"
    return Figure("GET p50 through the door, 1,000 resources stored", value, "under 5 ms")


def _application(folder: Path) -> str:
    report = folder / "application.json"
    subprocess.run([sys.executable, "-m", "tests.load.app_workers", "--json", str(report)], cwd=REPOSITORY, check=True)
    return _application_table(json.loads(report.read_text()))


def _application_table(report: Any) -> str:
    lines = [
        f"## The application: one instance, one worker, {report['connections']} connections\n",
        "| server | path | requests/s | p50 | p99 | failures |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['server']} | `{row['path']}` | {row['requests_per_second']:.0f} | {row['p50_ms']:.1f} ms "
        f"| {row['p99_ms']:.1f} ms | {row['failures']} |"
        for row in report["rows"]
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
