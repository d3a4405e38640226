"""The page that says what is implemented is made from what is."""

from __future__ import annotations

from localcloud.discovery.description import load
from localcloud.fidelity import described, fidelity_page, page
from localcloud.resources.call import HANDLERS, Call
from localcloud.store.store import Document


def careful(call: Call) -> Document:
    """Checks a | b.

    Differs: nothing is
    billed.

    Raises:
        ApiError: 404.
    """
    return {}


def test_a_docstring_is_split_at_differs():
    assert described(careful) == ("Checks a | b.", "nothing is billed.")


def test_page_of_one_method():
    text = page([load("serviceusage")], {"serviceusage.services.enable": careful})
    assert "1 of " in text
    assert "| `enable` | Checks a \\| b. | nothing is billed. |" in text
    assert "Not implemented: batchEnable, batchGet, disable, get, list." in text


def test_every_handler_says_what_it_does():
    fidelity_page()
    silent = [method for method, handler in HANDLERS.items() if not described(handler)[0]]
    assert silent == []


def test_every_handler_is_on_the_page():
    text = fidelity_page()
    assert text.count("\n| `") == len(HANDLERS)
