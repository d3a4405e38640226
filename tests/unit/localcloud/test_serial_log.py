"""The serial log stays small, and positions keep their meaning."""

from __future__ import annotations

import stat
from pathlib import Path

from localcloud.serial_log import LIMIT_BYTES, SerialLog, SerialOutput, serial_log
from tests.repeated import repeated


def test_an_absent_log_is_empty(tmp_path: Path) -> None:
    log = serial_log(tmp_path, "us-central1-a", "web-1")
    assert log.file == tmp_path / "instances" / "us-central1-a" / "web-1" / "serial.log"
    assert log.read(0) == SerialOutput("", 0, 0)


def test_it_is_for_the_owner_alone(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    log.append("password: hunter2")
    log.append("second line")
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert log.read(0).contents == "password: hunter2\nsecond line\n"


def test_positions(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    log.file.write_bytes(b"0123456789")
    assert log.read(0) == SerialOutput("0123456789", 0, 10)
    assert log.read(4) == SerialOutput("456789", 4, 10)
    assert log.read(-3) == SerialOutput("789", 7, 10)
    assert log.read(-30) == SerialOutput("0123456789", 0, 10)
    assert log.read(10) == SerialOutput("", 10, 10)


def test_at_most_a_megabyte_at_once(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    log.file.write_bytes(b"x" * (LIMIT_BYTES + 5))
    assert log.read(0).next == LIMIT_BYTES
    assert log.read(LIMIT_BYTES) == SerialOutput("xxxxx", LIMIT_BYTES, LIMIT_BYTES + 5)


def test_it_is_cut_when_it_outgrows_the_limit_and_positions_go_on(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    log.append("x" * LIMIT_BYTES)
    end = LIMIT_BYTES + 1
    log.bound()
    assert log.file.stat().st_size == LIMIT_BYTES // 4
    log.append("after the cut")
    assert log.read(end) == SerialOutput("after the cut\n", end, end + 14)
    assert log.read(-4) == SerialOutput("cut\n", end + 10, end + 14)
    oldest = log.read(0)
    assert (oldest.start, oldest.next) == (end - LIMIT_BYTES // 4, end + 14)
    assert len(oldest.contents) == oldest.next - oldest.start


def test_a_writer_that_holds_the_file_open_goes_on_behind_what_was_kept(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    with log.file.open("a") as writer:
        writer.write("x" * (LIMIT_BYTES + 1))
        writer.flush()
        end = LIMIT_BYTES + 1
        log.bound()
        writer.write("more")
        writer.flush()
    assert log.read(end) == SerialOutput("more", end, end + 4)


def test_a_log_may_be_deleted_with_its_instance_while_it_is_read(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")

    def come_and_go() -> None:
        log.append("booting")
        log.file.unlink()

    with repeated(come_and_go):
        assert {log.read(0).contents for _ in range(3000)} <= {"", "booting\n"}
