from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from library.api import health
from library.api.health import LASTS, Readiness
from library.catalogue.health import Finding
from library.db import make_engine, make_session_factory, migrate
from library.http.services import Services
from library.jobs.change_watch import ChangeWatch

FINE = (
    Finding("database", True, "It answers."),
    Finding("schema", True, "It is up to date."),
    Finding("index", True, "It can be searched."),
    Finding("media", True, "It can be written."),
    Finding("worker", True, "Nothing waits."),
)


def answer(app: Flask, findings: Sequence[Finding]) -> tuple[int, dict[str, dict[str, object]]]:
    app.extensions[health.EXTENSION] = Readiness(ask=lambda _parts: list(findings))
    response = app.test_client().get("/readyz")
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, {part["part"]: part for part in response.get_json()["parts"]}


def test_a_process_lives_without_asking_its_database(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    away = make_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}")
    services.engine, services.factory = away, make_session_factory(away)
    services.changes = ChangeWatch(away)
    response = client.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_a_library_is_ready_when_all_parts_are(app: Flask) -> None:
    status, parts = answer(app, FINE)
    assert status == 200
    assert parts["media"]["message"] == "It can be written."


@pytest.mark.parametrize("part", ["database", "schema", "index", "media"])
def test_a_part_that_readers_need_makes_it_not_ready(app: Flask, part: str) -> None:
    broken = [
        Finding(part, False, "password=hunter2 at 10.0.0.7") if f.part == part else f for f in FINE
    ]
    status, parts = answer(app, broken)
    assert status == 503
    assert parts[part]["ok"] is False
    assert str(parts[part]["message"]).endswith(".")
    assert "hunter2" not in str(parts)


def test_a_worker_that_lags_is_said_but_readers_are_still_served(app: Flask) -> None:
    status, parts = answer(app, [*FINE[:4], Finding("worker", False, "…")])
    assert status == 200
    assert parts["worker"]["ok"] is False


def test_the_parts_are_asked_only_now_and_then(services: Services) -> None:
    asked: list[int] = []
    now = 0.0

    def ask(_parts: Services) -> list[Finding]:
        asked.append(1)
        return list(FINE)

    readiness = Readiness(ask=ask, clock=lambda: now)
    readiness.findings(services)
    now = LASTS - 0.1
    readiness.findings(services)
    assert len(asked) == 1
    now = LASTS
    readiness.findings(services)
    assert len(asked) == 2


def test_a_database_without_its_schema_is_not_ready_and_with_it_is(
    client: FlaskClient, app: Flask, services: Services, tmp_path: Path
) -> None:
    fresh: Engine = make_engine(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    services.engine, services.factory = fresh, make_session_factory(fresh)
    response = client.get("/readyz")
    assert response.status_code == 503
    failed = [part["part"] for part in response.get_json()["parts"] if not part["ok"]]
    assert failed == ["schema"]
    migrate.upgrade(fresh)
    app.extensions[health.EXTENSION] = Readiness()
    response = client.get("/readyz")
    assert response.status_code == 200, response.text
    fresh.dispose()


def test_a_database_that_is_away_is_named(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    away = make_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}")
    services.engine, services.factory = away, make_session_factory(away)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["parts"][0] == {
        "part": "database",
        "ok": False,
        "message": "The database does not answer.",
    }


def test_a_part_that_is_slow_to_answer_holds_up_only_who_asked_first(services: Services) -> None:
    asked, go_on = threading.Event(), threading.Event()
    now = 0.0

    def ask(_parts: Services) -> list[Finding]:
        if now:
            asked.set()
            assert go_on.wait(10)
        return list(FINE)

    readiness = Readiness(ask=ask, clock=lambda: now)
    readiness.findings(services)
    now = LASTS + 1
    first = threading.Thread(target=readiness.findings, args=(services,))
    first.start()
    try:
        assert asked.wait(10)
        assert readiness.findings(services) == list(FINE), "the last answer, at once"
    finally:
        go_on.set()
        first.join()
