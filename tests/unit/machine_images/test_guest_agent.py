"""The machines' guest agent, on homes of this test; tests/docker has it make accounts and open SSH."""

from __future__ import annotations

import importlib.util
import os
import pwd
import subprocess
from datetime import UTC, datetime
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

AGENT = Path(__file__).resolve().parents[3] / "machine-images/guest/guest-agent"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Accounts:
    """A user database: each account is this process's own, with a home of the test's."""

    def __init__(self, *homes: Path) -> None:
        own = os.getuid(), os.getgid()
        self._accounts = {home.name: pwd.struct_passwd((home.name, "x", *own, "", str(home), "sh")) for home in homes}

    def getpwall(self) -> list[pwd.struct_passwd]:
        return list(self._accounts.values())

    def getpwnam(self, name: str) -> pwd.struct_passwd:
        return self._accounts[name]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The agent where ann, bob and cid have accounts, and bob has no home."""
    loader = SourceFileLoader("guest_agent", str(AGENT))
    specification = importlib.util.spec_from_loader("guest_agent", loader)
    assert specification is not None
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    (tmp_path / "sudoers.d").mkdir()
    for name in ("ann", "cid"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(module, "SUDOERS", tmp_path / "sudoers.d")
    monkeypatch.setattr(module, "pwd", Accounts(*(tmp_path / name for name in ("ann", "bob", "cid"))))
    return module


def authorized(home: Path) -> Path:
    return home / ".ssh" / "authorized_keys"


def rules(folder: Path) -> list[str]:
    return sorted(rule.name for rule in (folder / "sudoers.d").iterdir())


def test_keys_are_those_of_instance_and_project_that_have_not_expired(agent: ModuleType) -> None:
    later, earlier = (f'google-ssh {{"userName":"x","expireOn":"{year}-06-01T00:00:00+0000"}}' for year in (2026, 2025))
    own = f"ann:key1\nann:key2 {later}\nann:key3 {earlier}\ncid:key4 google-ssh {{}}\nBad User:key5\nann:"
    metadata = {
        "instance": {"attributes": {"ssh-keys": own}},
        "project": {"attributes": {"ssh-keys": "cid:shared"}},
    }
    assert agent.wanted_keys(metadata, NOW) == {"ann": ["key1", f"key2 {later}"], "cid": ["shared"]}
    metadata["instance"]["attributes"]["block-project-ssh-keys"] = "TRUE"
    assert agent.wanted_keys(metadata, NOW) == {"ann": ["key1", f"key2 {later}"]}


def test_lines_that_others_wrote_stay(agent: ModuleType, tmp_path: Path) -> None:
    file = authorized(tmp_path / "ann")
    agent.apply_keys({"ann": ["key1", "key2"]})
    assert file.read_text() == f"{agent.MARK}\nkey1\n{agent.MARK}\nkey2\n"
    with file.open("a") as stream:
        stream.write("a key from elsewhere\n")
    agent.apply_keys({"ann": ["key2"]})
    assert file.read_text() == f"a key from elsewhere\n{agent.MARK}\nkey2\n"
    agent.apply_keys({})
    assert file.read_text() == "a key from elsewhere\n"


def test_a_file_is_touched_only_when_keys_of_ours_change(agent: ModuleType, tmp_path: Path) -> None:
    file = authorized(tmp_path / "cid")
    file.parent.mkdir()
    theirs = b"no end of line, no \xff UTF-8, a \xc2\x85 in it"
    file.write_bytes(theirs)
    agent.apply_keys({})
    assert file.read_bytes() == theirs
    agent.apply_keys({"cid": ["key1"]})
    assert file.read_bytes() == theirs + f"\n{agent.MARK}\nkey1\n".encode()
    written = file.stat().st_ino
    agent.apply_keys({"cid": ["key1"]})
    assert file.stat().st_ino == written


def test_who_is_named_may_use_sudo_and_who_is_not_any_more_may_not(agent: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "sudoers.d" / "README").touch()
    agent.apply_keys({"ann": ["key1"], "cid": ["key2"]})
    assert rules(tmp_path) == ["README", "localcloud-ann", "localcloud-cid"]
    assert (tmp_path / "sudoers.d" / "localcloud-ann").read_text() == "ann ALL=(ALL) NOPASSWD:ALL\n"
    agent.apply_keys({"cid": ["key2"]})
    assert rules(tmp_path) == ["README", "localcloud-cid"]


def test_an_account_that_fails_is_said_and_keeps_nobody_from_their_keys(
    agent: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(9, command)

    monkeypatch.setattr(subprocess, "run", refused)  # a test makes no account on this machine
    agent.apply_keys({"new": ["key0"], "bob": ["key1"], "cid": ["key2"]})
    assert authorized(tmp_path / "cid").read_text().endswith("key2\n")
    assert rules(tmp_path) == ["localcloud-bob", "localcloud-cid"]
    new, bob = capsys.readouterr().err.splitlines()
    assert new.startswith("account new: Command '['useradd', '--create-home'")
    assert bob == f"account bob: [Errno 2] No such file or directory: '{tmp_path}/bob/.ssh'"
