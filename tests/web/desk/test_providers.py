"""Signing in at an institution's own provider: a real one, its keys and its lies."""

from __future__ import annotations

import dataclasses
import datetime as dt
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from library.accounts import links
from library.accounts import openid as openid_client
from library.accounts.models import Person
from library.accounts.permissions import Grant
from library.config import Settings
from library.db import utc_now
from tests.judges import openid
from tests.people import OPERATOR, DeskClient, make_person, visitor

BACK = "https://library.example.org/en/desk/sign-in/with/college/back"


@pytest.fixture
def college() -> Iterator[openid.Provider]:
    with openid.provider(BACK) as told:
        told.person = {
            "sub": "17",
            "email": "Asha@example.org",
            "email_verified": True,
            "name": "Asha of the college",
        }
        yield told


@pytest.fixture
def settings(settings: Settings, college: openid.Provider) -> Settings:
    path = settings.data / "sign-in.toml"
    path.write_text(
        f'[college]\nname = "Mbeya College"\nissuer = "{college.issuer}"\n'
        f'client_id = "{openid.CLIENT}"\nclient_secret = "{openid.SECRET}"\n'
        'domains = ["example.org"]\n'
    )
    return dataclasses.replace(settings, sign_in=path)


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, roles=["author"])
    session.commit()
    return made


class _StandStill(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def _at_the_provider(address: str) -> str:
    """What the browser does there: it is sent back at once."""
    try:
        urllib.request.build_opener(_StandStill).open(address, timeout=10)
    except urllib.error.HTTPError as error:
        with error:
            return str(error.headers["Location"])
    raise AssertionError("The provider did not send the browser back.")


def _out(client: DeskClient, query: str = "", lang: str = "en") -> str:
    answer = client.get(f"/{lang}/desk/sign-in/with/college{query}")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def _there_and_back(client: DeskClient, **options: str) -> TestResponse:
    back = urlsplit(_at_the_provider(_out(client, **options)))
    return client.get(f"{back.path}?{back.query}")


def _failed(answer: TestResponse, reason: str) -> bool:
    """Whether somebody was led back to the door, and why; nothing else stands in the address."""
    return str(answer.location) == f"/en/desk/sign-in?next=/en/desk&failed={reason}"


def _signed_in(client: DeskClient) -> bool:
    return client.get("/en/desk").status_code == 200


def test_the_sign_in_page_offers_the_provider(stranger: DeskClient) -> None:
    text = stranger.get("/en/desk/sign-in?next=/en/desk/people").text
    assert "Mbeya College" in text
    assert "/en/desk/sign-in/with/college?next=/en/desk/people" in text


def test_a_known_person_comes_in_and_goes_where_they_wanted(
    stranger: DeskClient, person: Person
) -> None:
    answer = _there_and_back(stranger, query="?next=/fr/desk/account", lang="fr")
    assert (answer.status_code, answer.location) == (303, "/fr/desk/account")
    assert _signed_in(stranger)
    assert "Mbeya College" in stranger.get("/en/desk/account").text


def test_an_invited_person_becomes_one_with_the_roles_of_the_invitation(
    stranger: DeskClient, session: Session
) -> None:
    roles = [Grant("publisher")]
    links.make_invitation(
        session, email="asha@example.org", name="", roles=roles, by=OPERATOR, now=utc_now()
    )
    session.commit()
    _there_and_back(stranger)
    assert "Asha of the college" in stranger.get("/en/desk").text
    assert "Publisher" not in stranger.get("/en/desk/people").text


def test_who_is_not_invited_is_sent_away_and_not_made_a_person(
    stranger: DeskClient, session: Session
) -> None:
    answer = _there_and_back(stranger)
    assert _failed(answer, "unknown")
    assert "invited" in stranger.get(answer.location).text
    assert not _signed_in(stranger)
    assert session.query(Person).count() == 0


@pytest.mark.parametrize("in_userinfo", [False, True])
@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_address_that_is_not_verified_is_not_believed(
    stranger: DeskClient,
    person: Person,
    college: openid.Provider,
    verified: object,
    in_userinfo: bool,
) -> None:
    college.person["email_verified"] = verified
    college.in_userinfo = in_userinfo
    assert _failed(_there_and_back(stranger), "unverified")
    assert not _signed_in(stranger)


def test_an_address_may_come_from_the_userinfo(
    stranger: DeskClient, person: Person, college: openid.Provider
) -> None:
    college.in_userinfo = True
    _there_and_back(stranger)
    assert _signed_in(stranger)


def test_the_userinfo_of_somebody_else_is_refused(
    stranger: DeskClient, person: Person, college: openid.Provider
) -> None:
    college.in_userinfo = True
    out = _out(stranger)
    back = urlsplit(_at_the_provider(out))
    college.person = {**college.person}
    original = college.userinfo
    college.userinfo = lambda authorization: (200, {**original(authorization)[1], "sub": "18"})  # type: ignore[method-assign]
    assert _failed(stranger.get(f"{back.path}?{back.query}"), "refused")
    assert not _signed_in(stranger)


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example.org"},
        {"aud": "another client"},
        {"aud": ["mortise", "another client"], "azp": "another client"},
        {"nonce": "another nonce, of a token that was caught"},
        {"nonce": None},
        {"exp": -3600},
        {"exp": None},
        {"iat": 86_400, "nbf": 86_400},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_and_now_is_refused(
    stranger: DeskClient, person: Person, college: openid.Provider, lies: dict[str, Any]
) -> None:
    # Times are told from now: processes that share the tests out must collect the same names.
    now = int(time.time())
    college.lies = {
        name: now + told if isinstance(told, int) else told for name, told in lies.items()
    }
    assert _failed(_there_and_back(stranger), "refused")
    assert not _signed_in(stranger)


@pytest.mark.parametrize("forgery", ["none", "shared secret", "another key"])
def test_a_token_that_the_provider_has_not_signed_is_refused(
    stranger: DeskClient, person: Person, college: openid.Provider, forgery: str
) -> None:
    if forgery == "none":
        college.header = {"alg": "none"}
    elif forgery == "shared secret":
        college.header, college.sign_with = {"alg": "HS256"}, openid.shared_secret()
    else:
        college.sign_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert _failed(_there_and_back(stranger), "refused")
    assert not _signed_in(stranger)


def test_a_way_back_that_began_in_another_browser_is_refused(
    app: Flask, stranger: DeskClient, person: Person
) -> None:
    """Else somebody could be signed in as the attacker, and work in their account."""
    back = urlsplit(_at_the_provider(_out(stranger)))
    other = visitor(app)
    assert _failed(other.get(f"{back.path}?{back.query}"), "foreign")
    _out(other)
    assert _failed(other.get(f"{back.path}?{back.query}"), "foreign")
    assert not _signed_in(other)


def test_a_way_back_works_once(stranger: DeskClient, person: Person, app: Flask) -> None:
    back = urlsplit(_at_the_provider(_out(stranger)))
    assert stranger.get(f"{back.path}?{back.query}").location == "/en/desk"
    assert _failed(stranger.get(f"{back.path}?{back.query}"), "foreign")


def test_each_way_out_has_its_own_state_nonce_and_challenge(
    stranger: DeskClient, college: openid.Provider
) -> None:
    for _ in range(2):
        _at_the_provider(_out(stranger))
    first, second = college.asked
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert len({first[name] for name in ("state", "nonce", "code_challenge")}) == 3


@pytest.mark.parametrize(
    ("error", "reason", "said"),
    [
        ("access_denied", "cancelled", "You turned back"),
        ("login_required", "cancelled", "You turned back"),
        ("server_error", "refused", "The provider did not let you in"),
    ],
)
def test_a_refusal_of_the_provider_is_said_and_nothing_of_it_shown(
    stranger: DeskClient,
    person: Person,
    college: openid.Provider,
    error: str,
    reason: str,
    said: str,
) -> None:
    college.refuse = error
    answer = _there_and_back(stranger)
    assert _failed(answer, reason)
    page = stranger.get(answer.location).text
    assert said in page
    assert error not in page


def test_a_provider_that_calls_itself_something_else_is_not_asked(
    stranger: DeskClient, college: openid.Provider
) -> None:
    college.metadata_lies = {"issuer": "https://evil.example.org"}
    answer = stranger.get("/en/desk/sign-in/with/college")
    assert _failed(answer, "away")


def test_the_code_of_a_device_is_asked_for_here_too(
    stranger: DeskClient, session: Session, person: Person
) -> None:
    person.code_salt, person.code_since = "ab", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    session.commit()
    answer = _there_and_back(stranger)
    assert urlsplit(answer.location).path == "/en/desk/sign-in/code"
    assert not _signed_in(stranger)


def test_an_unknown_provider_is_not_found(stranger: DeskClient) -> None:
    assert stranger.get("/en/desk/sign-in/with/nobody").status_code == 404
    assert stranger.get("/en/desk/sign-in/with/nobody/back").status_code == 404


def test_next_never_leads_elsewhere(stranger: DeskClient, person: Person) -> None:
    answer = _there_and_back(stranger, query="?next=https://evil.example.org/en/desk")
    assert answer.location == "/en/desk"


def test_the_client_secret_goes_to_the_provider_only(
    stranger: DeskClient, college: openid.Provider
) -> None:
    out = _out(stranger)
    assert openid.SECRET not in out
    asked = parse_qs(urlsplit(out).query)
    assert asked["redirect_uri"] == [BACK]
    assert openid.SECRET not in stranger.get("/en/desk/sign-in").text


def test_the_provider_of_one_institution_vouches_for_nobody_of_another(
    stranger: DeskClient, session: Session, college: openid.Provider
) -> None:
    make_person(session, email="root@library.example.net", roles=["administrator"])
    session.commit()
    college.person["email"] = "root@library.example.net"
    answer = _there_and_back(stranger)
    assert _failed(answer, "elsewhere")
    assert not _signed_in(stranger)


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint", "userinfo_endpoint"])
def test_a_provider_cannot_send_us_to_services_behind_our_firewall(
    stranger: DeskClient, person: Person, college: openid.Provider, name: str
) -> None:
    asked: list[bytes] = []
    inside = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        with suppress(OSError):
            line, _ = inside.accept()
            with line:
                asked.append(line.recv(4096))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    college.in_userinfo = True
    college.metadata_lies = {name: f"http://127.0.0.1:{inside.getsockname()[1]}/"}
    answer = stranger.get("/en/desk/sign-in/with/college")
    if not _failed(answer, "away"):
        back = urlsplit(_at_the_provider(str(answer.location)))
        stranger.get(f"{back.path}?{back.query}")
    inside.shutdown(socket.SHUT_RDWR)
    inside.close()
    thread.join(5)
    assert not asked


def test_a_provider_that_drips_is_given_up_in_time(
    stranger: DeskClient, college: openid.Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.accounts.openid.PATIENCE", 1)
    dripping = socket.create_server(("127.0.0.1", 0))
    ending = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            line, _ = dripping.accept()
            with line:
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
                while not ending.wait(0.2):
                    line.sendall(b" ")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    monkeypatch.setattr(
        "library.accounts.openid._metadata",
        lambda provider: openid_client._fetch(
            provider, f"http://127.0.0.1:{dripping.getsockname()[1]}/"
        ),
    )
    began = time.monotonic()
    answer = stranger.get("/en/desk/sign-in/with/college")
    took = time.monotonic() - began
    ending.set()
    dripping.close()
    thread.join(5)
    assert _failed(answer, "away")
    assert took < 5


def test_a_provider_that_signs_with_nothing_we_take_lets_nobody_in(
    stranger: DeskClient, person: Person, college: openid.Provider
) -> None:
    college.metadata_lies = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    assert _failed(_there_and_back(stranger), "refused")
    assert not _signed_in(stranger)
