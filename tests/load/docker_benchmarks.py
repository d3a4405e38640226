"""`make bench-docker`: measure machines and images on the runtime vm; print and write docs/benchmarks-docker.md.

One deployment in a local cloud of its own, on the Docker engine of this machine. As in `make bench`, these are
measurements: nothing here fails on a slow machine.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.cloud import REPOSITORY, LocalCloud, wait_until
from tests.load.figures import COMPUTE, Figure, machine, seconds, table, timed_playbook
from tests.sessions import account_session

PAGE = REPOSITORY / "docs" / "benchmarks-docker.md"
_HEAD = """# Benchmarks of machines and images

Made by `make bench-docker`, in one run on one machine; other machines give other figures, so compare ratios. A
machine has the CPU of an e2-medium times `LOCALCLOUD_CORES_PER_VCPU`, so one core unless that is set.
"""
# A range of its own, so that a deployment that runs beside it is left alone.
_VARIABLES = {
    "network_subnetwork_range": "10.77.0.0/20",
    "autoscaler_mode": "OFF",
    "instance_group_health_check_interval_sec": 1,
    "instance_group_health_check_timeout_sec": 1,
}
_GROUP = f"{COMPUTE}/regions/us-central1/instanceGroupManagers/flaskscale-group"
_BACKENDS = f"{COMPUTE}/global/backendServices/flaskscale-backend-service"
_NAIVE = """
FROM {base}
RUN apt-get update && apt-get install --yes python3-full python3-pip
COPY . /application
WORKDIR /application
RUN --mount=type=secret,id=ca PIP_CERT=/run/secrets/ca pip install --break-system-packages -r requirements.txt
CMD ["python3", "app.py"]
"""


@dataclass(frozen=True)
class Boot:
    """When an instance got how far, in seconds since it was asked for."""

    container: float
    systemd: float
    cloud_init: float
    pull: float
    healthy: float


def main() -> None:
    """Run the benchmarks and write the page."""
    with tempfile.TemporaryDirectory(prefix="flaskscale-bench-") as folder:
        cloud = LocalCloud(Path(folder) / "state", {"LOCALCLOUD_RUNTIME": "vm"})
        try:
            sections = []
            for title, figures in _sections(cloud, Path(folder)):
                sections.append(table(title, figures))
                print(sections[-1], flush=True)
        finally:
            cloud.command("clean", timeout=180)
    text = f"{_HEAD}\n{machine()}\n\n" + "\n".join(sections)
    PAGE.write_text(text)


def _sections(cloud: LocalCloud, folder: Path) -> Iterator[tuple[str, list[Figure]]]:
    images = seconds(lambda: _checked(cloud.command("images", timeout=900)))
    source = folder / "application"
    shutil.copytree(REPOSITORY / "app", source, ignore=shutil.ignore_patterns("__pycache__"))
    cloud.up()
    play = ("site.yml", "-e", json.dumps({**_VARIABLES, "app_image_source": str(source)}))
    first, tasks = timed_playbook(cloud, *play, timeout=1200)
    second, _ = timed_playbook(cloud, *play, timeout=600)
    (source / "flaskscale_app" / "errors.py").open("a").write("\n# One line more.\n")
    third, rebuild = timed_playbook(cloud, *play, timeout=900)
    yield (
        "The playbooks on machines",
        [
            Figure("`localcloud images`, whatever was there already", f"{images:.1f} s"),
            Figure("`site.yml` on an empty cloud: builder, Docker, image, two instances", f"{first:.1f} s"),
            Figure("`site.yml` again, nothing to change", f"{second:.1f} s"),
            Figure("`site.yml` after a line of the source was changed", f"{third:.1f} s"),
        ],
    )
    yield "Where the first run's time goes", [Figure(name, f"{took:.2f} s") for name, took in tasks[:10]]
    building = next((took for name, took in rebuild if "Build the image" in name), float("nan"))
    yield (
        "The image",
        [Figure("rebuild on the builder after a one-line change", f"{building:.1f} s", "5 s or less"), *_sizes(cloud)],
    )
    session = account_session(cloud)
    boots = [_boot(cloud, session, size) for size in (3, 4, 5, 6)]
    yield "Boot of an instance, from insert to HEALTHY (median of 4, one at a time)", list(_split(boots))
    yield "Six instances", list(_memory(session))


def _split(boots: list[Boot]) -> Iterator[Figure]:
    def median(of: list[float]) -> str:
        return f"{statistics.median(of):.1f} s"

    yield Figure("container", median([boot.container for boot in boots]))
    yield Figure("systemd, up to cloud-init's first stage", median([boot.systemd - boot.container for boot in boots]))
    yield Figure("cloud-init, up to the application's unit", median([boot.cloud_init - boot.systemd for boot in boots]))
    yield Figure("login and pull", median([boot.pull - boot.cloud_init for boot in boots]))
    yield Figure("application, up to HEALTHY", median([boot.healthy - boot.pull for boot in boots]))
    yield Figure("in all", median([boot.healthy for boot in boots]), "15 s or less")


def _boot(cloud: LocalCloud, session: requests.Session, size: int) -> Boot:
    """Grow the group by one machine, wait until the load balancer calls it healthy, and ask it when it did what."""
    known = set(_containers())
    asked = datetime.now(UTC)
    session.post(f"{_GROUP}/resize", params={"size": size}).raise_for_status()
    healthy = wait_until(lambda: _healthy(session) >= size and datetime.now(UTC), 120, "the new instance to be healthy")
    (container,) = set(_containers()) - known
    started = datetime.fromisoformat(
        _docker("inspect", "--format", "{{.State.StartedAt}}", container).strip()[:26] + "Z"
    )
    moments = (
        started,
        _unit_time(container, "cloud-init-local.service", "ExecMainStartTimestamp"),
        _unit_time(container, "flaskscale.service", "InactiveExitTimestamp"),
        _unit_time(container, "flaskscale.service", "ExecMainStartTimestamp"),
        healthy,
    )
    return Boot(*((moment - asked).total_seconds() for moment in moments))


def _healthy(session: requests.Session) -> int:
    body = {"group": f"{COMPUTE}/regions/us-central1/instanceGroups/flaskscale-group"}
    states = session.post(f"{_BACKENDS}/getHealth", json=body).json().get("healthStatus", [])
    return sum(state["healthState"] == "HEALTHY" for state in states)


def _unit_time(container: str, unit: str, moment: str) -> datetime:
    shown = _docker("exec", container, "systemctl", "show", unit, "--timestamp=us+utc", f"--property={moment}")
    text = shown.strip().partition("=")[2].split(" ", 1)[1].removesuffix(" UTC")
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)


def _sizes(cloud: LocalCloud) -> Iterator[Figure]:
    """The image that was deployed, a naive one of the same application, and the base."""
    builder = next(name for name in _containers() if "builder" in name)
    listed = _docker("exec", builder, "docker", "image", "ls", "--format", "{{json .}}").splitlines()
    images = {f"{row['Repository']}:{row['Tag']}": row["Size"] for row in map(json.loads, listed)}
    ours = next(size for name, size in images.items() if "/flaskscale:" in name)
    yield Figure("ours", ours)
    bases = {name: size for name, size in images.items() if "application-base" in name or name.startswith("python:")}
    for name, size in bases.items():
        yield Figure(f"its base, `{name.partition(':')[0]}`", size)
    tag_file = cloud.state / "images" / "application-base.tag"
    full = "localcloud/base-debian-12:bookworm" if tag_file.exists() else "python:3.13"
    yield Figure("naive: full base, everything copied, compilers and caches left in", _naive(full))


def _naive(base: str) -> str:
    certificate = "/etc/ssl/certs/ca-certificates.crt"
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder) / "application"
        shutil.copytree(REPOSITORY / "app", context)
        (context / "Dockerfile").write_text(_NAIVE.format(base=base))
        (context / ".dockerignore").unlink(missing_ok=True)
        command = [
            "docker",
            "build",
            "-q",
            "-t",
            "flaskscale-naive",
            "--secret",
            f"id=ca,src={certificate}",
            str(context),
        ]
        subprocess.run(command, env={"DOCKER_BUILDKIT": "1", "PATH": "/usr/bin:/bin", "HOME": folder}, check=True)
    return _docker("image", "ls", "--format", "{{.Size}}", "flaskscale-naive").strip()


def _memory(session: requests.Session) -> Iterator[Figure]:
    managed = session.post(f"{_GROUP}/listManagedInstances").json()["managedInstances"]
    names = [instance["instance"].rpartition("/")[2] for instance in managed]
    form = "{{.Name}}\t{{.MemUsage}}"
    rows = [line.split("\t") for line in _docker("stats", "--no-stream", "--format", form).splitlines()]
    used = {name: _megabytes(usage.split(" / ")[0]) for name, usage in rows}
    instances = [megabytes for name, megabytes in used.items() if any(f"-{each}-" in name for each in names)]
    yield Figure(f"memory of {len(instances)} instances", f"{sum(instances):.0f} MB", "under 2,500 MB")
    yield Figure("memory of one, median", f"{statistics.median(instances):.0f} MB")
    builders = [megabytes for name, megabytes in used.items() if "-flaskscale-builder-" in name]
    yield Figure("memory of the builder", f"{sum(builders):.0f} MB")


def _megabytes(text: str) -> float:
    value, unit = re.fullmatch(r"([\d.]+)([A-Za-z]+)", text).groups()  # type: ignore[union-attr]  # Docker's own format
    return float(value) * {"B": 1e-6, "KiB": 1024e-6, "MiB": 1.048576, "GiB": 1073.741824}[unit]


def _containers() -> list[str]:
    return _docker("ps", "--format", "{{.Names}}").split()


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def _checked(run: Any) -> None:
    assert run.code == 0, run.output


if __name__ == "__main__":
    main()
