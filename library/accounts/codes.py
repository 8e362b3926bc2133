"""Codes of a device at sign-in (TOTP, RFC 6238), and codes on paper for when the device is lost.

The device's secret is made from a salt that the database keeps and the site's key, which it does not:
who reads the database cannot make codes. A new `LIBRARY_SECRET_KEY` makes devices useless; codes on
paper, and links that administrators make, still let people in.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import struct
from typing import Final
from urllib.parse import quote, urlencode

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from library.accounts import limits
from library.accounts.models import Person, RecoveryCode
from library.accounts.tokens import hashed

PERIOD: Final = 30
DIGITS: Final = 6
#: Steps before and after now that are taken: devices' clocks are never quite right.
DRIFT: Final = 1
ON_PAPER: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def prepare(session: Session, person: Person) -> None:
    """Give a person a new device secret, which counts only once `confirm` has seen a code of it."""
    person.code_salt, person.code_since, person.code_step = secrets.token_hex(16), None, None
    session.flush()


def secret(person: Person, *, key: str) -> bytes:
    """The 20 bytes that the person's device and we share."""
    told = f"totp\0{person.uuid}\0{person.code_salt}"
    return hmac.new(key.encode(), told.encode(), hashlib.sha256).digest()[:20]


def written(shared: bytes) -> str:
    """A secret as it is typed into a device, in groups of four."""
    plain = base64.b32encode(shared).decode("ascii").rstrip("=")
    return " ".join(plain[n : n + 4] for n in range(0, len(plain), 4))


def address(shared: bytes, *, email: str, site: str) -> str:
    """What the picture for the device says."""
    # A colon in a name would end it early.
    issuer = site.replace(":", " ")
    query = urlencode(
        {
            "secret": base64.b32encode(shared).decode("ascii").rstrip("="),
            "issuer": issuer,
            "algorithm": "SHA1",
            "digits": DIGITS,
            "period": PERIOD,
        },
        quote_via=quote,
    )
    return f"otpauth://totp/{quote(issuer)}:{quote(email)}?{query}"


def code_at(shared: bytes, step: int) -> str:
    """The code of a time step (RFC 4226, 5.3)."""
    mac = hmac.new(shared, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_at(now: dt.datetime) -> int:
    return int(now.timestamp()) // PERIOD


def take(session: Session, person: Person, typed: str, *, key: str, now: dt.datetime) -> bool:
    """Whether this is a code of the person's device that was not used before; it is used then."""
    plain = "".join(digit for digit in typed if not digit.isspace() and digit != "-")
    if person.code_salt is None or not (len(plain) == DIGITS and plain.isdecimal()):
        return False
    # Whoever writes Arabic or Khmer digits writes digits.
    plain = "".join(str(int(digit)) for digit in plain)
    # Two requests with one code: the second waits here, and finds it used.
    session.refresh(person, with_for_update=True)
    shared, here = secret(person, key=key), step_at(now)
    found = None
    for step in range(here - DRIFT, here + DRIFT + 1):
        fresh = person.code_step is None or step > person.code_step
        if hmac.compare_digest(code_at(shared, step), plain) and fresh:
            found = step
    if found is None:
        return False
    person.code_step = found
    session.flush()
    return True


def confirm(
    session: Session, person: Person, typed: str, *, key: str, now: dt.datetime
) -> list[str] | None:
    """Begin to ask for codes, once one was right. Returns the codes on paper, shown this once."""
    if not take(session, person, typed, key=key, now=now):
        return None
    person.code_since = now
    return new_paper(session, person)


def new_paper(session: Session, person: Person) -> list[str]:
    """New codes on paper (74 bits each) in place of the old ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    made = ["".join(secrets.choice(_ALPHABET) for _ in range(15)) for _ in range(ON_PAPER)]
    session.add_all(RecoveryCode(person_id=person.id, code=hashed(code)) for code in made)
    session.flush()
    return [f"{code[:5]}-{code[5:10]}-{code[10:]}" for code in made]


def take_paper(session: Session, person: Person, typed: str) -> bool:
    """Whether this is one of the person's codes on paper; it is used up then."""
    plain = "".join(letter for letter in typed.lower() if letter in _ALPHABET)
    row = session.get(RecoveryCode, (person.id, hashed(plain)), with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def left_on_paper(session: Session, person: Person) -> int:
    found = session.scalar(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person.id)
    )
    return found or 0


def stop(session: Session, person: Person) -> None:
    """Ask for no codes any more. Wrong ones are forgotten: they would hold up those of another device."""
    person.code_salt = person.code_since = person.code_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    limits.forget(session, limits.for_person("code", person.id))
    session.flush()
