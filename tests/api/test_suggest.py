from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.http.services import Services
from tests.factories import make_work

BASE = "https://library.example.org"


@pytest.fixture
def filled(session: Session) -> None:
    make_work(
        session,
        key="cold-chain",
        languages=["en", "zh-Hans"],
        texts={
            "en": "# Refrigeration and Cold-Chain Technology\n\nKeep it cold.",
            "zh-Hans": "# 制冷与冷链技术\n\n保持低温。",
        },
        sections={"store": {"en": "# The cold store\n\nText.", "zh-Hans": "# 冷库\n\n文。"}},
    )
    session.commit()


def suggest(client: FlaskClient, query: str, status: int = 200) -> Any:
    response = client.get(f"/api/v1/suggest?{query}")
    assert response.status_code == status, response.text
    return response.get_json()


@pytest.mark.usefixtures("filled")
def test_a_beginning_is_completed(client: FlaskClient) -> None:
    work, section = suggest(client, "q=cold&lang=en")["suggestions"]
    assert work == {
        "text": "Refrigeration and Cold-Chain Technology",
        "lang": "en",
        "kind": "course",
        "url": f"{BASE}/en/courses/cold-chain",
        "within": None,
        "within_lang": None,
    }
    assert section["url"] == f"{BASE}/en/courses/cold-chain/store"
    assert (section["kind"], section["within_lang"]) == ("section", "en")


@pytest.mark.usefixtures("filled")
def test_addresses_are_in_the_readers_language(client: FlaskClient) -> None:
    (found,) = suggest(client, "q=zhileng&lang=fr")["suggestions"]
    assert (found["lang"], found["url"]) == ("zh-Hans", f"{BASE}/fr/courses/cold-chain")
    (found,) = suggest(client, "q=制冷")["suggestions"]
    assert found["url"].startswith(f"{BASE}/en/")


@pytest.mark.usefixtures("filled")
def test_nothing_typed_is_completed_by_nothing(client: FlaskClient) -> None:
    for query in ("", "q=", "q=%3F%3F", "q=%00", "q=zzz"):
        assert suggest(client, query) == {"suggestions": []}


@pytest.mark.usefixtures("filled")
def test_suggestions_are_limited(client: FlaskClient) -> None:
    assert len(suggest(client, "q=cold&limit=1")["suggestions"]) == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=21", "limit=x", "lang=klingonish", "page=2"])
def test_a_wrong_parameter_is_refused(client: FlaskClient, query: str) -> None:
    assert suggest(client, query, 422)["parameter"] == query.partition("=")[0]


def test_what_is_too_long_is_refused(client: FlaskClient) -> None:
    suggest(client, "q=" + "x" * 500)
    suggest(client, "q=" + "x" * 501, 422)


@pytest.mark.usefixtures("filled")
def test_an_answer_may_be_kept_for_a_minute_and_asked_for_again(client: FlaskClient) -> None:
    first = client.get("/api/v1/suggest?q=cold")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/api/v1/suggest?q=cold", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    other = client.get("/api/v1/suggest?q=zzz", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.usefixtures("filled")
def test_a_vocabulary_that_is_not_there_yet_or_damaged_completes_nothing(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.vocabulary, "get", lambda *_, **__: None)
    assert suggest(client, "q=cold") == {"suggestions": []}
    monkeypatch.undo()
    there = services.vocabulary.get(services.factory, number=services.changes.number())
    assert there is not None
    broken = there.titles._file
    monkeypatch.setattr(broken, "_bytes", b"")
    assert suggest(client, "q=cold") == {"suggestions": []}
    assert len(suggest(client, "q=cold")["suggestions"]) == 2  # made anew
