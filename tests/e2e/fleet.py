"""Questions that the end-to-end tests ask a fleet through its front end and the local cloud's status."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Any

from tests.cloud import LocalCloud, get


def fleet(cloud: LocalCloud) -> dict[str, Any]:
    """The application's own view of the fleet."""
    status, body = get(f"{cloud.url}/fleet.json")
    assert status == 200, body
    return dict(json.loads(body))


def answering(cloud: LocalCloud, requests: int = 30) -> Counter[str]:
    """How often each instance answered."""
    return Counter(_name(get(f"{cloud.url}/fleet.json")) for _ in range(requests))


def _name(reply: tuple[int, str]) -> str:
    status, body = reply
    return str(json.loads(body)["answered_by"]["name"]) if status == 200 else f"status {status}"


class Visitor:
    """Someone who reloads the page all the time; counts every answer. Use as a context manager."""

    def __init__(self, url: str, pause: float = 0.05) -> None:
        self.answers: Counter[int] = Counter()
        self._url, self._pause = url, pause
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def __enter__(self) -> Visitor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _visit(self) -> None:
        while not self._done.is_set():
            self.answers[get(self._url)[0]] += 1
            time.sleep(self._pause)
