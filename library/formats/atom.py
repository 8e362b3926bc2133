"""Atom feeds (RFC 4287): what is new, for feed readers and for partners' portals."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass

from library.catalogue import public_paths
from library.formats.schema_org import moment
from library.formats.xml_text import text

MEDIA_TYPE = "application/atom+xml"
# Entries of one feed; who wants all asks the API.
LONGEST = 50
# When nothing was ever published: a feed must say when it changed.
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One work in one language. ``page`` is its path there, ``categories`` codes of what it is about."""

    uuid: uuids.UUID
    title: str
    summary: str
    lang: str
    page: str
    kind: str
    licence: str
    published_at: dt.datetime
    updated_at: dt.datetime
    authors: Sequence[str] = ()
    categories: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed in one language; ``path`` is its own address, ``page`` that of the list it follows.

    ``title_lang`` is the language of the title, which the interface may not speak in ``lang``.
    """

    title: str
    title_lang: str
    lang: str
    path: str
    page: str
    site_name: str
    entries: Sequence[Entry]


def document(feed: Feed, *, base_url: str) -> str:
    """The feed as XML. Only the first ``LONGEST`` entries are taken; characters that XML refuses go."""
    entries = feed.entries[:LONGEST]
    here = f"{base_url}{feed.path}"
    updated = max((entry.updated_at for entry in entries), default=_NEVER)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{text(feed.lang)}">',
        f"<id>{uuids.uuid5(uuids.NAMESPACE_URL, here).urn}</id>",
        f'<title xml:lang="{text(feed.title_lang)}">{text(feed.title)}</title>',
        f"<updated>{moment(updated)}</updated>",
        f"<author><name>{text(feed.site_name)}</name><uri>{text(base_url)}/</uri></author>",
        f'<link rel="self" type="{MEDIA_TYPE}" href="{text(here)}"/>',
        f'<link rel="alternate" type="text/html" href="{text(base_url + feed.page)}"/>',
    ]
    for entry in entries:
        lines += _entry(entry, base_url=base_url)
    lines.append("</feed>\n")
    return "\n".join(lines)


def _entry(entry: Entry, *, base_url: str) -> list[str]:
    lang = text(entry.lang)
    lasting = f"{base_url}{public_paths.lasting(entry.uuid)}"
    return [
        f'<entry xml:lang="{lang}">',
        f"<id>{entry.uuid.urn}</id>",
        f"<title>{text(entry.title)}</title>",
        f"<published>{moment(entry.published_at)}</published>",
        f"<updated>{moment(entry.updated_at)}</updated>",
        *(f"<author><name>{text(name)}</name></author>" for name in entry.authors),
        f'<link rel="alternate" type="text/html" hreflang="{lang}" '
        f'href="{text(base_url + entry.page)}"/>',
        f'<link rel="related" type="application/ld+json" href="{text(lasting)}?format=jsonld"/>',
        f'<category term="{text(entry.kind)}"/>',
        *(f'<category term="{text(code)}"/>' for code in entry.categories),
        *([f"<summary>{text(entry.summary)}</summary>"] if entry.summary else []),
        *([f"<rights>{text(entry.licence)}</rights>"] if entry.licence else []),
        "</entry>",
    ]
