"""Serial output by byte position."""

from __future__ import annotations

from localcloud.resources.serial import SerialOutput, read_serial


def test_positions(tmp_path):
    log = tmp_path / "serial.log"
    log.write_bytes(b"0123456789")
    assert read_serial(log, 0) == SerialOutput("0123456789", 0, 10)
    assert read_serial(log, 4) == SerialOutput("456789", 4, 10)
    assert read_serial(log, -3) == SerialOutput("789", 7, 10)
    assert read_serial(log, -30) == SerialOutput("0123456789", 0, 10)
    assert read_serial(log, 10) == SerialOutput("", 10, 10)


def test_nothing_written_yet(tmp_path):
    assert read_serial(tmp_path / "serial.log", 0) == SerialOutput("", 0, 0)


def test_at_most_a_megabyte_at_once(tmp_path):
    log = tmp_path / "serial.log"
    log.write_bytes(b"x" * (2**20 + 5))
    assert read_serial(log, 0).next == 2**20
