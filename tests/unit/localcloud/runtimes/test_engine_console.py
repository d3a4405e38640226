"""What the engine gives of a console, read as lines with their times."""

from __future__ import annotations

import pytest

from localcloud.runtimes.engine_console import console_lines, is_stamp, unix_second

STAMP = "1970-01-02T00:00:01.123456789Z"


def test_the_console_is_read_on_from_the_second_of_its_last_line() -> None:
    assert unix_second(STAMP) == 86401


@pytest.mark.parametrize("character", ["\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1e", "\x85"])
def test_a_line_ends_where_the_engine_ends_it(character: str) -> None:
    said = f"10%{character}9999-progress 20%"
    assert console_lines(f"{STAMP} {said}\r\n{STAMP} next\r\n") == [(STAMP, said), (STAMP, "next")]


def test_a_line_keeps_its_own_spaces_and_may_be_empty() -> None:
    assert console_lines(f"{STAMP}   a b \n{STAMP} \n") == [(STAMP, "  a b "), (STAMP, "")]


def test_what_has_no_time_is_left_out() -> None:
    assert console_lines(f"torn off\n\n9999 later\n{STAMP} said\n1970-13-02T00:00:01.123456789Z month") == [
        (STAMP, "said")
    ]


@pytest.mark.parametrize("text", ["", "1970-01-02T00:00:01Z", f"{STAMP}\n", "1970-02-30T00:00:01.123456789Z"])
def test_what_is_no_time_of_the_console(text: str) -> None:
    assert not is_stamp(text)
