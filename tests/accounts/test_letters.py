"""Mails that wait in the database and are sent to a real server."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import letters, links, sign_in
from library.accounts.letters import WAITS, Postman
from library.accounts.models import Letter, OneTimeLink, Person
from library.accounts.tokens import new_token
from library.db import session_scope
from library.errors import Invalid
from tests.judges.smtp import Mailbox, certificate, mail_server, part
from tests.people import make_person

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
SENDER = "Bibliothèque du lycée <library@example.org>"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as opened:
        yield opened


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def postman(mailbox: Mailbox, clock: Clock) -> Postman:
    return Postman(url=f"smtp://127.0.0.1:{mailbox.port}", sender=SENDER, now=clock)


def _post(session: Session, to: str = "asha@example.org", **facts: str) -> None:
    told = {"subject": "Hello", "text": "A text.\n", "lang": "en", **facts}
    letters.post(session, to=to, now=NOW, **told)
    session.commit()


def _left(factory: sessionmaker[Session]) -> list[Letter]:
    with session_scope(factory) as session:
        return list(session.query(Letter).order_by(Letter.id))


def test_a_letter_arrives_whole_and_is_then_forgotten(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    assert not postman.waits(session)
    _post(
        session, subject="邀请您加入 Bibliothèque", text="مرحبا\n.\nعلى السطر\n" + "x" * 2000 + "\n"
    )
    assert postman.waits(session)
    session.rollback()
    assert postman.run(factory) == 1
    (message,) = mailbox.messages
    assert message["Subject"] == "邀请您加入 Bibliothèque"
    assert message["From"] == SENDER
    assert message["To"] == "asha@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.org>")
    assert part(message, "plain").replace("\r\n", "\n") == (
        "مرحبا\n.\nعلى السطر\n" + "x" * 2000 + "\n"
    )
    assert _left(factory) == []
    assert postman.run(factory) == 0


def test_a_letter_says_its_language_and_is_read_in_its_direction(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    link = "https://library.example.org/ar/desk/password/abc"
    _post(session, text=f"<b>آشا</b> & مرحبا\n\n{link}\n\nانتهى.\n", lang="ar", subject="مرحبا")
    postman.run(factory)
    (message,) = mailbox.messages
    assert message["Content-Language"] == "ar"
    assert message.get_content_type() == "multipart/alternative"
    page = part(message, "html").replace("\r\n", "\n")
    assert '<html lang="ar" dir="rtl">' in page
    assert "<p>&lt;b&gt;آشا&lt;/b&gt; &amp; مرحبا</p>" in page
    assert f'<p><a dir="ltr" href="{link}">{link}</a></p>' in page
    assert mailbox.envelopes[0].content.isascii()


def test_nothing_that_was_typed_becomes_a_header(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    _post(
        session,
        subject="You are invited to X\r\nBcc: all@example.org\r\n\r\nBuy this",
        text="Eve\r\n.\r\nMAIL FROM:<x@example.org>\r\n",
    )
    postman.run(factory)
    (message,) = mailbox.messages
    assert message["Subject"] == "You are invited to X Bcc: all@example.org Buy this"
    assert "Bcc" not in message
    assert mailbox.envelopes[0].rcpt_tos == ["asha@example.org"]
    with pytest.raises(Invalid):
        _post(session, "asha@example.org\r\nBcc: all@example.org")
    with pytest.raises(Invalid):
        _post(session, "asha@example.org, all@example.org")


def test_a_server_that_is_away_is_tried_again_later_and_not_for_ever(
    session: Session, factory: sessionmaker[Session], clock: Clock
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = Postman(url=f"smtp://127.0.0.1:{probe.getsockname()[1]}", sender=SENDER, now=clock)
        _post(session, text="a secret link")
        for wait in WAITS:
            assert away.run(factory) == 1
            assert away.run(factory) == 0
            (letter,) = _left(factory)
            assert letter.not_before == clock.now + wait
            clock.now += wait
        assert away.run(factory) == 1
    (letter,) = _left(factory)
    assert letter.given_up
    assert letter.text == ""
    assert "refused" in letter.trouble.lower()
    with session_scope(factory) as looking:
        assert not away.waits(looking)


def test_a_letter_goes_out_when_the_server_is_back(
    session: Session,
    factory: sessionmaker[Session],
    postman: Postman,
    mailbox: Mailbox,
    clock: Clock,
) -> None:
    mailbox.answers["asha@example.org"] = "451 greylisted, come back"
    _post(session)
    postman.run(factory)
    assert [letter.trouble for letter in _left(factory)] == ["451 greylisted, come back"]
    mailbox.answers.clear()
    clock.now += WAITS[0]
    postman.run(factory)
    assert len(mailbox.messages) == 1
    assert _left(factory) == []


def test_an_address_that_does_not_exist_holds_up_no_other(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    mailbox.answers["gone@example.org"] = "550 no such mailbox"
    _post(session, "gone@example.org")
    _post(session)
    assert postman.run(factory) == 2
    assert [message["To"] for message in mailbox.messages] == ["asha@example.org"]
    (letter,) = _left(factory)
    assert (letter.given_up, letter.tries, letter.trouble) == (True, 1, "550 no such mailbox")


def _ask(session: Session, to: str) -> None:
    _post(session, to, text="Open {link} soon.\n", link="https://library.example.org/p/")


def test_a_link_is_made_when_the_letter_is_sent_and_works(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    make_person(session)
    _ask(session, "asha@example.org")
    assert session.query(OneTimeLink).count() == 0
    session.rollback()
    postman.run(factory)
    text = mailbox.texts[0]
    token = text.split("https://library.example.org/p/")[1].split()[0]
    with session_scope(factory, write=True) as opened:
        sign_in.choose_password(opened, token, password="rain on the roof", now=NOW)
    with session_scope(factory) as opened:
        assert all(link.token != token for link in opened.query(OneTimeLink))


@pytest.mark.parametrize("active", [None, False])
def test_who_is_not_let_in_here_gets_no_mail(
    session: Session,
    factory: sessionmaker[Session],
    postman: Postman,
    mailbox: Mailbox,
    active: bool | None,
) -> None:
    if active is not None:
        make_person(session, active=active)
    _ask(session, "asha@example.org")
    assert postman.run(factory) == 1
    assert mailbox.messages == []
    assert _left(factory) == []


def test_a_password_is_given_over_tls_only_and_to_a_server_that_can_be_trusted(
    session: Session,
    factory: sessionmaker[Session],
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = certificate(tmp_path)
    with mail_server(tls=folder, login=True) as mailbox:
        url = f"smtp://me%40example.org:p%40ss%20word@localhost:{mailbox.port}"
        postman = Postman(url=url, sender=SENDER, now=clock)
        _post(session)
        postman.run(factory)
        assert mailbox.logins == []
        assert "certificate" in _left(factory)[0].trouble.lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
        clock.now += WAITS[0]
        postman.run(factory)
        assert mailbox.logins == [("me@example.org", "p@ss word")]
        assert len(mailbox.messages) == 1


def test_without_a_mail_server_nothing_is_tried(
    session: Session, factory: sessionmaker[Session]
) -> None:
    _post(session)
    assert not Postman(url="", sender="").waits(session)


def test_asking_again_makes_the_link_before_useless(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    person: Person = make_person(session)
    first = links.make_password_link(session, person, by=None, now=NOW)
    _ask(session, "asha@example.org")
    postman.run(factory)
    with session_scope(factory) as opened:
        from library.errors import Gone

        with pytest.raises(Gone):
            links.find(opened, first, purpose=links.PASSWORD, now=NOW)


def test_what_was_given_up_is_said_to_the_operator_for_a_fortnight(
    session: Session, factory: sessionmaker[Session], postman: Postman, mailbox: Mailbox
) -> None:
    mailbox.answers["gone@example.org"] = "550 no such mailbox"
    _post(session, "gone@example.org")
    postman.run(factory)
    session.rollback()
    (said,) = letters.troubles(session)
    assert "gone@example.org" in said
    assert "550" in said
    letters.sweep(session, now=NOW + letters.REMEMBERED - dt.timedelta(seconds=1))
    assert len(letters.troubles(session)) == 1
    letters.sweep(session, now=NOW + letters.REMEMBERED)
    assert letters.troubles(session) == []


def test_a_token_waits_under_a_seal_and_arrives_as_it_was(
    session: Session, factory: sessionmaker[Session], mailbox: Mailbox, clock: Clock
) -> None:
    token = new_token()
    text = f"Open https://library.example.org/en/desk/invitation/{token} soon.\n"
    for _ in range(2):
        _post(session, text=text, secret=token, key="the site's key")
    one, other = _left(factory)
    assert token not in one.text
    # Equal tokens do not look alike, or one letter would open another.
    assert one.text != other.text
    url = f"smtp://127.0.0.1:{mailbox.port}"
    Postman(url=url, sender=SENDER, key="the site's key", now=clock).run(factory)
    assert [text_.strip() for text_ in mailbox.texts] == [text.strip()] * 2
    _post(session, text=text, secret=token, key="the site's key")
    Postman(url=url, sender=SENDER, key="another key", now=clock).run(factory)
    assert token not in mailbox.texts[-1]
