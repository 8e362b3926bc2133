"""Sitemaps (sitemaps.org, version 0.9) with the other languages of each page beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from library.formats.schema_org import moment
from library.formats.xml_text import text

MEDIA_TYPE = "application/xml"
# URLs of one file before the sitemap becomes an index of files.
FILE_SIZE = 5_000
# The protocol's own limits.
LONGEST_FILE = 50_000
LONGEST_ADDRESS = 2_048

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page in all the languages in which it really exists.

    ``paths`` maps each language to the path of the page in it; ``default`` is the path for readers of
    any other language. ``changed`` is when it last changed, None where nobody knows.
    """

    paths: Mapping[str, str]
    default: str
    changed: dt.datetime | None = field(default=None)


def urlset(pages: Iterable[Page], *, base_url: str) -> Iterator[str]:
    """One file, in pieces: every language of every page is a URL that names all the others and itself.

    An address longer than the protocol allows is left out, with what points to it.
    """
    base = text(base_url)
    room = LONGEST_ADDRESS - len(base)
    yield _HEAD
    for page in pages:
        paths = {tag: text(path) for tag, path in page.paths.items() if len(path) < room}
        alternates = "".join(
            f'<xhtml:link rel="alternate" hreflang="{text(tag)}" href="{base}{path}"/>'
            for tag, path in paths.items()
        )
        if len(page.default) < room:
            alternates += (
                '<xhtml:link rel="alternate" hreflang="x-default" '
                f'href="{base}{text(page.default)}"/>'
            )
        lastmod = f"<lastmod>{moment(page.changed)}</lastmod>" if page.changed else ""
        for path in paths.values():
            yield f"<url><loc>{base}{path}</loc>{lastmod}{alternates}</url>\n"
    yield "</urlset>\n"


def index(files: Iterable[tuple[str, dt.datetime | None]], *, base_url: str) -> Iterator[str]:
    """The index of several files: the path of each, and when something in it last changed."""
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    )
    for path, changed in files:
        lastmod = f"<lastmod>{moment(changed)}</lastmod>" if changed else ""
        yield f"<sitemap><loc>{text(base_url + path)}</loc>{lastmod}</sitemap>\n"
    yield "</sitemapindex>\n"
