"""Readings of works, counted as pages are answered: by browsers, not by machines; of no person."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.use import UseTally

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Browsers say so at the beginning; machines that say it too name themselves, or an address, further on.
_BROWSER = re.compile(r"(?:Mozilla|Opera|UCWEB)/")
_MACHINE = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|archive|https?:|@|headless|lighthouse|pingdom|uptime|monitor"
    r"|preview|facebookexternal|whatsapp|phantom|python|java/|curl|wget|scan|feed",
    re.IGNORECASE,
)
# What stands for no country: unknown, Tor.
_NOWHERE = frozenset(("XX", "T1", "ZZ"))


def counting(
    tally: UseTally, factory: sessionmaker[Session], *, country_header: str
) -> Callable[[tuple[int, str], WSGIEnvironment], None]:
    """What the page cache calls for each page of a work that it answers: (id of the work, language).

    ``country_header`` is the header in which the proxy in front of the site says the reader's country;
    without one every country is unknown.
    """
    variable = "HTTP_" + country_header.upper().replace("-", "_") if country_header else ""

    def count(page: tuple[int, str], environ: WSGIEnvironment) -> None:
        if not is_browser(environ.get("HTTP_USER_AGENT", "")[:400]):
            return
        if "HTTP_SEC_PURPOSE" in environ or "HTTP_PURPOSE" in environ or "HTTP_X_MOZ" in environ:
            return  # asked for in case somebody reads it
        country = environ.get(variable, "") if variable else ""
        tally.note(factory, (*page, country_code(country) if country else ""))

    return count


@lru_cache(maxsize=1024)
def is_browser(agent: str) -> bool:
    """Whether what asks calls itself a browser, and no machine."""
    return _BROWSER.match(agent) is not None and _MACHINE.search(agent) is None


@lru_cache(maxsize=512)
def country_code(said: str) -> str:
    """An ISO 3166-1 alpha-2 code from a header; empty for anything else."""
    code = said.strip().upper()
    known = len(code) == 2 and code.isascii() and code.isalpha() and code not in _NOWHERE
    return code if known else ""
