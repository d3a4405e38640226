"""Access tokens: the OAuth JWT-bearer exchange, tokens for instances, and who a token speaks for.

Tokens live in real time, not cloud time, because clients plan their refresh by their own clock. The store keeps a
hash of each; the token itself is in no log and no file.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from localcloud.api import jwt
from localcloud.errors.api import unauthenticated
from localcloud.resources.iam import TOKEN_URI, find_account
from localcloud.store.path import ResourcePath
from localcloud.store.store import Transaction

LIFETIME_SECONDS = 3600
_SKEW_SECONDS = 60
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


class GrantError(Exception):
    """The token endpoint refuses (RFC 6749 section 5.2): `code` is its error word, the text the description."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True)
class Caller:
    """Who a request speaks for.

    Attributes:
        principal: e-mail of a service account.
        scopes: what its token may be used for; empty for a self-signed token, which its audience limits.
    """

    principal: str
    scopes: frozenset[str]


class Tokens:
    """Issues and checks tokens.

    Args:
        project: whose service accounts are known.
        real_now: real time, seconds since the epoch.
    """

    def __init__(self, project: str, real_now: Callable[[], float]) -> None:
        self._project = project
        self._real_now = real_now

    def exchange(self, transaction: Transaction, form: dict[str, str]) -> dict[str, Any]:
        """The reply of the token endpoint to a form (RFC 7523; Google: service accounts, HTTP/REST).

        Raises:
            GrantError: the grant is of another kind, or its assertion is not good.
        """
        if form.get("grant_type") != _GRANT:
            raise GrantError("unsupported_grant_type", f"Invalid grant_type; the local cloud takes {_GRANT} only.")
        claims = self._assertion(transaction, form.get("assertion", ""))
        if claims.get("aud") not in (TOKEN_URI, "https://www.googleapis.com/oauth2/v4/token"):
            raise GrantError("invalid_grant", f"Invalid JWT: aud must be {TOKEN_URI}.")
        scopes = str(claims.get("scope", "")).split()
        if not scopes:
            raise GrantError("invalid_scope", "Invalid JWT: scope is empty; name at least one.")
        return self.issue(transaction, claims["iss"], scopes)

    def issue(self, transaction: Transaction, principal: str, scopes: Iterable[str]) -> dict[str, Any]:
        """A new access token for a service account, as the token endpoint and the metadata server answer it."""
        now = self._real_now()
        self._forget_expired(transaction, now)
        token = f"ya29.local-{secrets.token_urlsafe(48)}"
        internal = {"principal": principal, "scopes": sorted(set(scopes)), "expires": now + LIFETIME_SECONDS}
        transaction.put(self._path(token), {}, internal)
        return {"access_token": token, "expires_in": LIFETIME_SECONDS - 1, "token_type": "Bearer"}

    def caller(self, transaction: Transaction, authorization: str, host: str) -> Caller:
        """Who an Authorization header speaks for.

        Raises:
            ApiError: 401 when it is missing, unknown, expired, or its account is gone or disabled.
        """
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise unauthenticated(
                "Request is missing required authentication credential; send an OAuth 2 access token in the "
                "Authorization header"
            )
        caller = self._self_signed(transaction, token, host) if token.count(".") == 2 else None
        caller = caller or self._stored(transaction, token)
        account = find_account(transaction, self._project, caller.principal) if caller else None
        if caller is None or account is None or account.body.get("disabled"):
            raise unauthenticated(
                "Request had invalid authentication credentials: the access token is not of this local cloud, has "
                "expired, or its service account is gone"
            )
        return caller

    def _stored(self, transaction: Transaction, token: str) -> Caller | None:
        found = transaction.get(self._path(token))
        if found is None or found.internal["expires"] <= self._real_now():
            return None
        return Caller(found.internal["principal"], frozenset(found.internal["scopes"]))

    def _self_signed(self, transaction: Transaction, token: str, host: str) -> Caller | None:
        """A JWT that a service account signed itself, with the API's address as audience (AIP-4111)."""
        try:
            claims = self._assertion(transaction, token)
        except GrantError:
            return None
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes and claims.get("aud") not in (f"https://{host}/", f"https://{host}"):
            return None
        return Caller(claims["iss"], scopes)

    def _assertion(self, transaction: Transaction, token: str) -> jwt.Claims:
        """The claims of a JWT signed by a live key of the service account it names, and that is not out of date."""
        try:
            key_id = str(jwt.read_header(token).get("kid", ""))
            issuer, public_key = self._public_key(transaction, key_id)
            claims = jwt.verify(token, public_key)
        except jwt.JwtError as error:
            raise GrantError("invalid_grant", str(error)) from None
        if claims.get("iss") != issuer or claims.get("sub", issuer) != issuer:
            raise GrantError(
                "invalid_grant", f"Invalid JWT: the key is of {issuer}, but iss or sub is another account."
            )
        now, issued, ends = self._real_now(), claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int | float) or not isinstance(ends, int | float):
            raise GrantError("invalid_grant", "Invalid JWT: iat and exp must be numbers.")
        if (
            issued > now + _SKEW_SECONDS
            or ends < now - _SKEW_SECONDS
            or ends - issued > LIFETIME_SECONDS + _SKEW_SECONDS
        ):
            raise GrantError(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe; check "
                "iat and exp and the clock of this machine.",
            )
        return claims

    def _public_key(self, transaction: Transaction, key_id: str) -> tuple[str, str]:
        for account in transaction.list("iam", "serviceAccounts", project=self._project):
            key = transaction.get(account.path.child("keys", key_id)) if key_id else None
            if key is not None and not account.body.get("disabled"):
                return account.path.name, key.internal["public_key"]
        raise GrantError("invalid_grant", "Invalid JWT: its kid is no key of a service account of this local cloud.")

    def _forget_expired(self, transaction: Transaction, now: float) -> None:
        for token in transaction.list("oauth2", "accessTokens"):
            if token.internal["expires"] <= now:
                transaction.delete(token.path)

    def _path(self, token: str) -> ResourcePath:
        digest = hashlib.sha256(token.encode()).hexdigest()
        return ResourcePath("oauth2", self._project, "", "accessTokens", digest)
