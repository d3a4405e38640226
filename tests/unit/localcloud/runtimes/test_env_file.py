"""Env-files are read as docker reads them; tests/docker asks docker itself about the same ones."""

from __future__ import annotations

import pytest

from localcloud.runtimes.env_file import env_file_variables
from localcloud.runtimes.runtime import RuntimeFaultError

TAKEN = {
    "": {},
    "A=1\nB=two words \n": {"A": "1", "B": "two words "},
    "A=1\r\nB=2\r\n": {"A": "1", "B": "2"},
    "\n  \n# A=b\n  # A=b\n\t#\n": {},
    "  A= 1": {"A": " 1"},
    "A=b=c # no comment": {"A": "b=c # no comment"},
    "A=": {"A": ""},
    "A='1'": {"A": "'1'"},
    "A=1\nA=2": {"A": "2"},
    "NOT_SET_ANYWHERE": {},
    "\N{BYTE ORDER MARK}A=1": {"A": "1"},
    "A=1\x0b2\u20283": {"A": "1\x0b2\u20283"},
    "a.b-c=1": {"a.b-c": "1"},
    f"A={'x' * 65533}": {"A": "x" * 65533},
}
REFUSED = ["KEY =v", "A=1\nKEY\t=v", "=v", "two words", "A B=1", "export A=1", f"A={'x' * 65534}"]


def short(value: object) -> str:
    """A test's name must not be as long as what it tries."""
    return repr(value)[:30]


@pytest.mark.parametrize(("text", "variables"), TAKEN.items(), ids=short)
def test_what_is_taken(text: str, variables: dict[str, str]) -> None:
    assert env_file_variables(text) == variables


@pytest.mark.parametrize("text", REFUSED, ids=short)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(RuntimeFaultError, match=r"^line [12] of the metadata key container-env has "):
        env_file_variables(text)


def test_a_refusal_names_the_line_and_shows_nothing_of_it() -> None:
    with pytest.raises(RuntimeFaultError) as caught:
        env_file_variables("A=1\n\nSECRET =hunter2")
    assert str(caught.value) == (
        "line 3 of the metadata key container-env has no variable's name, or one with a space in it, before its '='; "
        "write NAME=value, as docker run --env-file reads it"
    )


def test_a_nul_is_refused() -> None:
    """No variable can hold one, and no file that a machine's shell has written."""
    with pytest.raises(RuntimeFaultError, match="has a NUL character"):
        env_file_variables("A=\0")
