"""List filters of Compute Engine: AIP-160 expressions, and the older `field eq RE2` form (gce-behaviour: Lists)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localcloud.errors.api import invalid_field
from localcloud.store.store import Document

Predicate = Callable[[Document], bool]

_REGEX_FORM = re.compile(r"\s*([\w.]+)\s+(eq|ne)\s+(.+?)\s*")
_TOKEN = re.compile(
    r"""\s*(?:(?P<punctuation>[()])|(?P<operator>!=|<=|>=|[=<>:])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'"""
    r"""|(?P<word>[^\s()!=<>:"']+))"""
)


def compile_filter(text: str) -> Predicate:
    """The predicate that a `filter` parameter describes.

    Raises:
        ApiError: 400 when the expression cannot be read, or mixes the two forms.
    """
    if not text.strip():
        return lambda _: True
    if form := _REGEX_FORM.fullmatch(text):
        return _regex_predicate(text, *form.groups())
    return _Parser(text).parsed()


def _regex_predicate(text: str, field: str, verb: str, pattern: str) -> Predicate:
    try:
        expression = re.compile(_unquoted(pattern))
    except re.error:
        raise invalid_field("filter", text, "Invalid list filter expression.") from None

    def matches(document: Document) -> bool:
        values = _values(document, field.split("."))
        return any(expression.fullmatch(_shown(value)) for value in values) is (verb == "eq")

    return matches


class _Parser:
    """Recursive descent: expression = term {OR term}; term = factor {[AND] factor}; factor = [NOT] simple."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._tokenised(text)
        self._position = 0

    def parsed(self) -> Predicate:
        predicate = self._expression()
        if self._position != len(self._tokens):
            raise self._refusal()
        return predicate

    def _tokenised(self, text: str) -> list[tuple[str, str]]:
        tokens = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._refusal()
            group = str(match.lastgroup)
            value = match.group(group)
            tokens.append(("text", re.sub(r"\\(.)", r"\1", value)) if group in ("double", "single") else (group, value))
            position = match.end()
        return tokens

    def _refusal(self) -> Exception:
        return invalid_field("filter", self._text, "Invalid list filter expression.")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._position += 1
        return token

    def _expression(self) -> Predicate:
        terms = [self._term()]
        while self._peek() == ("word", "OR"):
            self._take()
            terms.append(self._term())
        return lambda document: any(term(document) for term in terms)

    def _term(self) -> Predicate:
        factors = [self._factor()]
        while self._peek()[0] not in ("end",) and self._peek() not in (("word", "OR"), ("punctuation", ")")):
            if self._peek() == ("word", "AND"):
                self._take()
            factors.append(self._factor())
        return lambda document: all(factor(document) for factor in factors)

    def _factor(self) -> Predicate:
        if self._peek() == ("word", "NOT"):
            self._take()
            negated = self._factor()
            return lambda document: not negated(document)
        if self._peek() == ("punctuation", "("):
            self._take()
            inner = self._expression()
            if self._take() != ("punctuation", ")"):
                raise self._refusal()
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        kind, field = self._take()
        operator_kind, operator = self._take()
        value_kind, value = self._take()
        if kind != "word" or operator_kind != "operator" or value_kind not in ("word", "text"):
            raise self._refusal()
        steps = field.split(".")
        if operator == ":" and value == "*":
            return lambda document: bool(_values(document, steps))
        compare = _COMPARISONS[operator]
        if operator == "!=":
            return lambda document: all(compare(item, value) for item in _values(document, steps))
        return lambda document: any(compare(item, value) for item in _values(document, steps))


def _values(document: Any, steps: list[str]) -> list[Any]:
    """The values a dotted field leads to; arrays are entered, objects at the end are one value."""
    if isinstance(document, list):
        return [value for item in document for value in _values(item, steps)]
    if not steps:
        return [] if document is None else [document]
    return _values(document.get(steps[0]), steps[1:]) if isinstance(document, dict) else []


def _equal(value: Any, wanted: str) -> bool:
    if isinstance(value, str) and "*" in wanted:
        return re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), value) is not None
    return _shown(value) == wanted or _ordered(value, wanted) == 0


def _contains(value: Any, wanted: str) -> bool:
    if isinstance(value, dict):
        return wanted in value
    return wanted.strip("*").lower() in _shown(value).lower()


def _ordered(value: Any, wanted: str) -> int:
    """-1, 0 or 1: numbers as numbers, everything else as text."""
    try:
        left, right = float(value), float(wanted)
    except (TypeError, ValueError):
        text = _shown(value)
        return (text > wanted) - (text < wanted)
    return (left > right) - (left < right)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


_COMPARISONS: dict[str, Callable[[Any, str], bool]] = {
    "=": _equal,
    "!=": lambda value, wanted: not _equal(value, wanted),
    ":": _contains,
    "<": lambda value, wanted: _ordered(value, wanted) < 0,
    ">": lambda value, wanted: _ordered(value, wanted) > 0,
    "<=": lambda value, wanted: _ordered(value, wanted) <= 0,
    ">=": lambda value, wanted: _ordered(value, wanted) >= 0,
}
