"""One API call from request to reply: who calls, which method, may they, is it well formed, then the rules.

Everything happens in one store transaction, so a refused call changes nothing, the write counter included.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.api.faults import Faults
from localcloud.api.field_mask import masked
from localcloud.api.pages import paged
from localcloud.api.tokens import CLOUD_PLATFORM, Caller, Tokens
from localcloud.clock import Clock
from localcloud.discovery.description import Method, Service, load
from localcloud.discovery.routes import router, service_of
from localcloud.discovery.validate import validate_body, validate_parameters
from localcloud.errors.api import (
    ApiError,
    forbidden,
    insufficient_scopes,
    internal_error,
    malformed_body,
    method_not_found,
    not_found,
    not_implemented,
    service_disabled,
    storage_unavailable,
)
from localcloud.errors.program import StorageFullError
from localcloud.resources.call import HANDLERS, Call
from localcloud.resources.permissions import allowed, reads_only, required_permission
from localcloud.resources.policies import read_policy
from localcloud.resources.resource_manager import find_project
from localcloud.resources.service_usage import is_enabled
from localcloud.settings import Settings
from localcloud.store.store import Document, Store, Transaction

_LOGGER = logging.getLogger(__name__)

API_WRITES = "api_writes"
"""Store fact: how many calls that change something were accepted."""

_STATUS_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
_REASON_WORDS = {"aborted": "ABORTED", "failedPrecondition": "FAILED_PRECONDITION"}
_ERROR_INFO = {"accessNotConfigured": "SERVICE_DISABLED"}
"""Reasons that AIP-193 errors carry in an ErrorInfo detail, by their older names."""
_ERROR_INFO_TYPE = "type.googleapis.com/google.rpc.ErrorInfo"
_CONTAINER_FIELDS = ("project", "projectId", "name", "parent", "resource")


@dataclass(frozen=True)
class Request:
    """An HTTP request, read to its end.

    Attributes:
        http_method: `GET`, …
        host: of the Host header, without port, in lower case.
        path: as sent, percent-encoded, without its first slash.
        query: decoded pairs in order.
        authorization: the Authorization header, or empty.
        body: raw.
    """

    http_method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    authorization: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What is sent back.

    Attributes:
        status: HTTP status.
        document: the JSON body.
        method: discovery method id, or empty when none matched.
        principal: who called, or empty when that did not become clear.
    """

    status: int
    document: Document
    method: str = ""
    principal: str = ""


class Dispatcher:
    """Answers API calls. Thread-safe: calls meet in the store, whose transactions are serial.

    Args:
        store: everything the rules read and write.
        clock: cloud time.
        settings: of this local cloud.
        tokens: who a token speaks for.
        faults: errors injected on purpose.
        inspect: called with service, method and reply document of every good reply; for tests that check shapes.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        tokens: Tokens,
        faults: Faults,
        inspect: Callable[[Service, Method, Document], None] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._tokens = tokens
        self._faults = faults
        self._inspect = inspect

    def answer(self, request: Request) -> Reply:
        """The reply to a request; every refusal is a reply too."""
        service_name = service_of(request.host, request.path) or ""
        matched = router(service_name).match(request.http_method, request.path) if service_name else None
        method = matched[0] if matched else None
        try:
            if matched is None:
                raise method_not_found(request.http_method, request.host, request.path)
            with self._store.transaction() as transaction:
                document, caller = self._call(transaction, request, *matched)
            return Reply(200, document, matched[0].id, caller.principal)
        except ApiError as error:
            return Reply(error.code, _error_body(error, service_name), method.id if method else "")
        except StorageFullError as error:
            return Reply(503, _error_body(storage_unavailable(error), service_name), method.id if method else "")
        except Exception:
            # A mistake in a rule must not end the connection: the caller is told, and the log says where.
            _LOGGER.exception("%s failed", method.id if method else request.path)
            return Reply(500, _error_body(internal_error(), service_name), method.id if method else "")

    def _call(
        self, transaction: Transaction, request: Request, method: Method, path: dict[str, str]
    ) -> tuple[Document, Caller]:
        service = load(method.service)
        caller = self._tokens.caller(transaction, request.authorization, request.host)
        parameters = validate_parameters(service, method, self._by_id(path), request.query)
        self._authorise(transaction, method, parameters, caller)
        if fault := self._faults.strike(method.id):
            raise fault
        body = validate_body(service, method, _read_json(request.body))
        handler = HANDLERS.get(method.id)
        if handler is None:
            raise not_implemented(method.id)
        now = self._clock.now()
        reply = handler(Call(method.id, parameters, body, transaction, now, caller.principal, self._settings))
        if not reads_only(method.verb, method.http_method):
            transaction.set_fact(API_WRITES, str(int(transaction.fact(API_WRITES, "0")) + 1))
        reply = paged(service, method, parameters, reply)
        if self._inspect:
            self._inspect(service, method, reply)
        if "fields" in parameters:
            reply = masked(reply, parameters["fields"])
        return reply, caller

    def _by_id(self, path: dict[str, str]) -> dict[str, str]:
        """Path parameters with the project's number, or the wildcard `-`, replaced by its id."""
        number, project = self._settings.project_number, self._settings.project
        return {
            name: _with_project(name, value, frozenset({number, "-"}), project) if name in _CONTAINER_FIELDS else value
            for name, value in path.items()
        }

    def _authorise(self, transaction: Transaction, method: Method, parameters: dict[str, Any], caller: Caller) -> None:
        """Scopes, then the project, then the enabled service, then the caller's roles.

        Raises:
            ApiError: 403, or Compute Engine's 404 for a project that is not there.
        """
        if caller.scopes and caller.scopes.isdisjoint(method.scopes | {CLOUD_PLATFORM}):
            raise insufficient_scopes(method.id)
        project = _project_of(parameters) or self._settings.project
        if method.service == "compute" and project != self._settings.project:
            raise not_found(f"projects/{project}")
        policy = read_policy(find_project(transaction, project))
        api = f"{method.service}.googleapis.com"
        if not is_enabled(transaction, project, api):
            raise service_disabled(api, project)
        permission = required_permission(method.id)
        if not allowed(policy.get("bindings", []), caller.principal, permission):
            raise forbidden(permission, _resource_name(method, parameters))


def _project_of(parameters: dict[str, Any]) -> str:
    for name in _CONTAINER_FIELDS:
        value = str(parameters.get(name, ""))
        if name in ("project", "projectId") and value:
            return value
        if value.startswith("projects/"):
            return value.split("/")[1]
    # Resource Manager v1 names the project itself: `resource` is its bare id.
    resource = str(parameters.get("resource", ""))
    return "" if "/" in resource else resource


def _with_project(name: str, value: str, aliases: frozenset[str], project: str) -> str:
    if name in ("project", "projectId", "resource") and value in aliases:
        return project
    kind, slash, rest = value.partition("/")
    first, more, tail = rest.partition("/")
    return f"projects/{project}{more}{tail}" if kind == "projects" and slash and first in aliases else value


def _resource_name(method: Method, parameters: dict[str, Any]) -> str:
    """What a 403 names: the relative name of the resource, or of the container of a list or insert."""
    if method.service != "compute":
        return next((str(parameters[name]) for name in _CONTAINER_FIELDS if name in parameters), method.id)
    text = method.flat_path
    for name, value in parameters.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text.removesuffix(f"/{method.verb}")


def _read_json(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise malformed_body(str(error)) from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _error_body(error: ApiError, service: str) -> Document:
    """Compute Engine answers in the older shape with `errors`; the other services by AIP-193, with a status word."""
    if service == "compute":
        return error.body()
    word = _REASON_WORDS.get(error.reason) or _STATUS_WORDS.get(error.code, "UNKNOWN")
    body: Document = {"code": error.code, "message": error.message, "status": word}
    if detail := _ERROR_INFO.get(error.reason):
        body["details"] = [{"@type": _ERROR_INFO_TYPE, "reason": detail, "domain": "googleapis.com"}]
    return {"error": body}
