"""What the engine says, read without one; tests/docker has the rest."""

from __future__ import annotations

from localcloud.runtimes.engine import unix_second


def test_the_console_is_read_on_from_the_second_of_its_last_line() -> None:
    assert unix_second("1970-01-02T00:00:01.123456789Z") == 86401
