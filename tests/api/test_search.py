from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.errors import Unavailable
from library.http.services import Services
from library.search.null import NullEngine
from library.search.port import Query, Results
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_codes, make_institution, make_work

BASE = "https://library.example.org"


@pytest.fixture
def filled(session: Session, indexed: Callable[[], None]) -> None:
    make_codes(session)
    make_institution(session)
    make_work(
        session,
        languages=("en", "zh-Hans"),
        sections={
            "contactor": {
                "en": "# The contactor\n\nA contactor is a switch that is worked by a coil.\n",
                "zh-Hans": "# 接触器\n\n接触器是由线圈操作的开关。\n",
            }
        },
        level="secondary",
        codes=["isced-f-2013:0713"],
        institutions=["mbeya-college"],
        countries=["TZ"],
    )
    make_work(session, kind="lesson", key="wires", languages=("fr",))
    indexed()


def search(client: FlaskClient, query: str, status: int = 200) -> Any:
    response = client.get(f"/api/v1/search?{query}")
    assert response.status_code == status, response.text
    return response.get_json()


@pytest.mark.usefixtures("filled")
def test_a_hit_leads_to_the_section_that_says_it(client: FlaskClient) -> None:
    said = search(client, "q=coil&lang=en")
    assert said["total"] == 1
    hit = said["hits"][0]
    assert (hit["key"], hit["kind"], hit["lang"]) == ("measuring-safely", "course", "en")
    assert hit["title"] == "Measuring safely"
    assert hit["url"] == f"{BASE}/en/courses/measuring-safely"
    assert hit["languages"] == ["en", "zh-Hans"]
    section = hit["section"]
    assert section["title"] == "The contactor"
    assert section["url"].startswith(f"{BASE}/en/courses/measuring-safely/contactor#b-")
    assert "worked by a coil" in section["snippet"]


@pytest.mark.usefixtures("filled")
def test_what_a_works_own_page_says_is_no_section(client: FlaskClient) -> None:
    hit = search(client, "q=voltage+current")["hits"][0]
    assert hit["section"] is None
    assert "voltage" in hit["snippet"]


@pytest.mark.usefixtures("filled")
def test_text_of_another_language_is_found_and_says_its_language(client: FlaskClient) -> None:
    hit = search(client, "q=线圈&lang=en")["hits"][0]
    assert hit["lang"] == "en"
    assert hit["section"]["lang"] == "zh-Hans"
    assert hit["section"]["url"].startswith(f"{BASE}/zh-Hans/")


@pytest.mark.usefixtures("filled")
def test_facets_are_named_like_the_parameters_that_choose_from_them(client: FlaskClient) -> None:
    facets = search(client, "q=contactor")["facets"]
    assert facets["kind"] == {"course": 1}
    assert facets["subject"] == {"0713": 1}
    assert facets["institution"] == {"mbeya-college": 1}
    assert facets["country"] == {"TZ": 1}
    assert facets["level"] == {"secondary": 1}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "filters",
    [
        "kind=lesson",
        "language=fr",
        "subject=0111",
        "level=bachelor",
        "institution=no",
        "country=KH",
    ],
)
def test_filters_narrow(client: FlaskClient, filters: str) -> None:
    assert search(client, f"q=contactor&{filters}")["hits"] == []


@pytest.mark.usefixtures("filled")
def test_filters_that_fit_leave_what_fits_all_of_them(client: FlaskClient) -> None:
    fitting = "kind=course&kind=lesson&language=en&subject=0713&level=secondary&country=tz"
    assert search(client, f"q=contactor&{fitting}")["total"] == 1


@pytest.mark.usefixtures("filled")
def test_pages_do_not_overlap(client: FlaskClient) -> None:
    first = search(client, "q=courant+current&limit=1")
    second = search(client, "q=courant+current&limit=1&offset=1")
    assert first["total"] == second["total"] == 2
    assert {hit["key"] for said in (first, second) for hit in said["hits"]} == {
        "measuring-safely",
        "wires",
    }
    assert search(client, "q=courant&offset=9999")["hits"] == []


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=",
        "q=%00",
        "q=%ff%fe%ed%a0%80",
        "q=%22unbalanced",
        "q=AND+OR+NOT+(((&lang=km",
        "q=%F0%9F%91%A9%E2%80%8D%F0%9F%94%A7",
        "q=" + "%E0%B9%84" * 500,
        "q=*&offset=10000&limit=100",
    ],
)
def test_no_query_is_too_strange(client: FlaskClient, query: str) -> None:
    said = search(client, query)
    assert len(said["hits"]) <= said["total"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("q=x&limit=101", "limit"),
        ("q=x&offset=-1", "offset"),
        ("q=x&offset=99999999999999999999", "offset"),
        ("q=x&lang=klingonese", "lang"),
        ("q=x&kind=novel", "kind"),
        ("q=x&subjects=0713", "subjects"),
        ("q=x&q=y", "q"),
        ("q=" + "x" * 501, "q"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, query: str, name: str) -> None:
    response = client.get(f"/api/v1/search?{query}")
    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["parameter"] == name
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_an_index_that_is_away_is_a_problem_of_its_own(
    services: Services, client: FlaskClient
) -> None:
    class Away(NullEngine):
        def search(self, query: Query) -> Results:
            raise Unavailable("The search index is being built anew.")

    services.search = Away()
    assert search(client, "q=x", status=503)["detail"] == "The search index is being built anew."


def test_search_results_are_not_kept_as_pages(client: FlaskClient) -> None:
    assert "max-age=60" in client.get("/api/v1/search?q=x").headers["Cache-Control"]


def test_other_words_are_searched_for_and_told_unless_told_not_to(
    session: Session, indexed: Callable[[], None], client: FlaskClient
) -> None:
    make_work(session, key="cables", languages=("fr",))
    store_concept(
        session,
        ConceptDraft(
            key="electric-wire",
            source_language="en",
            languages={
                "en": LanguageDraft([TermDraft("electric wire")]),
                "fr": LanguageDraft([TermDraft("fil")]),
                "ru": LanguageDraft([TermDraft("провод")]),
            },
        ),
    )
    indexed()
    found = search(client, "q=electric+wires&lang=en&kind=course")
    assert [hit["key"] for hit in found["hits"]] == ["cables"]
    # There is no work in Russian.
    assert found["also"] == [{"text": "fil", "lang": "fr", "concept": "electric-wire"}]
    alone = search(client, "q=electric+wires&lang=en&kind=course&also=no")
    assert (alone["total"], alone["also"]) == (0, [])
    assert search(client, "also=often", 422)["parameter"] == "also"
