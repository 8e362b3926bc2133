"""The term bank: A to Z in the page's language with the others beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast
from urllib.parse import quote

from flask import current_app, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext, lazy_gettext, ngettext  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.directory.names import Name, code_labels
from library.http.language import interface_language
from library.http.services import facet_index, services, session
from library.i18n.chains import choose
from library.i18n.names import endonym
from library.terms import reading
from library.terms.drafts import LanguageDraft
from library.terms.reading import TermLine
from library.web import alphabet, context, facet_links, filters, links
from library.web.context import Crumb, Page
from library.web.facet_links import FilterAddresses, Naming
from library.web.pages import blueprint
from library.web.paging import counted_part, page_number, paging

PAGE = 50
# Characters of a search inside the list.
LONGEST = 100
# Languages whose lists are kept at once in each process.
_KEPT = 4
_EXTENSION = "library.terms"


BANK = lazy_gettext(
    "The term bank: what the things of the trade are called in each language, with "
    "definitions, and with the words that mislead."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A concept in an alphabetical list: the letter that it stands under."""

    letter: str
    line: TermLine


class SortedTerms:
    """The whole list in a language, sorted; kept until something is published."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lists: dict[str, tuple[int, list[Place]]] = {}

    def get(self, number: int, lang: str, make: Callable[[], list[Place]]) -> list[Place]:
        """The list as of the change ``number``; ``make`` makes it where it is older or not there."""
        found = self._lists.get(lang)
        if found is not None and found[0] >= number:
            return found[1]
        made = make()
        with self._lock:
            self._lists.pop(lang, None)
            self._lists[lang] = (number, made)
            while len(self._lists) > _KEPT:
                del self._lists[next(iter(self._lists))]
        return made


@blueprint.record
def _keep_lists(state: BlueprintSetupState) -> None:
    # With the application, not with the module: two applications may serve two libraries.
    state.app.extensions[_EXTENSION] = SortedTerms()


@dataclass(slots=True)
class Row:
    href: str
    text: str
    mark: Markup
    reading: str
    reading_mark: Markup
    definition: str
    definition_mark: Markup
    others: list[tuple[str, str, Markup]]


@dataclass(slots=True)
class Letter:
    """The rows under one letter. ``anchor`` is empty where the letter began on an earlier page."""

    name: str
    anchor: str
    rows: list[Row] = field(default_factory=list)


@blueprint.get("/<lang:lang>/terms")
def terms(lang: str) -> Answer:
    """The list, filtered by domain and by a part of a term in any language."""
    ui, here = interface_language(), links.current()
    every = _every(lang)
    chosen = filters.chosen(("domain",))
    asked = " ".join(request.args.get("q", "")[:LONGEST].split())
    part = asked.casefold().replace("\0", "")
    heard = [p for p in every if part in p.line.words] if part else every
    counts: dict[str, int] = {}
    for one in heard:
        if one.line.domain:
            counts[one.line.domain] = counts.get(one.line.domain, 0) + 1
    wanted = chosen.get("domain", ())
    found = [p for p in heard if p.line.domain in wanted] if wanted else heard
    stay = [*([("q", asked)] if asked else []), *([("saver", here.saver)] if here.saver else [])]
    addresses = FilterAddresses(f"{here.prefix}terms", chosen, stay)
    base = addresses.base()

    def numbered(n: int) -> str:
        return addresses.address(base, "page", [str(n)] if n > 1 else [])

    number = page_number(request.args.get("page"))
    pages = paging(number, total=len(found), size=PAGE, href=numbered)
    values = facet_links.top_values(counts, wanted)
    named = {"domain": domains(session(), values, lang=lang)}
    shown = found[pages.offset : pages.offset + PAGE]
    title = gettext("Terms")
    page = Page(
        title=title
        if number == 1
        else gettext("%(title)s, page %(number)s", title=title, number=number),
        path="terms",
        description=str(BANK),
        nav="terms",
        crumbs=[Crumb(gettext("Library"), here.to()), Crumb(title)],
        query=[("page", str(number))] if number > 1 and not (chosen or part) else [],
        noindex=bool(chosen or part) or not shown,
        previous=pages.previous,
        following=pages.following,
    )
    groups = []
    if values:
        groups.append(
            facet_links.group(
                "domain",
                gettext("Field"),
                values,
                counts,
                names=named["domain"],
                addresses=addresses,
                ui=ui,
            )
        )
    before = found[pages.offset - 1].letter if pages.offset and shown else ""
    return context.show(
        "terms.html",
        page,
        title=title,
        asked=asked.replace("\0", "\ufffd"),
        hidden=[("domain", value) for value in wanted],
        there=bool(every),
        groups=groups,
        chips=facet_links.chips(addresses, names=named, ui=ui),
        active=len(wanted),
        clear=here.to("terms", [("q", asked)]),
        fresh=here.to("terms"),
        count=_count(len(found), pages.offset, len(shown), ui) if shown else "",
        letters=_letters(found, numbered),
        parts=_rows(shown, before=before, lang=lang, ui=ui),
        pager=pages,
    )


def _every(lang: str) -> list[Place]:
    kept = cast(SortedTerms, current_app.extensions[_EXTENSION])
    database = session()
    return kept.get(
        facet_index().number,
        lang,
        lambda: _sorted(reading.term_lines(database, lang=lang), lang),
    )


def _sorted(lines: Sequence[TermLine], lang: str) -> list[Place]:
    """In the order of the alphabet; terms that stand in for another language come after its own."""
    keyed = [
        (line.lang != lang, alphabet.sort_key(line.text, line.lang, line.reading), line)
        for line in lines
    ]
    keyed.sort(key=lambda one: one[:2])
    return [Place(alphabet.initial(line.text, line.lang, line.reading), line) for *_, line in keyed]


def _letters(found: Sequence[Place], address: Callable[[int], str]) -> list[tuple[str, str]]:
    """Each letter with the address of the place where it begins."""
    made: list[tuple[str, str]] = []
    before = ""
    for n, place in enumerate(found):
        if place.letter != before:
            made.append((place.letter, f"{address(n // PAGE + 1)}#letter-{quote(place.letter)}"))
            before = place.letter
    return made


def _rows(shown: Sequence[Place], *, before: str, lang: str, ui: str) -> list[Letter]:
    said = reading.said_of(session(), [place.line.key for place in shown])
    here = links.current()
    parts: list[Letter] = []
    taken: set[str] = set()
    for place in shown:
        if not parts or parts[-1].name != place.letter:
            begins = place.letter != before and place.letter not in taken
            parts.append(Letter(place.letter, f"letter-{place.letter}" if begins else ""))
            taken.add(place.letter)
        before = place.letter
        line = place.line
        by_lang = said.get(line.key, {})
        defined = choose(lang, [tag for tag, one in by_lang.items() if one.definition])
        parts[-1].rows.append(
            Row(
                href=f"{here.prefix}terms/{quote(line.key)}{here.suffix}",
                text=line.text,
                mark=context.marks(line.lang, ui),
                reading=line.reading or "",
                reading_mark=romanised(line.lang),
                definition=by_lang[defined].definition if defined else "",
                definition_mark=context.marks(defined, ui),
                others=_others(by_lang, line.lang, ui),
            )
        )
    return parts


def _others(
    by_lang: Mapping[str, LanguageDraft], shown: str, ui: str
) -> list[tuple[str, str, Markup]]:
    """The preferred terms of the other languages, those of the interface's languages first."""
    offered = services().settings.languages
    order = {tag: n for n, tag in enumerate(offered)}
    tags = sorted(
        (tag for tag in by_lang if tag != shown), key=lambda tag: (order.get(tag, 99), tag)
    )
    made = []
    for tag in tags:
        best = reading.preferred(by_lang[tag])
        if best:
            made.append((endonym(tag, short=True), best.text, context.marks(tag, ui)))
    return made


def romanised(tag: str) -> Markup:
    """The attributes of a reading: the language itself, in Latin letters (``zh-Latn``)."""
    return Markup(' lang="{}-Latn" dir="ltr"').format(tag.partition("-")[0])


def domains(database: Session, values: Sequence[str], *, lang: str) -> Naming:
    """How domains (``isced-f-2013:0714``) are called; one statement for each scheme among them."""
    named: dict[str, Name] = {}
    by_scheme: dict[str, list[str]] = {}
    for value in values:
        scheme, _, code = value.partition(":")
        by_scheme.setdefault(scheme, []).append(code)
    for scheme, codes in by_scheme.items():
        found = code_labels(database, codes, scheme=scheme, lang=lang)
        named |= {f"{scheme}:{code}": label for code, label in found.items()}

    def naming(value: str) -> tuple[str, str | None]:
        found = named.get(value)
        return (found.text, found.lang) if found else (value, None)

    return naming


def _count(total: int, offset: int, shown: int, ui: str) -> str:
    entries = ngettext("%(num)s term", "%(num)s terms", total)
    return counted_part(str(entries), first=offset + 1, last=offset + shown, total=total, ui=ui)
