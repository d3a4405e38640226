"""Why a build failed, from what engines and pip really write; builds themselves are tried on an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from module_utils.container.build import Build, failure
from module_utils.container.engine import Said

WANTED = Build(Path("/context"), "Dockerfile", "registry/app:1", {"BASE": "python:3.13-slim"})

CASES = {
    "disk": (
        "#9 ERROR: failed to copy files: write /opt/x: no space left on device\n",
        "the build host has no space left for the image; make room (docker image prune --all) or give it a larger disk",
    ),
    "buildx": (
        "ERROR: BuildKit is enabled but the buildx component is missing or broken.\n",
        "the docker command of the build host builds with buildx but has none; install its package (docker-buildx or "
        "docker-buildx-plugin), or name another command in app_image_docker",
    ),
    "certificate": (
        "#7 1.2 SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))\n",
        "pip does not trust the package index's certificate during the build; set app_image_certificate_authority to a "
        "PEM file with the certificate authority of your network",
    ),
    "base of 20.10": (
        "#3 [internal] load metadata for docker.io/library/python:3.13-slim\n"
        "failed to solve with frontend dockerfile.v0: failed to create LLB definition: python:3.13-slim: failed to do "
        "request: Head https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io: no such host\n",
        "app_image_base is python:3.13-slim, which the build host cannot pull; correct it, or bring it as a file of "
        "docker save in app_image_base_archive",
    ),
    "base of 28": (
        "ERROR: failed to build: failed to solve: python:3.13-slim: failed to resolve source metadata for "
        "docker.io/library/python:3.13-slim: pull access denied, repository does not exist\n",
        "app_image_base is python:3.13-slim, which the build host cannot pull; correct it, or bring it as a file of "
        "docker save in app_image_base_archive",
    ),
    "anything else": (
        "#5 [2/2] RUN false\n#5 sha256:0123\n#5 0.1 broken here\n#5 ERROR: exit code: 1\n"
        "------\n > RUN false:\n------\n",
        "Dockerfile does not build; correct what the end of its log says and run the same command again",
    ),
}


@pytest.mark.parametrize(("log", "sentence"), CASES.values(), ids=CASES)
def test_a_failure_is_a_sentence_with_the_end_of_the_log(log: str, sentence: str) -> None:
    said, _, _ = str(failure(Said(1, "", log), WANTED)).partition("\n")
    assert said == sentence


@pytest.mark.parametrize(
    ("log", "tool"),
    [
        ("#9 9.1   error: command 'gcc' failed: No such file or directory\n", "a compiler"),
        ("#9 9.1   error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory\n", "a compiler"),
        ("#9 9.1 unable to execute 'gcc': No such file or directory\n", "a compiler"),
        ("#9 9.1 ../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]\n", "a compiler"),
        ("#9 9.1       Error: pg_config executable not found.\n", "pg_config"),
        (
            "#9 9.1 /bin/sh: 1: pkg-config: not found\n#9 9.1       Exception: Can not find valid pkg-config name.\n",
            "the MySQL client library",
        ),
        ("#9 9.1 ERROR: Cannot find command 'git' - do you have 'git' installed and in your PATH?\n", "git"),
    ],
)
def test_what_a_slim_base_does_not_have_is_named_with_a_way_out(log: str, tool: str) -> None:
    said, _, shown = str(failure(Said(1, "", log), WANTED)).partition("\n")
    assert said == (
        f"Dockerfile does not build: a requirement needs {tool}, which python:3.13-slim does not have; set "
        "app_image_base to python:3.13, the full image, or require a package with a binary wheel"
    )
    assert shown
    own = Build(Path("/context"), "Dockerfile", "registry/app:1")
    assert str(failure(Said(1, "", log), own)).startswith("Dockerfile does not build; correct what the end of its log")


def test_the_log_below_has_no_noise() -> None:
    log, sentence = CASES["anything else"]
    assert str(failure(Said(1, "", log), WANTED)) == (
        f"{sentence}\n  #5 [2/2] RUN false\n  #5 0.1 broken here\n  #5 ERROR: exit code: 1"
    )


def test_only_the_end_of_a_long_log_is_shown() -> None:
    log = "".join(f"#5 line {number}\n" for number in range(100))
    assert str(failure(Said(1, "", log), WANTED)).count("\n") == 20
