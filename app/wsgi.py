"""The WSGI entry point: `gunicorn wsgi:application`."""

from __future__ import annotations

from flaskscale_app import create_app

application = create_app()
