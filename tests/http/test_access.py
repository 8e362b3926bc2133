"""Deny by default: an address that nobody thought about is open to nobody."""

from __future__ import annotations

import pytest
from flask import Flask

from library.errors import Forbidden
from library.http import access


def test_an_address_that_is_not_in_the_table_is_refused() -> None:
    app = Flask("test")
    app.testing = True
    access.init_app(app)
    app.add_url_rule("/new", endpoint="new", view_func=lambda: "secret")
    with pytest.raises(Forbidden):
        app.test_client().get("/new")


def test_what_does_not_exist_is_not_found_rather_than_refused() -> None:
    app = Flask("test")
    access.init_app(app)
    assert app.test_client().get("/nowhere").status_code == 404
