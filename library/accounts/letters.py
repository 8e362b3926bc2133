"""Mails: put into the database with the change that they tell of, and sent by the worker, with retries.

``smtp://USER:PASSWORD@HOST:PORT`` goes over to TLS where the server offers it, and gives no password to
one that does not; ``smtps://`` is TLS from the first byte. Certificates are verified.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
import re
import uuid as uuids
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import links
from library.accounts.addresses import canonical
from library.accounts.models import Letter, Person
from library.db import new_uuid, session_scope, utc_now
from library.errors import Invalid, LibraryError
from library.i18n.tags import direction

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

#: How long to wait after each failure; after the last one nothing is tried any more.
WAITS: Final = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440))
#: Letters sent in one go, and how long a server may take to answer, in seconds.
AT_ONCE: Final = 20
PATIENCE: Final = 20
#: Mails that were given up are spoken of this long.
REMEMBERED: Final = dt.timedelta(days=14)
#: Where the text of a letter has its link.
PLACE: Final = "{link}"
_ADDRESS: Final = re.compile(r"https?://[!-~]+")
_SEALED: Final = re.compile(r"\{sealed:([0-9a-f]{2,128})\}")

_log = logging.getLogger(__name__)


def post(
    session: Session,
    *,
    to: str,
    subject: str,
    text: str,
    lang: str,
    now: dt.datetime,
    link: str = "",
    secret: str = "",
    key: str = "",
) -> Letter:
    """Have a letter sent. It goes out when the transaction has been committed.

    ``secret`` is a token of at most 64 bytes that stands in the text. While the letter waits, the database
    keeps it sealed with ``key``, the site's secret key, so that who reads the database cannot use it.

    With ``link``, an address that a token is put behind, the letter goes only to a person who is let in:
    a one-time link to choose a password is made when it is sent, in place of ``{link}``. So asking for
    one is the same work for an address that nobody here has. Raises ``Invalid``.
    """
    recipient = canonical(to)
    # One that was given up is made up for by this one.
    session.execute(delete(Letter).where(Letter.given_up, Letter.recipient == recipient))
    uuid = new_uuid()
    if secret:
        sealed = _sealed(secret.encode("ascii"), uuid, key).hex()
        text = text.replace(secret, f"{{sealed:{sealed}}}")
    letter = Letter(
        uuid=uuid,
        recipient=recipient,
        subject=" ".join(subject.split()),
        text=text,
        lang=lang,
        link=link,
        made_at=now,
        not_before=now,
    )
    session.add(letter)
    session.flush()
    return letter


def _sealed(token: bytes, uuid: uuids.UUID, key: str) -> bytes:
    """A token under a pad that only this site can make for this letter; twice gives the token again."""
    pad = hmac.new(key.encode(), b"letter\0" + uuid.bytes, hashlib.sha512).digest()
    if len(token) > len(pad):
        raise ValueError("the token is longer than its seal")
    return bytes(a ^ b for a, b in zip(token, pad, strict=False))


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter as it is handed to the server."""

    id: int
    message: EmailMessage
    recipient: str


class Postman:
    """The chore that sends what waits. ``key`` is the site's secret key, ``now`` for tests, who travel in
    time."""

    name = "mail"

    def __init__(
        self, *, url: str, sender: str, key: str = "", now: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._url = url
        self._sender = sender
        self._key = key
        self._now = now

    def waits(self, session: Session) -> bool:
        due = exists().where(~Letter.given_up, Letter.not_before <= self._now())
        return bool(self._url and session.scalar(select(due)))

    def run(self, factory: sessionmaker[Session]) -> int:
        now = self._now()
        with session_scope(factory, write=True) as session:
            due = session.scalars(
                select(Letter)
                .where(~Letter.given_up, Letter.not_before <= now)
                .order_by(Letter.not_before, Letter.id)
                .limit(AT_ONCE)
            ).all()
            envelopes = [self._opened(session, letter, now) for letter in due]
        ready = [envelope for envelope in envelopes if envelope is not None]
        if ready:
            self._deliver(factory, ready)
        return len(envelopes)

    def _opened(self, session: Session, letter: Letter, now: dt.datetime) -> Envelope | None:
        try:
            return self._envelope(session, letter, now)
        except ValueError as error:
            # One that cannot be written as a mail must not hold up all others.
            letter.given_up, letter.text, letter.trouble = True, "", str(error)[:500]
            _log.error("A mail could not be written: %s", error)
            return None

    def _envelope(self, session: Session, letter: Letter, now: dt.datetime) -> Envelope | None:
        """A letter as a message; one that nobody here should get is thrown away."""
        from email.message import EmailMessage
        from email.utils import format_datetime

        text = letter.text
        if letter.link:
            person = session.scalar(
                select(Person).where(Person.email == letter.recipient, Person.active)
            )
            if person is None:
                session.delete(letter)
                return None
            token = links.make_password_link(session, person, by=None, now=now)
            text = text.replace(PLACE, letter.link + token)
        text = _SEALED.sub(
            lambda found: _sealed(bytes.fromhex(found[1]), letter.uuid, self._key).decode(
                "ascii", "replace"
            ),
            text,
        )
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.made_at)
        message["Message-ID"] = f"<{letter.uuid}@{canonical_domain(self._sender)}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text, cte="quoted-printable")
        page = _page(text, letter.lang, letter.subject)
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        # Only now: setting the content throws away what is said about it.
        message["Content-Language"] = letter.lang
        return Envelope(letter.id, message, letter.recipient)

    def _deliver(self, factory: sessionmaker[Session], envelopes: list[Envelope]) -> None:
        """Over one connection where it holds; a letter is deleted as soon as the server has it."""
        import smtplib
        import ssl

        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException, ssl.SSLError, LibraryError) as error:
            for envelope in envelopes:
                self._put_off(factory, envelope.id, _words(error), for_good=False)
            return
        try:
            for envelope in envelopes:
                try:
                    server.send_message(envelope.message, to_addrs=[envelope.recipient])
                except (OSError, smtplib.SMTPException) as error:
                    self._put_off(factory, envelope.id, _words(error), for_good=_is_final(error))
                else:
                    self._forget(factory, envelope.id)
        finally:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _connect(self) -> smtplib.SMTP:
        import smtplib
        import ssl

        parts = urlsplit(self._url)
        host = parts.hostname or "localhost"
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=PATIENCE)
        try:
            server.ehlo_or_helo_if_needed()
            safe = parts.scheme == "smtps"
            if not safe and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
                safe = True
            if parts.username:
                if not safe and host not in ("localhost", "127.0.0.1", "::1"):
                    raise Invalid(
                        f"The mail server {host} offers no TLS, so it is given no password."
                    )
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _forget(self, factory: sessionmaker[Session], letter_id: int) -> None:
        with session_scope(factory, write=True) as session:
            letter = session.get(Letter, letter_id)
            if letter is not None:
                session.delete(letter)

    def _put_off(
        self, factory: sessionmaker[Session], letter_id: int, trouble: str, *, for_good: bool
    ) -> None:
        with session_scope(factory, write=True) as session:
            letter = session.get(Letter, letter_id)
            if letter is None:
                return
            letter.tries, letter.trouble = letter.tries + 1, trouble[:500]
            if for_good or letter.tries > len(WAITS):
                letter.given_up, letter.text = True, ""
                _log.error("A mail could not be sent, and is not tried again: %s", trouble)
            else:
                letter.not_before = self._now() + WAITS[letter.tries - 1]
                _log.warning("A mail could not be sent, and is tried again later: %s", trouble)


def _page(text: str, lang: str, subject: str) -> str:
    """The text of a letter as a page that says its language and direction: programs for mail show plain
    text from left to right, whatever it is written in."""
    lines = "\n".join(
        f'<p><a dir="ltr" href="{escape(one)}">{escape(one)}</a></p>'
        if _ADDRESS.fullmatch(one)
        else f"<p>{escape(one)}</p>"
        for one in text.strip().split("\n\n")
    )
    return (
        f'<!doctype html>\n<html lang="{escape(lang)}" dir="{direction(lang)}">\n<head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(subject)}</title></head>\n"
        f'<body dir="{direction(lang)}" style="overflow-wrap: anywhere">\n{lines}\n</body></html>\n'
    )


def troubles(session: Session) -> list[str]:
    """A sentence for each mail that was given up, for who runs the library."""
    lost = session.scalars(select(Letter).where(Letter.given_up).order_by(Letter.id))
    return [f"A mail to {one.recipient} could not be sent: {one.trouble}" for one in lost]


def unsent(session: Session, recipients: Iterable[str]) -> set[str]:
    """Those of some addresses whose mail was given up."""
    wanted = list(recipients)
    return set(
        session.scalars(
            select(Letter.recipient).where(Letter.given_up, Letter.recipient.in_(wanted))
        )
    )


def sweep(session: Session, *, now: dt.datetime) -> None:
    """Forget mails that were given up long ago."""
    session.execute(delete(Letter).where(Letter.given_up, Letter.made_at <= now - REMEMBERED))


def canonical_domain(sender: str) -> str:
    """What stands after the ``@`` of ``Library <library@example.org>``."""
    return sender.rpartition("@")[2].rstrip("> ").encode("idna").decode("ascii")


def _is_final(error: Exception) -> bool:
    """Whether the server has said that it will never take this letter."""
    import smtplib

    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _words(error: Exception) -> str:
    """What went wrong, without what was sent."""
    import smtplib

    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return f"{code} {answer.decode('utf-8', 'replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        told = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {told}"
    return str(error) or type(error).__name__
