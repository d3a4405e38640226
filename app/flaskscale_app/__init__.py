"""FlaskScale's application: a page and a few plain-text routes that show the fleet they are served by."""

from __future__ import annotations

from flask import Flask

from . import routes, security
from .services import EXTENSION, Services
from .settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None, services: Services | None = None) -> Flask:
    """Make the Flask application.

    settings: what the environment says when None (raises errors.SettingError for a value it refuses).
    services: what talks to the outside (metadata server, Compute API, /proc); made from settings when None.
    """
    if services is None:
        services = Services.from_settings(settings or Settings.from_environment())
    app = Flask(__name__)
    app.extensions[EXTENSION] = services
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base does not
    app.register_blueprint(routes.blueprint)
    routes.register_error_pages(app)
    security.protect(app)
    return app
