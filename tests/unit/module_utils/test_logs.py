"""Which lines of a log are shown."""

from __future__ import annotations

from module_utils.logs import telling_lines

TRACE = ["Traceback (most recent call last):", '  File "/app.py", line 3', "KeyError: 'DATABASE'"]


def test_a_short_log_is_shown_whole_without_blank_lines() -> None:
    assert telling_lines("one\n\n two \n", 5) == ["one", " two"]
    assert telling_lines("", 5) == []


def test_an_exception_that_scrolled_away_stands_above_the_last_lines() -> None:
    log = "\n".join([*TRACE, *(f"line {number}" for number in range(10))])
    assert telling_lines(log, 2) == ["KeyError: 'DATABASE'", "line 8", "line 9"]


def test_an_exception_is_said_once_however_often_it_came_and_where_it_came_last() -> None:
    log = "\n".join(
        [
            "Nov 24 01:00:00 web docker[1]: KeyError: 'DATABASE'",
            "Nov 24 01:00:05 web docker[2]: sqlalchemy.exc.OperationalError: no such table",
            "Nov 24 01:00:09 web docker[3]: KeyError: 'DATABASE'",
            *["started"] * 5,
        ]
    )
    assert telling_lines(log, 1) == [
        "Nov 24 01:00:05 web docker[2]: sqlalchemy.exc.OperationalError: no such table",
        "Nov 24 01:00:09 web docker[3]: KeyError: 'DATABASE'",
        "started",
    ]
    assert telling_lines(f"{log}\nKeyError: 'DATABASE'", 1)[0].endswith("no such table")


def test_only_the_last_three_are_shown() -> None:
    log = "\n".join([*(f"E{number}Error: {number}" for number in range(5)), "end"])
    assert telling_lines(log, 1) == ["E2Error: 2", "E3Error: 3", "E4Error: 4", "end"]


def test_a_console_has_colours_that_a_terminal_of_somebody_else_need_not_show() -> None:
    assert telling_lines("[\x1b[0;1;31mFAILED\x1b[0m] Failed to start web.\x1b[K\n", 5) == [
        "[FAILED] Failed to start web."
    ]
