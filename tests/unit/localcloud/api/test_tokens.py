"""The JWT-bearer grant and access tokens, with time in the test's hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.api import jwt
from localcloud.api.operator import ensure_operator_key, operator_email
from localcloud.api.tokens import GrantError, Tokens
from localcloud.clock import ManualClock
from localcloud.errors.api import ApiError
from localcloud.settings import Settings, read_settings
from localcloud.store.store import Store

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class Bench:
    def __init__(self, state: Path) -> None:
        self.settings: Settings = read_settings({"LOCALCLOUD_STATE": str(state)})
        self.store = Store(self.settings.database)
        self.clock = ManualClock()
        ensure_operator_key(self.store, self.settings, self.clock)
        self.key: dict[str, Any] = json.loads(self.settings.operator_key.read_text())
        self.tokens = Tokens(self.settings.project, self.clock.now)

    def assertion(self, **claims: Any) -> str:
        now = int(self.clock.now())
        email = operator_email(self.settings)
        good = {"iss": email, "aud": self.key["token_uri"], "scope": SCOPE, "iat": now, "exp": now + 3600}
        return jwt.sign({**good, **claims}, self.key["private_key"].encode(), self.key["private_key_id"])

    def exchange(self, assertion: str, grant: str = GRANT) -> dict[str, Any]:
        with self.store.transaction() as transaction:
            return self.tokens.exchange(transaction, {"grant_type": grant, "assertion": assertion})

    def principal(self, authorization: str) -> str:
        with self.store.transaction() as transaction:
            return self.tokens.caller(transaction, authorization, "compute.googleapis.com").principal


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("tokens"))
    yield made
    made.store.close()


def test_a_good_assertion_becomes_a_token_for_an_hour(bench: Bench) -> None:
    reply = bench.exchange(bench.assertion())
    assert (reply["token_type"], reply["expires_in"]) == ("Bearer", 3599)
    authorization = f"Bearer {reply['access_token']}"
    assert bench.principal(authorization) == "operator@flaskscale-local.iam.gserviceaccount.com"
    bench.clock.advance(3600)
    with pytest.raises(ApiError) as caught:
        bench.principal(authorization)
    assert caught.value.code == 401


def test_expired_tokens_are_forgotten_when_the_next_is_issued(bench: Bench) -> None:
    bench.exchange(bench.assertion())
    bench.clock.advance(3601)
    bench.exchange(bench.assertion())
    assert len(bench.store.list("oauth2", "accessTokens")) == 1


@pytest.mark.parametrize(
    ("claims", "code", "sentence"),
    [
        (
            {"aud": "https://example.com/"},
            "invalid_grant",
            "Invalid JWT: aud must be https://oauth2.googleapis.com/token.",
        ),
        ({"scope": ""}, "invalid_scope", "Invalid JWT: scope is empty; name at least one."),
        ({"iat": "now"}, "invalid_grant", "Invalid JWT: iat and exp must be numbers."),
        ({"sub": "someone@example.com"}, "invalid_grant", "Invalid JWT: the key is of operator@"),
        (
            {"iat": 9_999_999_999, "exp": 9_999_999_999},
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token",
        ),
        ({"iat": 1, "exp": 3601}, "invalid_grant", "Invalid JWT: Token must be a short-lived token"),
        ({"exp": 9_999_999_999}, "invalid_grant", "Invalid JWT: Token must be a short-lived token"),
    ],
)
def test_a_bad_claim_is_refused(bench: Bench, claims: dict[str, Any], code: str, sentence: str) -> None:
    with pytest.raises(GrantError) as caught:
        bench.exchange(bench.assertion(**claims))
    assert caught.value.code == code
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.e30", "$$.$$.$$"])
def test_what_is_no_jwt_is_refused(bench: Bench, text: str) -> None:
    with pytest.raises(GrantError, match="^Invalid JWT: "):
        bench.exchange(text)


def test_a_changed_claim_breaks_the_signature(bench: Bench) -> None:
    head, _, signature = bench.assertion().split(".")
    _, other, _ = bench.assertion(scope="everything").split(".")
    with pytest.raises(GrantError, match=r"^Invalid JWT Signature\.$"):
        bench.exchange(f"{head}.{other}.{signature}")


def test_another_grant_is_refused(bench: Bench) -> None:
    with pytest.raises(GrantError) as caught:
        bench.exchange(bench.assertion(), grant="refresh_token")
    assert caught.value.code == "unsupported_grant_type"


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer", "Bearer unknown", "Bearer a.b.c"])
def test_a_caller_without_a_good_token_is_nobody(bench: Bench, authorization: str) -> None:
    with pytest.raises(ApiError) as caught:
        bench.principal(authorization)
    assert (caught.value.code, caught.value.reason) == (401, "authError")


def test_the_operator_key_is_kept_while_its_key_is_known(bench: Bench, tmp_path: Path) -> None:
    before = bench.settings.operator_key.read_bytes()
    ensure_operator_key(bench.store, bench.settings, bench.clock)
    assert bench.settings.operator_key.read_bytes() == before
    emptied = Store(tmp_path / "cloud.sqlite3")
    ensure_operator_key(emptied, bench.settings, bench.clock)
    emptied.close()
    assert bench.settings.operator_key.read_bytes() != before
    assert bench.settings.operator_key.stat().st_mode & 0o777 == 0o600
    bench.settings.operator_key.write_bytes(before)
