"""The exports are what a shell can evaluate."""

from __future__ import annotations

import subprocess
from pathlib import Path

from localcloud.exports import client_environment, shell_exports
from localcloud.settings import read_settings


def test_a_shell_reads_back_what_was_exported(tmp_path: Path) -> None:
    state = tmp_path / "a folder; with 'quotes'"
    variables = client_environment(read_settings({"LOCALCLOUD_STATE": str(state)}))
    script = shell_exports(variables) + '\nprintf %s "$GOOGLE_APPLICATION_CREDENTIALS"'
    answer = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == str(state / "keys" / "operator.json")


def test_every_client_finds_what_it_reads() -> None:
    variables = client_environment(read_settings({}))
    assert variables["HTTPS_PROXY"] == "http://127.0.0.1:8890"
    assert variables["CLOUDSDK_PROXY_PORT"] == "8890"
    assert "127.0.0.1" in variables["NO_PROXY"]
    assert variables["GCP_AUTH_KIND"] == "serviceaccount"
