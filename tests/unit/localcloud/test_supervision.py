"""One daemon a state folder, found again by its lock, and refused with a sentence when it cannot start."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from pathlib import Path

import pytest

from localcloud.errors.program import SettingError, StartError
from localcloud.settings import Settings, read_settings
from localcloud.supervision import (
    daemon_pid,
    lock_file,
    only_daemon,
    ready_file,
    ready_pid,
    require_free_ports,
    require_usable_state,
    start_daemon,
)
from tests.ports import free_ports
from tests.repeated import repeated


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    names = ("HTTP", "HTTPS", "DOOR", "ADMIN", "REGISTRY")
    ports = {f"LOCALCLOUD_{name}_PORT": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    return read_settings({"LOCALCLOUD_STATE": str(tmp_path / "state"), **ports})


def test_the_daemon_is_known_by_its_lock_for_as_long_as_it_lives(settings: Settings) -> None:
    assert daemon_pid(settings) is None
    with only_daemon(settings):
        assert daemon_pid(settings) == os.getpid()
    assert daemon_pid(settings) is None
    assert lock_file(settings).exists(), "a killed daemon leaves the file, which alone means nothing"


def test_a_second_daemon_is_refused(settings: Settings) -> None:
    with only_daemon(settings), pytest.raises(StartError) as refused, only_daemon(settings):
        pass
    assert str(refused.value) == (
        f"{settings.state} is in use by another local cloud; stop that one or set LOCALCLOUD_STATE elsewhere"
    )


def test_who_only_looks_does_not_keep_a_daemon_from_starting(settings: Settings) -> None:
    """`status` holds the lock for the moment in which it looks whether a daemon does."""
    lock_file(settings).parent.mkdir(parents=True)
    with lock_file(settings).open("a") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.1, lambda: fcntl.flock(looking, fcntl.LOCK_UN)).start()
        with only_daemon(settings):
            assert daemon_pid(settings) == os.getpid()


def test_a_port_that_another_program_has_is_refused_but_not_one_that_will_be_adopted(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.http_port)):
        require_free_ports(settings, frozenset({settings.http_port}))
        with pytest.raises(StartError, match=f"^port {settings.http_port} is already in use; .*LOCALCLOUD_HTTP_PORT"):
            require_free_ports(settings, frozenset())


def test_a_state_folder_behind_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = read_settings({"LOCALCLOUD_STATE": str(tmp_path / "file" / "state")})
    with pytest.raises(SettingError) as refused:
        require_usable_state(settings)
    assert str(refused.value) == (
        f"LOCALCLOUD_STATE is {tmp_path}/file/state, which cannot be created or written: Not a directory; "
        "choose another"
    )


def test_a_daemon_that_ends_while_starting_says_why(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its store is no database: the sentence is the last line of its log."""
    settings.state.mkdir()
    settings.database.write_text("this is no database, but long enough to be taken for one" * 20)
    monkeypatch.setenv("LOCALCLOUD_STATE", str(settings.state))
    for name, port in settings.ports.items():
        monkeypatch.setenv(name, str(port))
    with pytest.raises(StartError) as refused:
        start_daemon(settings)
    assert str(refused.value).startswith("the local cloud ended while starting: error: ")
    assert str(settings.database.parent) in str(refused.value)


def test_a_killed_daemons_ready_file_may_vanish_while_the_next_one_starts(settings: Settings) -> None:
    ready = ready_file(settings)
    ready.parent.mkdir(parents=True)

    def come_and_go() -> None:
        ready.write_text("17")
        ready.unlink()

    with repeated(come_and_go):
        assert {ready_pid(settings) for _ in range(3000)} <= {None, 17}
