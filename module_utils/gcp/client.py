"""Requests to Google's APIs: bounded retries with back-off and jitter, and errors as sentences."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .errors import ApiError, CredentialsUnusableError, UnreachableError
from .plan import Action
from .resource import COMPUTE, Document, Service

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0
USER_AGENT = "flaskscale"


@dataclass(frozen=True)
class Backoff:
    """Exponential back-off with full jitter; all times in seconds."""

    attempts: int = 7
    first: float = 0.5
    longest: float = 16.0

    def delay(self, attempt: int, jitter: float) -> float:
        """How long to wait after attempt number `attempt` (from 0); jitter is between 0 and 1."""
        ceiling: float = min(self.longest, self.first * 2**attempt)
        return ceiling * (0.5 + jitter / 2)


class Client:
    """Sends requests through an authorized session. Sleep and jitter are injected for tests."""

    def __init__(
        self,
        session: Any,
        auth_kind: str = "application",
        backoff: Backoff | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._session = session
        self._auth_kind = auth_kind
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._jitter = jitter
        session.headers["User-Agent"] = f"{USER_AGENT} {session.headers.get('User-Agent', '')}".strip()

    def get(self, method: str, service: Service, path: str, query: Mapping[str, str] | None = None) -> Document | None:
        """The document at this path, or None when Google answers 404.

        Raises:
            ApiError: any other refusal.
            UnreachableError: no answer after every attempt.
        """
        try:
            return self.call(method, service, "GET", path, query)
        except ApiError as refused:
            if refused.status == 404:
                return None
            raise

    def pages(
        self,
        method: str,
        service: Service,
        path: str,
        query: Mapping[str, str] | None = None,
        verb: str = "GET",
    ) -> Iterator[Document]:
        """Every page of a list, following nextPageToken."""
        token = ""
        while True:
            asked = {**(query or {}), **({"pageToken": token} if token else {})}
            page = self.call(method, service, verb, path, asked)
            yield page
            token = page.get("nextPageToken", "")
            if not token:
                return

    def aggregated(self, collection: str, project: str, expression: str = "") -> Iterator[tuple[str, Document]]:
        """Compute Engine's resources of one kind in all places, each with its own, e.g. `zones/us-central1-a`.

        `expression` is a filter of Google's. Follows `compute.<collection>.aggregatedList`.
        """
        path = f"projects/{project}/aggregated/{collection}"
        query = {"filter": expression} if expression else {}
        for page in self.pages(f"compute.{collection}.aggregatedList", COMPUTE, path, query):
            for place, scope in page.get("items", {}).items():
                yield from ((place, found) for found in scope.get(collection, []))

    def mutate(self, action: Action) -> Document:
        """Send one planned mutation and return Google's reply.

        Compute takes a requestId, which makes a repeat after a lost reply the same operation. The other APIs
        have none: there a repeat is answered 404, 409 or 412, which the caller reads again and plans anew.
        """
        query = dict(action.query)
        if action.service.operations == "compute":
            query["requestId"] = str(uuid.uuid4())
        body = action.body
        if action.guard:
            guarded = self.get(f"{action.method} (its fingerprint)", action.service, action.guard) or {}
            body = {**(body or {}), "fingerprint": guarded.get("fingerprint")}
        return self.call(action.method, action.service, action.verb, action.path, query, body)

    def call(
        self,
        method: str,
        service: Service,
        verb: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Document | None = None,
        blocks_for: float = 0.0,
    ) -> Document:
        """One request, repeated on 429, 500, 502, 503, 504 and connection errors, and its JSON.

        `blocks_for` is for a request that Google answers late on purpose: after that many seconds without an
        answer it is left, and the reply is empty.

        Raises:
            ApiError: Google refused it, or still answered an error after the last attempt.
            UnreachableError: no answer at all after the last attempt.
            CredentialsUnusableError: no token could be had.
        """
        url = service.root + path
        for attempt in range(self._backoff.attempts):
            final = attempt == self._backoff.attempts - 1
            outcome = self._attempt(verb, url, query, body, blocks_for)
            if outcome is None:
                return {}
            if isinstance(outcome, Exception):
                if final:
                    raise UnreachableError(method, urlsplit(url).netloc, attempt + 1, str(outcome)) from outcome
            elif outcome.status_code < 400:
                return _json(outcome)
            elif final or outcome.status_code not in RETRIED_STATUSES:
                raise refusal(method, path, outcome)
            self._sleep(self._pause(attempt, outcome))
        raise AssertionError("a back-off has at least one attempt")

    def _attempt(
        self, verb: str, url: str, query: Mapping[str, str] | None, body: Document | None, blocks_for: float
    ) -> Any:
        """The response, the connection error that came instead of one, or None when a blocking request was left."""
        import google.auth.exceptions
        import requests

        read_timeout = blocks_for or READ_TIMEOUT_SECONDS
        try:
            return self._session.request(
                verb,
                url,
                params=dict(query or {}),
                json=body,
                timeout=(CONNECT_TIMEOUT_SECONDS, read_timeout),
            )
        except google.auth.exceptions.RefreshError as refused:
            raise CredentialsUnusableError(
                self._auth_kind, str(refused.args[0] if refused.args else refused)
            ) from refused
        except requests.ReadTimeout as late:
            return None if blocks_for else late
        except (requests.ConnectionError, requests.Timeout, google.auth.exceptions.TransportError) as lost:
            return lost

    def _pause(self, attempt: int, outcome: Any) -> float:
        asked = "" if isinstance(outcome, Exception) else outcome.headers.get("Retry-After", "")
        delay = self._backoff.delay(attempt, self._jitter())
        return max(delay, min(float(asked), self._backoff.longest)) if asked.isdigit() else delay


def refusal(method: str, path: str, response: Any) -> ApiError:
    """Google's error reply as a sentence. Follows the JSON error body of Google's APIs."""
    error = _json(response).get("error", {})
    if not isinstance(error, dict):  # the token endpoint's shape
        error = {"message": str(error)}
    entries = [*error.get("errors", []), *error.get("details", [])]
    reasons = [item.get("reason", "") for item in entries if isinstance(item, dict)]
    reason = next((found for found in reasons if found), error.get("status", ""))
    message = error.get("message") or response.reason or "no message"
    return ApiError(method, path, response.status_code, reason, message)


def _json(response: Any) -> Document:
    try:
        parsed = response.json() if response.content else {}
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
