"""The serial log stays small, and positions keep their meaning."""

from __future__ import annotations

from pathlib import Path

from localcloud.runtimes.serial_log import LIMIT_BYTES, SerialLog


def test_an_absent_log_is_empty(tmp_path: Path) -> None:
    assert SerialLog(tmp_path / "serial.log").read(0) == ("", 0)


def test_it_is_cut_when_it_outgrows_the_limit_and_positions_go_on(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    log.append("x" * LIMIT_BYTES)
    _, end = log.read(0)
    log.bound()
    assert log.file.stat().st_size < LIMIT_BYTES / 2
    log.append("after the cut")
    assert log.read(end) == ("after the cut\n", end + 14)
    assert log.read(0)[1] == end + 14


def test_a_writer_that_holds_the_file_open_goes_on_behind_what_was_kept(tmp_path: Path) -> None:
    log = SerialLog(tmp_path / "serial.log")
    with log.file.open("a") as writer:
        writer.write("x" * (LIMIT_BYTES + 1))
        writer.flush()
        _, end = log.read(0)
        log.bound()
        writer.write("more")
        writer.flush()
    assert log.read(end) == ("more", end + 4)
