"""The page, the plain-text routes, the page's JSON and the burn.

Plain-text answers have no line end after the last line.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from .errors import SourceUnavailableError, StressRefusedError, stress_from_another_site, stress_while_draining
from .fleet import Instance
from .metadata import identity_of_host
from .overview import overview
from .services import current_services

blueprint = Blueprint("flaskscale", __name__)

_OWN_PAGE = frozenset({"same-origin", "none"})


@blueprint.get("/")
def page() -> str:
    """The page. 200 also when the Compute API or the metadata server fails: the page says so."""
    return render_template("fleet.html", fleet=overview(current_services()))


@blueprint.get("/fleet.json")
def fleet_json() -> Response:
    """The page's figures as JSON, from the same cache; see overview.overview for the document."""
    return jsonify(overview(current_services()))


@blueprint.get("/health")
def health() -> Response:
    """200 while this process serves, 503 once it drains. Asks nothing outside the process."""
    if current_services().draining.active:
        return _plain("status: draining", 503)
    return _plain("status: healthy")


@blueprint.get("/instances")
def instances() -> Response:
    """One VM a line: name, status, internal IP, external IP; `none` for an address it does not have.

    The header X-Fleet-Age-Seconds says how old the list is. 503 with a sentence when it was never read.
    """
    reading = current_services().fleet.get()
    if reading.value is None:
        return _plain(reading.error or "", 503)
    response = _plain("\n".join(_line(machine) for machine in reading.value.machines))
    response.headers["X-Fleet-Age-Seconds"] = f"{reading.age_seconds:.1f}"
    return response


@blueprint.get("/external-ip")
def external_ip() -> Response:
    """This instance's public address from the metadata server, `none` without one; 503 with a sentence."""
    try:
        return _plain(current_services().metadata.external_ip() or "none")
    except SourceUnavailableError as unavailable:
        return _plain(str(unavailable), 503)


@blueprint.get("/internal-ip")
def internal_ip() -> Response:
    """This instance's address in its network from the metadata server; 503 with a sentence."""
    try:
        return _plain(current_services().metadata.internal_ip())
    except SourceUnavailableError as unavailable:
        return _plain(str(unavailable), 503)


@blueprint.get("/test-access")
def test_access() -> Response:
    """Whether the Compute API can be read with this instance's credentials: 200, or 503 with the reason."""
    reading = current_services().fleet.get()
    if reading.value is None or reading.error is not None:
        return _plain(f"access: failed\n{reading.error}", 503)
    return _plain(f"access: ok\nThe Compute API lists {len(reading.value.machines)} instances")


@blueprint.post("/stress")
def stress() -> Response:
    """Burn CPU on the instance that answers for ?seconds=N (query or form): 202, or 400, 403, 409, 503."""
    services = current_services()
    site = request.headers.get("Sec-Fetch-Site")
    try:
        if services.draining.active:
            raise stress_while_draining()
        if site is not None and site not in _OWN_PAGE:
            raise stress_from_another_site(request.headers.get("Origin", site))
        seconds = services.stress.start(request.values.get("seconds"))
    except StressRefusedError as refused:
        response = _plain(str(refused), refused.status)
        if refused.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(refused.retry_after_seconds)
        return response
    name = (services.identity.get().value or identity_of_host()).name
    return _plain(f"{name} burns CPU for {seconds} s", 202)


def register_error_pages(app: Flask) -> None:
    """Answer errors in plain text, as every route but the page does."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        response = _plain(f"{error.code} {error.name}", error.code or 500)
        for name, value in error.get_headers():
            response.headers.setdefault(name, value)  # a 405 says which methods are allowed
        return response


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _line(machine: Instance) -> str:
    return f"{machine.name}, {machine.status}, {machine.internal_ip or 'none'}, {machine.external_ip or 'none'}"
