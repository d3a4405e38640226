"""The headers of every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flaskscale_app import create_app
from flaskscale_app.settings import Settings

from tests.unit.app.cloud_stand_in import Cloud

SCRIPTLESS = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def client(cloud: Cloud) -> Iterator[FlaskClient]:
    with create_app(Settings(metadata_host=cloud.host)).test_client() as client:
        yield client


@pytest.mark.parametrize("path", ["/health", "/absent", "/static/fleet.css"])
def test_every_answer_forbids_what_it_does_not_need(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        assert response.headers["Content-Security-Policy"] == SCRIPTLESS
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Permissions-Policy"].startswith("camera=()")


def test_static_files_are_kept_only_under_their_own_hash(client: FlaskClient) -> None:
    with client.application.test_request_context():
        url = client.application.url_for("static", filename="fleet.css")
    assert re.fullmatch(r"/static/fleet\.css\?v=[0-9a-f]{12}", url)
    kept = {
        url: "public, max-age=31536000, immutable",
        "/static/fleet.css?v=000000000000": "no-cache",
        "/static/fleet.css": "no-cache",
        "/health": "no-store",
    }
    for path, expected in kept.items():
        with client.get(path) as response:
            assert response.headers["Cache-Control"] == expected


def test_a_static_path_cannot_leave_its_folder(client: FlaskClient) -> None:
    assert client.get("/static/../settings.py").status_code == 404
    assert client.get("/static/%2e%2e/settings.py").status_code == 404
