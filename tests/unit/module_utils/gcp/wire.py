"""A scripted wire: the responses that a test wants, the requests that were made, and a clock that only sleep moves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import requests

from module_utils.gcp.client import Backoff, Client


@dataclass
class Clock:
    """Time in seconds, moved by sleep alone."""

    time: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Wire:
    """Stands where AuthorizedSession stands. Each answer is (status, body), (status, body, headers) or an exception."""

    answers: list[Any]
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, verb: str, url: str, params: dict[str, str], json: Any, timeout: Any) -> requests.Response:
        self.asked.append((verb, url, params, json))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return response(*answer)

    @property
    def lines(self) -> list[str]:
        """What was asked, as `VERB path`."""
        return [f"{verb} {url.partition('/v1/')[2]}" for verb, url, _, _ in self.asked]


def response(status: int, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.reason = "Reason"
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made.headers.update(headers or {})
    return made


def refusal(status: int, reason: str, message: str) -> tuple[int, Any]:
    """Google's error body."""
    return status, {"error": {"code": status, "message": message, "errors": [{"message": message, "reason": reason}]}}


def client(wire: Wire, clock: Clock | None = None, attempts: int = 4) -> Client:
    clock = clock or Clock()
    return Client(wire, "serviceaccount", Backoff(attempts, 1.0, 4.0), clock.sleep, lambda: 1.0)
