"""Passwords: what is a good one, argon2 hashes, and checking that takes as long whoever it is for."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from library.errors import Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 10
#: In characters. What is longer costs time to hash and is no safer.
LONGEST: Final = 256

# Hashing takes memory: two at once are what a small server can spare.
_TURN = threading.BoundedSemaphore(2)

# Longer than the shortest, and yet what everybody tries first.
_WORN = frozenset(
    # As words rather than as a list: it is read by people.
    """
    0123456789 0987654321 1029384756 1111111111 1122334455 123123123123 12345678910 1234567890
    12345678900 1234567891 123456789a 123456789q 1q2w3e4r5t 1qaz2wsx3edc abcd123456 administrator
    adminadmin changeme123 iloveyou123 letmein123 letmein1234 librarylibrary password1 password10
    password11 password12 password123 password1234 password12345 passw0rd123 passwordpassword
    q1w2e3r4t5 qazwsxedcrfv qwerty1234 qwerty12345 qwerty123456 qwertyuiop qwertyuiop123 asdfghjkl123
    administrator1 welcome123 welcome1234 zaq12wsxcde3 woaini1314520 woaini520 5201314520 aa123456789
    """.split()  # noqa: SIM905
)


@cache
def _hasher() -> PasswordHasher:
    """argon2id with 32 MiB: above what OWASP asks for. Who only reads has no need of it in memory."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=3, memory_cost=32_768, parallelism=1)


def _normal(password: str) -> str:
    """One password, whatever keyboard it was typed on: full-width digits are digits."""
    return unicodedata.normalize("NFKC", password)


def require_good(password: str, *, email: str = "", name: str = "") -> None:
    """Raises ``Invalid`` (``field="password"``, ``reason`` ``short``, ``long`` or ``easy``)."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise Invalid(
            f"A password has at least {SHORTEST} characters.", field="password", reason="short"
        )
    if len(plain) > LONGEST:
        raise Invalid(
            f"A password has at most {LONGEST} characters.", field="password", reason="long"
        )
    low = plain.casefold()
    own = {email.casefold(), email.partition("@")[0].casefold(), name.casefold()} - {""}
    if low in _WORN or low in own or len(set(low)) < 4:
        raise Invalid(
            "This password is one of the first that anybody would try.",
            field="password",
            reason="easy",
        )


def hashed(password: str) -> str:
    """The argon2id hash that is kept."""
    with _TURN:
        return _hasher().hash(_normal(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one whose hash is kept. It takes as long where none is kept."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST * 4:
        password, kept = "", None
    with _TURN:
        try:
            return _hasher().verify(kept or _nobodys(), _normal(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_worn(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's, and should be made anew."""
    from argon2.exceptions import InvalidHashError

    try:
        return _hasher().check_needs_rehash(kept)
    except InvalidHashError:
        return True


@cache
def _nobodys() -> str:
    return _hasher().hash("the password of nobody")
