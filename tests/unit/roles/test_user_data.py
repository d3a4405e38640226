"""The boot contract: the instance's own script, run for real against a metadata server of this test.

Docker and iptables do not run here; in their place stand programs that write down how they were called.
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
USER_DATA = REPOSITORY / "roles/instance_template/files/user-data.yaml"
DIGEST = "a" * 64
RECORDER = """#!/bin/bash
printf '%s' "$(basename "$0")" >> "{log}"
printf ' %q' "$@" >> "{log}"
printf '\\n' >> "{log}"
case "$*" in
  *--password-stdin*) printf 'password %s\\n' "$(cat)" >> "{log}" ;;
  *inspect* | *--check*) exit 1 ;;
esac
"""


@pytest.fixture(name="files")
def _files() -> dict[str, str]:
    return {entry["path"]: entry["content"] for entry in yaml.safe_load(USER_DATA.read_text())["write_files"]}


@pytest.fixture(name="metadata")
def _metadata() -> Iterator[tuple[str, dict[str, str]]]:
    """A metadata server on loopback: its host and port, and the values it serves."""
    values: dict[str, str] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            value = values.get(self.path.removeprefix("/computeMetadata/v1/instance/"))
            asked_properly = self.headers.get("Metadata-Flavor") == "Google"
            self.send_response(403 if not asked_properly else 404 if value is None else 200)
            self.end_headers()
            self.wfile.write((value or "").encode())

        def log_message(self, *_: Any) -> None:
            """Nothing to print."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", values
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(name="prepare")
def _prepare(tmp_path: Path, files: dict[str, str], metadata: tuple[str, dict[str, str]]) -> Any:
    """Runs the script in a runtime folder of its own; returns the calls it made."""
    host, values = metadata
    script, programs, log = tmp_path / "prepare", tmp_path / "programs", tmp_path / "calls"
    script.write_text(files["/etc/flaskscale/prepare"])
    programs.mkdir()
    for program in ("docker", "iptables"):
        (programs / program).write_text(RECORDER.format(log=log))
        (programs / program).chmod(0o755)
    runtime = tmp_path / "run"
    runtime.mkdir()

    def run(image: str, environment: str) -> list[str]:
        values.update(
            {
                "attributes/container-image": image,
                "attributes/container-port": "5000",
                "attributes/container-env": environment,
                "service-accounts/default/token": json.dumps(
                    {"access_token": "ya29.token-1", "expires_in": 3599, "token_type": "Bearer"}
                ),
            }
        )
        path = f"{programs}:{os.environ['PATH']}"
        authorities = str(tmp_path / "authorities")
        variables = {
            "PATH": path,
            "GCE_METADATA_HOST": host,
            "RUNTIME_DIRECTORY": str(runtime),
            "OWN_AUTHORITIES": authorities,
        }
        subprocess.run(["/bin/bash", str(script)], env=variables, check=True, timeout=30)
        return log.read_text().splitlines()

    return run


def test_it_is_a_cloud_config_and_starts_the_service() -> None:
    assert USER_DATA.read_text().startswith("#cloud-config\n")
    assert yaml.safe_load(USER_DATA.read_text())["runcmd"] == [
        ["systemctl", "daemon-reload"],
        ["systemctl", "start", "--no-block", "flaskscale.service"],
    ]


def test_it_holds_nothing_of_a_release() -> None:
    text = USER_DATA.read_text()
    assert "{{" not in text
    assert "sha256" not in text


def test_an_image_of_the_registry_is_pulled_with_the_instances_own_token(prepare: Any, tmp_path: Path) -> None:
    registry = "us-central1-docker.pkg.dev"
    image = f"{registry}/project/flaskscale/app@sha256:{DIGEST}"
    assert prepare(image, "A=1\nB=two words\n") == [
        f"docker --config {tmp_path}/run/docker login --username oauth2accesstoken --password-stdin https://{registry}",
        "password ya29.token-1",
        f"docker image inspect {image}",
        f"docker --config {tmp_path}/run/docker pull --quiet {image}",
        "iptables --wait --check INPUT --protocol tcp --dport 5000 --jump ACCEPT",
        "iptables --wait --append INPUT --protocol tcp --dport 5000 --jump ACCEPT",
    ]
    assert (tmp_path / "run/container.env").read_text() == "A=1\nB=two words\nPORT=5000\n"
    assert (tmp_path / "run/service.env").read_text() == f"CONTAINER_IMAGE={image}\n"


def test_an_authority_of_the_machines_own_is_the_applications_too(prepare: Any, tmp_path: Path) -> None:
    image, bundle = f"registry.example.com/app@sha256:{DIGEST}", "/etc/ssl/certs/ca-certificates.crt"
    (tmp_path / "authorities").mkdir()
    (tmp_path / "authorities" / "proxy.crt").touch()
    prepare(image, "A=1")
    environment = (tmp_path / "run/container.env").read_text()
    assert environment == f"A=1\nPORT=5000\nREQUESTS_CA_BUNDLE={bundle}\n"
    assert (tmp_path / "run/service.env").read_text().splitlines() == [
        f"CONTAINER_IMAGE={image}",
        f"CONTAINER_AUTHORITIES=--volume={bundle}:{bundle}:ro",
    ]


def test_the_token_is_sent_to_no_other_registry(prepare: Any) -> None:
    calls = prepare(f"registry.example.com/app@sha256:{DIGEST}", "")
    assert not [call for call in calls if " login " in call or "ya29" in call]


def test_what_it_writes_is_for_root_alone(prepare: Any, tmp_path: Path) -> None:
    prepare(f"registry.example.com/app@sha256:{DIGEST}", "")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "run").iterdir()} == {0o600}


def test_the_service_keeps_the_container_running_and_lets_it_finish(files: dict[str, str]) -> None:
    unit = files["/etc/systemd/system/flaskscale.service"]
    lines = unit.splitlines()
    for setting in ("Restart=always", "RuntimeDirectoryMode=0700", "TimeoutStopSec=75"):
        assert setting in lines
    assert "ExecStartPre=/bin/bash /etc/flaskscale/prepare" in lines
    for option in (
        "--read-only",
        "--tmpfs=/tmp:",
        "--log-driver=json-file",
        "--log-opt=max-size=10m",
        "--stop-timeout=60",
        "--cap-drop=ALL",
    ):
        assert option in unit


def test_the_template_sends_exactly_the_keys_of_the_boot_contract() -> None:
    tasks = yaml.safe_load((REPOSITORY / "roles/instance_template/tasks/ensure.yml").read_text())
    (template,) = [task["gcp_instance_template"] for task in tasks if "gcp_instance_template" in task]
    assert set(template["properties"]["metadata"]) == {
        "container-image",
        "container-port",
        "container-env",
        "health-path",
        "user-data",
        "google-logging-enabled",
        "google-monitoring-enabled",
    }
