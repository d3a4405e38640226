"""The docker command: absent, silent, too old. A script stands for the command; engines are tried elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.container.build import load_base
from module_utils.container.engine import Engine
from module_utils.container.errors import ContainerError


def docker(folder: Path, script: str) -> Engine:
    command = folder / "docker"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    return Engine(str(command))


def refusal(engine: Engine) -> str:
    with pytest.raises(ContainerError) as refused:
        engine.check()
    return str(refused.value)


@pytest.mark.parametrize("version", ["20.10.24+dfsg1", "28.2.2", "23.0"])
def test_an_engine_that_will_do(tmp_path: Path, version: str) -> None:
    assert docker(tmp_path, f"echo {version}").check() == version


def test_no_command(tmp_path: Path) -> None:
    assert refusal(Engine(f"{tmp_path}/docker")) == (
        f"the build host has no command {tmp_path}/docker; install Docker 20.10 or newer there, or choose "
        "app_image_method builder, which makes a host that has it"
    )


def test_an_engine_that_does_not_answer(tmp_path: Path) -> None:
    assert refusal(docker(tmp_path, "echo 'permission denied while trying to connect' >&2; exit 1")) == (
        "the Docker engine of the build host does not answer; start it, and see that the user may use it (group "
        "docker)\n  permission denied while trying to connect"
    )


def test_an_engine_that_is_too_old(tmp_path: Path) -> None:
    assert refusal(docker(tmp_path, "echo 19.03.15")) == (
        "the Docker engine of the build host is version 19.03.15 but cache and secret mounts need 20.10 or newer; "
        "update it, or choose app_image_method builder"
    )


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            '[ "$1" = load ] && echo invalid tar header >&2; exit 1',
            "app_image_base_archive is /base.tar, which the engine refuses; make it with docker save\n"
            "  invalid tar header",
        ),
        (
            '[ "$1" = load ]',
            "app_image_base is python:3 but app_image_base_archive /base.tar does not hold it; name the image that was "
            "saved in it",
        ),
        (
            "echo write /x: no space left on device; exit 1",
            "the build host has no space left for the base; make room (docker image prune --all) or give it a larger "
            "disk\n"
            "  write /x: no space left on device",
        ),
    ],
)
def test_a_base_that_cannot_be_loaded(tmp_path: Path, script: str, sentence: str) -> None:
    with pytest.raises(ContainerError) as refused:
        load_base(docker(tmp_path, script), "python:3", Path("/base.tar"))
    assert str(refused.value) == sentence


def test_a_base_that_is_there_is_not_loaded(tmp_path: Path) -> None:
    assert not load_base(docker(tmp_path, '[ "$1" = image ] && echo sha256:0'), "python:3", Path("/base.tar"))
