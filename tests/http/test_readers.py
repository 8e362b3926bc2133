"""Readings of works are counted: by browsers, kept page or not; machines and who only looks ahead are not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.app import create_app
from library.catalogue.models import WorkUse
from library.http.readers import country_code, is_browser
from library.http.services import Services
from tests.factories import make_work

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = "/en/courses/measuring-safely/first-steps"


@pytest.fixture
def counted(services: Services, session: Session) -> Iterator[Flask]:
    make_work(session)
    session.commit()
    services.settings = dataclasses.replace(services.settings, country_header="X-Country")
    made = create_app(services=services)
    yield made
    services.use.close()


def _rows(services: Services, session: Session) -> dict[tuple[str, str], int]:
    services.use.flush(services.factory)
    session.rollback()
    return {(row.lang, row.country): row.count for row in session.scalars(select(WorkUse))}


def test_pages_count_whether_they_are_kept_or_made(
    counted: Flask, services: Services, session: Session
) -> None:
    client = counted.test_client()
    headers = {"User-Agent": FIREFOX, "X-Country": "tz", "Accept-Encoding": "gzip"}
    first = client.get(PAGE, headers=headers)
    client.get(PAGE, headers=headers)
    again = client.get(PAGE, headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    client.get("/en/courses/measuring-safely", headers={**headers, "X-Country": "?"})
    client.get("/zh-Hans/courses/measuring-safely", headers=headers)
    assert _rows(services, session) == {("en", "TZ"): 3, ("en", ""): 1, ("zh-Hans", "TZ"): 1}


def test_what_nobody_reads_does_not_count(
    counted: Flask, services: Services, session: Session
) -> None:
    client = counted.test_client()
    for _ in range(2):
        client.get(
            PAGE, headers={"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://x)"}
        )
        client.get(PAGE)
        client.get(PAGE, headers={"User-Agent": FIREFOX, "Sec-Purpose": "prefetch"})
        client.head(PAGE, headers={"User-Agent": FIREFOX})
        client.get("/en/", headers={"User-Agent": FIREFOX})
        client.get("/en/courses/nowhere", headers={"User-Agent": FIREFOX})
    assert _rows(services, session) == {}


def test_nothing_of_a_person_is_kept() -> None:
    assert {column.name for column in WorkUse.__table__.columns} == {
        "month",
        "work_id",
        "lang",
        "country",
        "count",
    }


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        "Mozilla/5.0 (Linux; Android 14; SM-A055F) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/138.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1/28.3692; U; en) Presto/2.8.119 Version/11.10",
        "UCWEB/2.0 (MIDP-2.0; U; Adr 9.0.0; en-US; itel) U2/1.0.0 UCBrowser/12.15",
        "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/120 Mobile Safari/537",
    ],
)
def test_browsers_are_known(agent: str) -> None:
    # A telephone called CUBOT is no robot.
    assert is_browser(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "curl/8.5.0",
        "python-requests/2.32",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0 Safari/537.36",
        "Mozilla/5.0 (compatible; archive.org_bot)",
        "MortiseLinkCheck/1.0",
    ],
)
def test_machines_are_known(agent: str) -> None:
    assert not is_browser(agent)


def test_countries_are_two_letters_or_nothing() -> None:
    assert [country_code(said) for said in ("TZ", " cn ", "XX", "T1", "<b", "TZA", "é1", "")] == [
        "TZ",
        "CN",
        "",
        "",
        "",
        "",
        "",
        "",
    ]
