"""Machines for tests: what they boot, and what is run in them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from localcloud.runtimes.runtime import Handle, Machine

SERVICE = """
import http.server, os, signal, socket, subprocess, threading, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, seconds = self.path.partition("?")
        if path == "/burn":
            end = time.thread_time() + float(seconds)
            while time.thread_time() < end:
                pass
        if path == "/die":
            subprocess.run(["systemctl", "poweroff", "--force"])
        body = socket.gethostname().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:1])
        if path == "/slow":
            time.sleep(float(seconds))
        self.wfile.write(body[1:])

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

server = Server(("", 5000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
"""
UNIT = """
[Service]
ExecStart=/usr/bin/python3 /opt/service.py
[Install]
WantedBy=multi-user.target
"""


def service_user_data() -> str:
    """Cloud-init user-data that installs and starts the service; JSON is YAML."""
    configuration = {
        "write_files": [
            {"path": "/opt/service.py", "content": SERVICE},
            {"path": "/etc/systemd/system/service.service", "content": UNIT},
        ],
        "runcmd": [["systemctl", "enable", "--now", "service.service"]],
    }
    return "#cloud-config\n" + json.dumps(configuration)


def debian_machine(user_data: str, **metadata: str) -> Machine:
    """An e2-medium with Debian 12."""
    return Machine(
        name="web-abcd",
        identity="1",
        zone="us-central1-a",
        virtual_cpus=2,
        memory_mb=4096,
        internal_ip="10.10.0.2",
        metadata={"user-data": user_data, **metadata},
        boot_image="debian-12-bookworm-v20250610",
        subnetwork_range="10.10.0.0/20",
    )


def run_in(handle: Handle, *command: str, stdin: bytes | None = None) -> str:
    """What a command in the machine prints; fails when the command does."""
    done = subprocess.run(
        ["docker", "exec", *(["-i"] if stdin else []), handle["container"], *command],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def network_of(handle: Handle) -> str:
    """Name of the only network that a machine is on."""
    (name,) = inspected(handle)["NetworkSettings"]["Networks"]
    return str(name)


def inspected(handle: Handle) -> dict[str, Any]:
    """What the engine says of a machine."""
    done = subprocess.run(["docker", "inspect", handle["container"]], capture_output=True, text=True, check=True)
    (found,) = json.loads(done.stdout)
    return dict(found)
