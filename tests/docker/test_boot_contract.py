"""The role's own user-data, booted by real cloud-init on the Container-Optimized image."""

from __future__ import annotations

import io
import re
import socket
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.runtimes.engine import Engine
from localcloud.runtimes.machine_images import DEBIAN, image_tag
from localcloud.runtimes.runtime import Handle, Machine
from localcloud.runtimes.vm import VmRuntime
from localcloud.settings import REPOSITORY
from tests.docker.machines import SERVICE, debian_machine, run_in
from tests.docker.metadata import Metadata
from tests.unit.localcloud.runtimes.releases import eventually
from tests.unit.localcloud.runtimes.runtime_suite import answer, halted, serial_output

USER_DATA = REPOSITORY / "roles/instance_template/files/user-data.yaml"
APPLICATION = "localcloud/test-application:1"
DOCKERFILE = """
FROM {base}
STOPSIGNAL SIGTERM
COPY service.py /
USER nobody
CMD ["python3", "/service.py"]
"""


@pytest.fixture(scope="module")
def application(engine: Engine) -> bytes:
    """An application's image as `docker save` writes it; a registry is not what is tried here."""
    context = io.BytesIO()
    dockerfile = DOCKERFILE.format(base=image_tag(DEBIAN))
    files = {"service.py": SERVICE.encode(), "Dockerfile": dockerfile.encode()}
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    context.seek(0)
    list(engine.images.build(context, "Dockerfile", APPLICATION, {}))
    return subprocess.run(["docker", "save", APPLICATION], capture_output=True, check=True).stdout


def release(**more: str) -> Machine:
    """An instance as the template makes it."""
    keys = {
        "container-image": APPLICATION,
        "container-port": "5000",
        "container-env": "GREETING=hello",
        **more,
    }
    machine = debian_machine(USER_DATA.read_text(), **keys)
    return replace(machine, boot_image="cos-stable-121-18867-90-62")


def test_the_container_serves_confined_and_serves_again_after_a_stop(
    runtime: VmRuntime, metadata: Metadata, application: bytes, tmp_path: Path
) -> None:
    machine = release()
    handle = runtime.allocate(machine)
    metadata.serve(machine, handle)
    runtime.start(machine, handle)
    eventually(lambda: nested_docker_answers(handle), 60)
    run_in(handle, "docker", "load", stdin=application)
    assert eventually(lambda: answer(runtime, handle), 60) == machine.name
    assert "Valid cloud-config" in run_in(handle, "cloud-init", "schema", "--system")
    assert run_in(handle, "docker", "exec", "flaskscale", "id", "-un").strip() == "nobody"
    with pytest.raises(AssertionError, match="Read-only file system"):
        run_in(handle, "docker", "exec", "--user=root", "flaskscale", "touch", "/etc/changed")
    environment = run_in(handle, "docker", "exec", "flaskscale", "env").splitlines()
    assert {"GREETING=hello", "PORT=5000"} <= set(environment)
    assert run_in(handle, "docker", "exec", "flaskscale", "python3", "-c", READS_METADATA).strip() == machine.name
    with pytest.raises(OSError, match="timed out"):
        socket.create_connection((machine.internal_ip, 5001), timeout=1)
    before = runtime.cpu_seconds(handle)
    answer(runtime, handle, "/burn?0.5")
    assert runtime.cpu_seconds(handle) - before >= 0.4
    runtime.stop(handle, grace_seconds=60)
    eventually(lambda: halted(runtime, handle), 60)
    console = serial_output(runtime, tmp_path, handle).contents
    assert re.search(r"docker\[\d+\]: .*GET /burn", console), "the application's log"
    assert re.search(r"docker\[\d+\]: flaskscale\s", console), "what its stop says"
    runtime.start(machine, handle)
    assert eventually(lambda: answer(runtime, handle), 60) == machine.name


def test_an_image_that_cannot_be_pulled_is_named_on_the_serial_console(
    runtime: VmRuntime, metadata: Metadata, tmp_path: Path
) -> None:
    machine = release(**{"container-image": "registry.invalid/shop/web@sha256:" + "0" * 64})
    handle = runtime.allocate(machine)
    metadata.serve(machine, handle)
    runtime.start(machine, handle)
    told = "lookup registry.invalid"
    eventually(lambda: serial_output(runtime, tmp_path, handle).contents.count(told) >= 2, 60)
    assert answer(runtime, handle) == ""


READS_METADATA = """
import urllib.request
url = "http://metadata.google.internal/computeMetadata/v1/instance/name"
print(urllib.request.urlopen(urllib.request.Request(url, headers={"Metadata-Flavor": "Google"})).read().decode())
"""


def nested_docker_answers(handle: Handle) -> bool:
    done = subprocess.run(["docker", "exec", handle["container"], "docker", "info"], capture_output=True, check=False)
    return done.returncode == 0
