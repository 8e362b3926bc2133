"""Addresses on pages: the reader's language and choices, kept from page to page.

Two choices travel in the query, because anonymous pages set no cookie: ``saver`` (pictures only when
tapped) on every link, ``with`` (a second language beside the text) on links inside the same work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from flask import g, request

from library.catalogue import public_paths
from library.http.language import page_language

_LINK = re.compile(r'"/@/([^"?#]*)(#[^"]*)?"')


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the addresses of one page.

    ``saver`` is ``"on"``, ``"off"`` or empty, as the page's own address says. ``beside`` is the second
    language, kept on links that start with ``work`` (``courses/safety``).
    """

    lang: str
    saver: str = ""
    beside: str = ""
    work: str = ""

    @property
    def prefix(self) -> str:
        """What every address of this language starts with: ``/en/``."""
        return f"/{self.lang}/"

    @property
    def suffix(self) -> str:
        """What every address ends with: empty, or ``?saver=on``."""
        return f"?saver={self.saver}" if self.saver else ""

    @property
    def suffix_inside(self) -> str:
        """What addresses inside the work of this page end with."""
        if not self.beside:
            return self.suffix
        query = f"?with={quote(self.beside)}"
        return f"{query}&saver={self.saver}" if self.saver else query

    def to(self, path: str = "", query: Iterable[tuple[str, str]] = (), *, lang: str = "") -> str:
        """The address of a path after the language (``courses``), with a query and the choices."""
        pairs = [pair for pair in query if pair[1]]
        if self.saver:
            pairs.append(("saver", self.saver))
        told = f"?{urlencode(pairs)}" if pairs else ""
        return f"/{lang or self.lang}/{path}{told}"

    def page(self, kind: str, key: str, section: str = "") -> str:
        """The address of a work's, section's, institution's, partnership's or concept's page."""
        path = public_paths.page(kind, key, section, lang=self.lang)
        own = self.beside and self._inside(path.removeprefix(self.prefix))
        return path + (self.suffix_inside if own else self.suffix)

    def inside(self, kind: str, key: str, *, beside: str | None) -> Links:
        """These links on the pages of a work that is read with ``beside`` beside it."""
        work = public_paths.page(kind, key, lang="@").removeprefix("/@/")
        return replace(self, beside=beside or "", work=work)

    def localise(self, html: str) -> str:
        """Put language and choices into the links of a rendered text, which start with ``/@/``."""
        if not self.saver and not self.beside:
            return public_paths.localise(html, self.lang)
        return _LINK.sub(self._put, html)

    def _put(self, match: re.Match[str]) -> str:
        path, fragment = match[1], match[2] or ""
        suffix = self.suffix_inside if self._inside(path) else self.suffix
        return f'"{self.prefix}{path}{suffix.replace("&", "&amp;")}{fragment}"'

    def _inside(self, path: str) -> bool:
        return bool(self.work) and (path == self.work or path.startswith(f"{self.work}/"))


def current() -> Links:
    """The links of this request's page."""
    found: Links | None = g.get("links")
    if found is None:
        saver = request.args.get("saver", "")
        found = g.links = Links(page_language(), saver if saver in ("on", "off") else "")
    return found


def saving_data() -> bool:
    """Whether this reader wants pictures only when tapped: the address says so, else the browser."""
    asked = current().saver
    if asked:
        return asked == "on"
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def query_without(*names: str) -> list[tuple[str, str]]:
    """The query of this request without these parameters and without the reader's choices."""
    left_out = {*names, "saver", "with"}
    return [(name, value) for name, value in request.args.items(multi=True) if name not in left_out]
