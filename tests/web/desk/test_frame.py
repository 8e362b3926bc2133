"""The frame of the desk: who gets in, what is kept, and that changes come from our own pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.models import Person
from tests.people import DeskClient, make_person, signed_in, visitor


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, roles=["author"])
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


def test_who_is_not_signed_in_is_led_to_the_door_and_back(app: Flask) -> None:
    answer = visitor(app).get("/en/desk?x=1")
    assert answer.status_code == 303
    assert answer.location == "/en/desk/sign-in?next=%2Fen%2Fdesk%3Fx%3D1"


def test_a_script_is_told_that_it_has_to_sign_in(app: Flask) -> None:
    answer = visitor(app).get("/en/desk", headers={"Sec-Fetch-Dest": "empty"})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


def test_pages_of_the_desk_are_kept_by_nobody(asha: DeskClient) -> None:
    for path in ("/en/desk", "/en/desk/nowhere"):
        answer = asha.get(path)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "Asha Mushi" in answer.text


def test_a_page_of_one_person_is_never_shown_to_another(asha: DeskClient, app: Flask) -> None:
    assert asha.get("/en/desk").status_code == 200
    assert visitor(app).get("/en/desk").status_code == 303
    assert "Asha" not in visitor(app).get("/en/desk/nowhere").text


def test_readers_pages_set_no_cookie_and_know_nobody(asha: DeskClient) -> None:
    for path in ("/en/", "/en/courses", "/en/about", "/nowhere"):
        answer = asha.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Asha" not in answer.text


def test_crawlers_are_asked_to_stay_away(asha: DeskClient) -> None:
    assert "Disallow: /*/desk" in asha.get("/robots.txt").text


@pytest.mark.parametrize("lang", ["en", "ar", "zh-Hans"])
def test_the_desk_speaks_the_language_of_its_address(asha: DeskClient, lang: str) -> None:
    text = asha.get(f"/{lang}/desk").text
    assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in text


def test_a_slash_too_many_leads_to_the_one_address(asha: DeskClient) -> None:
    answer = asha.get("/zh-CN/desk/")
    assert (answer.status_code, answer.location) == (308, "/zh-Hans/desk")


def test_the_switch_of_languages_leads_to_a_page_also_after_a_form(asha: DeskClient) -> None:
    answer = asha.send("/en/desk/account/name", {"name": " "}, page="/en/desk/account")
    assert answer.status_code == 422
    found = re.search(r'href="(/fr/desk[^"]*)" hreflang="fr"', answer.text)
    assert found
    assert found[1] == "/fr/desk/account"
    assert asha.get(found[1]).status_code == 200


def test_pages_say_which_language_they_are_in_and_have_one_main_heading(asha: DeskClient) -> None:
    for path in ("/en/desk", "/en/desk/account", "/en/desk/account/codes", "/en/desk/nowhere"):
        text = asha.get(path).text
        assert text.count("<h1") == 1, path
        assert text.count("<main") == 1, path
        assert 'name="robots" content="noindex"' in text


def test_a_site_that_only_looks_does_not_hold_what_signing_in_needs(tmp_path: Path) -> None:
    """Memory of web workers: what only some requests need is imported by them."""
    program = (
        "import sys; from library.app import create_app; create_app(); "
        "print([m for m in ('argon2','authlib','joserfc','cryptography','requests','smtplib',"
        "'segno','boto3') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LIBRARY_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
