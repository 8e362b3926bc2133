"""schema.org descriptions as JSON-LD: what search engines and partners' catalogues read.

Pages build theirs from what they have loaded anyway, so that a description costs no statement::

    work_page(base_url=, lang=, work=, editions=, title=, summary=, sections=, institutions=)
    section_page(base_url=, lang=, work=, title=, node=, position=, work_title=, languages=)
    list_page(base_url=, lang=, path=, title=, cards=, total=, offset=0)
    home(base_url=, lang=, site_name=, languages=)
    institution(row, base_url=, lang=, names=, summaries=)
    partnership(row, base_url=, lang=, names=, summaries=, members=)
    term(concept, base_url=, lang=, said=)
    breadcrumb(base_url=, trail=[(title, path), ...])
    script(*documents) -> Markup                      # the <script> element

One work is one node, ``{base_url}/id/{uuid}``, whichever page speaks of it: the descriptions in all
languages add up to one. Words carry their language; codes, dates and sizes carry none. Whole records,
with every language, are in ``jsonld_record``.

Source: schema.org; the vocabulary's own context at https://schema.org.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from library.catalogue import public_paths
from library.catalogue.listing import Card
from library.catalogue.models import Work
from library.catalogue.reading import EditionFacts, SectionNode
from library.directory.models import Institution, Partnership
from library.formats.licence import licence_url
from library.formats.schema_org import (
    CONTEXT,
    INSTITUTION_TYPES,
    MEDIA_TYPE,
    PARTNERSHIP_TYPES,
    TYPES,
    Node,
    Party,
    add_parties,
    add_place,
    moment,
    party,
    spoken,
    translations_of,
    words,
    work_facts,
)
from library.terms.drafts import LanguageDraft
from library.terms.models import Concept

__all__ = [
    "MEDIA_TYPE",
    "Node",
    "Party",
    "breadcrumb",
    "home",
    "institution",
    "list_page",
    "partnership",
    "script",
    "section_page",
    "term",
    "work_page",
]


def work_page(
    *,
    base_url: str,
    lang: str,
    work: Work,
    editions: Mapping[str, EditionFacts],
    title: str,
    summary: str,
    sections: Sequence[SectionNode],
    institutions: Sequence[Party],
) -> Node:
    """A work as its page in ``lang`` shows it.

    ``lang`` is the edition that is shown (the one of ``title`` and ``summary``); ``sections`` are those
    of ``reading.contents``, of which the units are named; the first of ``institutions`` answers for it.
    """
    node: Node = {"@context": CONTEXT, **work_facts(work, base_url=base_url, lang=lang)}
    node["name"] = words(title, lang)
    if summary:
        node["description"] = words(summary, lang)
    node["inLanguage"] = list(editions) or [work.source_language]
    add_parties(node, institutions, base_url=base_url)
    parts = [
        {
            "@type": "LearningResource",
            "@id": f"{base_url}{public_paths.lasting(section.uuid)}",
            "name": words(section.title, section.lang),
            "url": _page(base_url, work, lang, section.path),
        }
        for section in sections
        if section.depth == 1
    ]
    if parts:
        node["hasPart"] = parts
    titles = {tag: edition.title for tag, edition in editions.items()}
    translations = translations_of(work, titles, base_url=base_url)
    if translations:
        node["workTranslation"] = translations
    return node


def section_page(
    *,
    base_url: str,
    lang: str,
    work: Work,
    title: str,
    node: SectionNode,
    position: int,
    work_title: str,
    languages: Sequence[str],
) -> Node:
    """A section as its page in ``lang`` shows it; ``position`` counts from 1 through the whole work."""
    described: Node = {
        "@context": CONTEXT,
        "@type": ["Chapter", "LearningResource"] if work.kind == "textbook" else "LearningResource",
        "@id": f"{base_url}{public_paths.lasting(node.uuid)}",
        "name": words(title, lang),
        "url": _page(base_url, work, lang, node.path),
        "inLanguage": list(languages) or [lang],
        "position": position,
        "isAccessibleForFree": True,
        "dateModified": moment(work.updated_at),
        "isPartOf": {
            "@type": TYPES[work.kind],
            "@id": f"{base_url}{public_paths.lasting(work.uuid)}",
            "name": words(work_title, lang),
            "url": _page(base_url, work, lang),
        },
    }
    address = licence_url(work.licence)
    if address:
        described["license"] = address
    return described


def list_page(
    *,
    base_url: str,
    lang: str,
    path: str,
    title: str,
    cards: Sequence[Card],
    total: int,
    offset: int = 0,
) -> Node:
    """A page of a list: the works on it in order. ``path`` is the page's own address."""
    return {
        "@context": CONTEXT,
        "@type": "CollectionPage",
        "@id": f"{base_url}{path}",
        "name": {"@value": title, "@language": lang},
        "inLanguage": lang,
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": total,
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "name": {"@value": card.title, "@language": card.lang},
                    "url": f"{base_url}{public_paths.page(card.kind, card.key, lang=card.lang)}",
                }
                for position, card in enumerate(cards, start=offset + 1)
            ],
        },
    }


def plain_page(
    *, base_url: str, lang: str, path: str, title: str, description: str, site_name: str
) -> Node:
    """A page about the library itself, or a list that has no document of its own."""
    node: Node = {
        "@context": CONTEXT,
        "@type": "WebPage",
        "url": f"{base_url}{path}",
        "name": {"@value": title, "@language": lang},
        "inLanguage": lang,
        "isPartOf": {"@type": "WebSite", "@id": f"{base_url}/", "name": site_name},
    }
    if description:
        node["description"] = {"@value": description, "@language": lang}
    return node


def home(*, base_url: str, lang: str, site_name: str, languages: Sequence[str]) -> Node:
    """The site, and how it is searched in ``lang``."""
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "@id": f"{base_url}/",
        "name": site_name,
        "url": f"{base_url}/{lang}/",
        "inLanguage": list(languages),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{base_url}/{lang}/search?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def institution(
    row: Institution,
    *,
    base_url: str,
    lang: str,
    names: Mapping[str, str],
    summaries: Mapping[str, str] | None = None,
) -> Node:
    """An institution with its names by language; ``lang`` is that of its page."""
    node: Node = {
        "@context": CONTEXT,
        "@type": INSTITUTION_TYPES.get(row.type, "Organization"),
        "@id": f"{base_url}{public_paths.lasting(row.uuid)}",
        "url": f"{base_url}{public_paths.page('institution', row.key, lang=lang)}",
        "name": spoken(names),
    }
    add_place(node, row, summaries)
    return node


def partnership(
    row: Partnership,
    *,
    base_url: str,
    lang: str,
    names: Mapping[str, str],
    summaries: Mapping[str, str] | None = None,
    members: Iterable[Party] = (),
) -> Node:
    """A partnership with its names by language and its members."""
    node: Node = {
        "@context": CONTEXT,
        "@type": PARTNERSHIP_TYPES.get(row.type, "Organization"),
        "@id": f"{base_url}{public_paths.lasting(row.uuid)}",
        "url": f"{base_url}{public_paths.page('partnership', row.key, lang=lang)}",
        "name": spoken(names),
    }
    add_place(node, row, summaries)
    if row.founded:
        node["foundingDate"] = row.founded
    if row.brand:
        name = row.brand.replace("-", " ").title()
        node["brand"] = {"@type": "Brand", "name": words(name, "en")}
    if row.latitude is not None and row.longitude is not None:
        node["location"] = {
            "@type": "Place",
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": row.latitude,
                "longitude": row.longitude,
            },
        }
    joined = [party(member, base_url=base_url) for member in members]
    if joined:
        node["member"] = joined
    return node


def term(concept: Concept, *, base_url: str, lang: str, said: Mapping[str, LanguageDraft]) -> Node:
    """A concept of the term bank: preferred terms as its names, allowed ones beside them.

    Forbidden terms are left out: they are warnings to writers, not names.
    """
    names = [(t.text, tag, t.status) for tag, draft in said.items() for t in draft.terms]
    node: Node = {
        "@context": CONTEXT,
        "@type": "DefinedTerm",
        "@id": f"{base_url}{public_paths.lasting(concept.uuid)}",
        "url": f"{base_url}{public_paths.page('term', concept.key, lang=lang)}",
        "termCode": concept.key,
        "inDefinedTermSet": f"{base_url}/{lang}/terms",
        "name": [words(text, tag) for text, tag, status in names if status == "preferred"],
    }
    others = [words(text, tag) for text, tag, status in names if status == "allowed"]
    if others:
        node["alternateName"] = others
    definitions = {tag: draft.definition for tag, draft in said.items() if draft.definition}
    if definitions:
        node["description"] = spoken(definitions)
    return node


def breadcrumb(*, base_url: str, trail: Sequence[tuple[str, str]]) -> Node:
    """Where a page stands: ``(title, path)`` of each step, the home page first, the page itself last."""
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": title, "item": f"{base_url}{path}"}
            for n, (title, path) in enumerate(trail, start=1)
        ],
    }


def script(*documents: Node) -> Markup:
    """The documents as one element for a page's head; nothing in them can end it early."""
    data: object = documents[0] if len(documents) == 1 else list(documents)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return Markup(f'<script type="{MEDIA_TYPE}">{text}</script>')  # noqa: S704 - escaped above


# As JSON escapes, which mean the same to every reader of JSON. The two separators end a line in old
# JavaScript.
_ESCAPES = (
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)


def _page(base_url: str, work: Work, lang: str, section_path: str = "") -> str:
    return f"{base_url}{public_paths.page(work.kind, work.key, section_path, lang=lang)}"
