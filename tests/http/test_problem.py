from __future__ import annotations

import datetime as dt
import json

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed

from library.errors import Gone, LibraryError, NotFound, Unavailable
from library.http.problem import problem


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("No such work.", key="x"), 404),
        (Unavailable("The index is away."), 503),
        (LibraryError(), 500),
        (MethodNotAllowed(valid_methods=["GET"]), 405),
        (ValueError("secret inside"), 500),
    ],
)
def test_every_error_becomes_a_problem_with_its_status(error: Exception, status: int) -> None:
    with Flask("test").test_request_context("/api/v1/x"):
        answer = problem(error)
    body = json.loads(answer.get_data())
    assert answer.status_code == body["status"] == status
    assert answer.mimetype == "application/problem+json"
    assert body["instance"] == "/api/v1/x"
    assert "secret" not in json.dumps(body)


def test_the_allowed_methods_are_said() -> None:
    with Flask("test").test_request_context("/api/v1/x"):
        assert problem(MethodNotAllowed(valid_methods=["GET"])).headers["Allow"] == "GET"


def test_details_are_told_but_never_in_the_place_of_a_members_own() -> None:
    withdrawn = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    gone = Gone("It was withdrawn.", title="Safety", status="x", withdrawn_at=withdrawn)
    with Flask("test").test_request_context("/api/v1/x"):
        body = json.loads(problem(gone).get_data())
    assert body["title"] == "This was withdrawn"
    assert body["status"] == 410
    assert body["withdrawn_at"] == "2026-11-21T00:00:00+00:00"
