"""Headers that tell a browser what this application never does, and how its answers may be kept."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(app: Flask) -> None:
    """Add the headers to every response, the nonce to templates, and a content hash to static URLs."""
    app.context_processor(lambda: {"csp_nonce": _nonce()})
    app.url_defaults(lambda endpoint, values: _add_content_hash(app, endpoint, values))
    app.after_request(lambda response: _add_headers(app, response))


def content_security_policy(nonce: str | None) -> str:
    """Everything from this host alone; scripts only those that carry this response's nonce, none without one."""
    scripts = f"'nonce-{nonce}'" if nonce else "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _nonce() -> str:
    """This request's nonce, made when a template first asks for it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _add_headers(app: Flask, response: Response) -> Response:
    response.headers.update(_FIXED)
    response.headers["Content-Security-Policy"] = content_security_policy(g.get("csp_nonce"))
    response.headers["Cache-Control"] = _cache_control(app)
    return response


def _cache_control(app: Flask) -> str:
    """For ever for a static file asked for by its content's hash, never for anything else.

    During a rollout two releases answer under one name. A file asked for with another release's hash is therefore
    served, but not kept under that hash.
    """
    if request.endpoint == "static" and request.view_args:
        known = _content_hash(app, request.view_args["filename"])
        if known is not None and request.args.get("v") == known:
            return "public, max-age=31536000, immutable"
        return "no-cache"
    return "no-store"


def _add_content_hash(app: Flask, endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values:
        values["v"] = _content_hash(app, values["filename"])


def _content_hash(app: Flask, filename: str) -> str | None:
    if app.static_folder is None:
        return None
    return _hash_file(Path(app.static_folder) / filename)


@cache
def _hash_file(path: Path) -> str | None:
    """The files of a release never change while it runs, so each is read once."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        return None
