"""E-mail addresses in the one form in which they are kept and compared.

Two addresses must never become one by a change of letters: the Kelvin sign in lower case is a ``k``, and
whoever has a mailbox with it must not get in as somebody else. So what stands before the ``@`` is ASCII,
and a domain of other letters is kept in its ASCII form (``xn--…``), where one that only looks like
another shows.
"""

from __future__ import annotations

import re
from typing import Final

from library.errors import Invalid

LONGEST: Final = 254
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def canonical(written: str) -> str:
    """An address as it is kept. Raises ``Invalid`` for what is none, or none that we can be sure of."""
    local, at, domain = written.strip().rpartition("@")
    try:
        # Only ASCII letters have a lower case here; anything else is refused by the pattern.
        local = local.encode("ascii").decode("ascii").lower()
        domain = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _wrong(written) from None
    labels = domain.split(".")
    well = (
        at
        and len(local) + len(domain) < LONGEST
        and _LOCAL.fullmatch(local)
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    if not well:
        raise _wrong(written)
    return f"{local}@{domain}"


def _wrong(written: str) -> Invalid:
    return Invalid(f"{written[:300]!r} is not an e-mail address.", field="email", reason="address")
