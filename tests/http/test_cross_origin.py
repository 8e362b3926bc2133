from __future__ import annotations

import pytest
from flask import Flask

from library.http.cross_origin import open_to_all


@pytest.fixture
def app() -> Flask:
    made = Flask("test")
    made.add_url_rule("/open/x", "open", lambda: "open")
    made.add_url_rule("/closed", "closed", lambda: "closed")
    open_to_all(made, fits=lambda path: path.startswith("/open/"))
    return made


def test_only_what_fits_is_open(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/open/x").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/closed").headers
    # What is not there is open too, or a script could not read why.
    assert client.get("/open/nothing").headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered_and_allows_reading_only(app: Flask) -> None:
    response = app.test_client().options("/open/x")
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "Access-Control-Allow-Credentials" not in response.headers
