"""Codes of a device: those of RFC 6238, each taken once; codes on paper."""

from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy.orm import Session

from library.accounts import codes
from library.accounts.models import Person
from tests.people import make_person

KEY = "the site's key"
NOW = dt.datetime(2026, 3, 1, 12, 0, 10, tzinfo=dt.UTC)
STEP = dt.timedelta(seconds=codes.PERIOD)


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session)
    codes.prepare(session, made)
    return made


def _code(person: Person, now: dt.datetime) -> str:
    return codes.code_at(codes.secret(person, key=KEY), codes.step_at(now))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert codes.code_at(b"12345678901234567890", seconds // 30) == code


def test_a_code_is_taken_once(session: Session, person: Person) -> None:
    code = _code(person, NOW)
    assert codes.take(session, person, code, key=KEY, now=NOW)
    assert not codes.take(session, person, code, key=KEY, now=NOW)
    assert not codes.take(session, person, code, key=KEY, now=NOW + STEP)


def test_an_older_code_is_not_taken_after_a_newer_one(session: Session, person: Person) -> None:
    assert codes.take(session, person, _code(person, NOW), key=KEY, now=NOW)
    assert not codes.take(session, person, _code(person, NOW - STEP), key=KEY, now=NOW)
    assert codes.take(session, person, _code(person, NOW + STEP), key=KEY, now=NOW + STEP)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_device_may_be_half_a_minute_wrong(
    session: Session, person: Person, steps: int, taken: bool
) -> None:
    assert codes.take(session, person, _code(person, NOW + steps * STEP), key=KEY, now=NOW) is taken


def test_figures_of_any_script_and_spaces_are_read(session: Session, person: Person) -> None:
    code = _code(person, NOW)
    arabic = "".join(chr(0x0660 + int(digit)) for digit in code)
    assert codes.take(session, person, f"{arabic[:3]} {arabic[3:]}", key=KEY, now=NOW)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "²²²²²²", "-12345"])
def test_what_is_no_code_is_refused(session: Session, person: Person, typed: str) -> None:
    assert not codes.take(session, person, typed, key=KEY, now=NOW)


def test_who_reads_the_database_cannot_make_codes(session: Session, person: Person) -> None:
    assert codes.secret(person, key=KEY) != codes.secret(person, key="another key")


def test_codes_are_asked_for_once_one_was_right(session: Session, person: Person) -> None:
    assert codes.confirm(session, person, "000000", key=KEY, now=NOW) is None
    assert person.code_since is None
    paper = codes.confirm(session, person, _code(person, NOW), key=KEY, now=NOW)
    assert paper is not None
    assert person.code_since == NOW
    assert len(set(paper)) == codes.ON_PAPER == codes.left_on_paper(session, person)


def test_a_code_on_paper_works_once_and_only_for_its_owner(
    session: Session, person: Person
) -> None:
    other = make_person(session, email="b@example.org")
    code = codes.new_paper(session, person)[0]
    assert not codes.take_paper(session, other, code)
    assert codes.take_paper(session, person, f" {code.upper()} ")
    assert not codes.take_paper(session, person, code)


def test_new_codes_on_paper_take_the_place_of_the_old(session: Session, person: Person) -> None:
    old = codes.new_paper(session, person)[0]
    codes.new_paper(session, person)
    assert not codes.take_paper(session, person, old)


def test_nothing_is_left_when_codes_stop(session: Session, person: Person) -> None:
    codes.confirm(session, person, _code(person, NOW), key=KEY, now=NOW)
    codes.stop(session, person)
    assert (person.code_salt, person.code_since, codes.left_on_paper(session, person)) == (
        None,
        None,
        0,
    )


def test_the_picture_says_what_devices_read(person: Person) -> None:
    shared = codes.secret(person, key=KEY)
    told = urlsplit(codes.address(shared, email="a+b@example.org", site="Library: North"))
    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert unquote(told.path) == "/Library  North:a+b@example.org"
    query = {name: values[0] for name, values in parse_qs(told.query).items()}
    assert base64.b32decode(query["secret"]) == shared
    assert query["issuer"] == "Library  North"
    assert (query["digits"], query["period"], query["algorithm"]) == ("6", "30", "SHA1")
    assert codes.written(shared).replace(" ", "") == query["secret"]
