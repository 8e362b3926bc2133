"""The front door and the home page in each language."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request
from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.facets import SUBJECT_SCHEME, FacetIndex
from library.catalogue.listing import cards
from library.catalogue.models import WORK_KINDS
from library.catalogue.specimen import specimen
from library.directory.names import Census, code_labels, partnership_census
from library.formats import jsonld
from library.http.language import interface_language, reader_language
from library.http.services import facet_index, services, session
from library.i18n.names import country, endonym
from library.web import context, labels, links
from library.web.cards import CardView, card_views
from library.web.context import Page
from library.web.lists import index_counts
from library.web.pages import blueprint

# Works on the home page: many of what most readers look for, some of the rest.
_CARDS = {"course": 6}
_CARDS_OF_OTHERS = 3
# Kinds with fewer works than this share one band of the page.
_OWN_BAND = 3
_FIELDS = 24
_COUNTRIES = 16
_WORKS_TRIED = 12
# Languages that show best what two columns are, when the page's own has a text beside them.
_BESIDE = ("zh-Hans", "en", "fr", "ar")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an index: a name, its language, where it leads, how many."""

    name: str
    mark: Markup
    href: str
    count: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The newest works of a kind."""

    kind: str
    title: str
    href: str
    count: str
    rows: list[CardView]
    intro: str


@blueprint.get("/")
def front_door() -> Answer:
    """Lead to the home page in the reader's language."""
    query = request.query_string.decode("latin-1")
    tag = reader_language(services().settings)
    answer = redirect(f"/{tag}/" + (f"?{query}" if query else ""), 302)
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.add("Accept-Language")
    return answer


@blueprint.get("/<lang:lang>/")
def home(lang: str) -> Answer:
    """What the library is, what is in it, and the way in."""
    ui = interface_language()
    database, index, here = session(), facet_index(), links.current()
    settings = services().settings
    page = Page(
        title=str(
            gettext(
                "%(site)s: courses, textbooks and standards in many languages",
                site=settings.site_name,
            )
        ),
        path="",
        description=str(
            gettext(
                "A multilingual library of courses, textbooks and teaching standards for "
                "vocational colleges abroad."
            )
        ),
        searchable=False,
        jsonld=[
            jsonld.script(
                jsonld.home(
                    base_url=settings.base_url,
                    lang=ui,
                    site_name=settings.site_name,
                    languages=settings.languages,
                )
            )
        ],
    )
    shelves = _shelves(index, ui=ui, lang=lang)
    own = index.bits["language"].get(lang, 0)
    works = _ids(index, own)
    languages = index_counts(index, "language")
    shown = specimen(
        database,
        works=works,
        lang=lang,
        others=list(dict.fromkeys([*(b for b in _BESIDE if b in languages), *languages])),
    )
    fields = index_counts(index, "subject")
    names = code_labels(database, list(fields), scheme=SUBJECT_SCHEME, lang=lang)
    sites = partnership_census(database)
    return context.show(
        "home.html",
        page,
        empty=not index.ids,
        specimen=shown,
        specimen_href=f"{here.page(shown.kind, shown.key, shown.section_path)}"
        f"{'&' if here.saver else '?'}with={shown.other}"
        if shown
        else "",
        specimen_names=(endonym(shown.lang), endonym(shown.other, short=True)) if shown else None,
        fields=[
            Entry(
                names[code].text,
                context.marks(names[code].lang, ui),
                here.to("works", [("subject", code)]),
                context.number(count, ui),
            )
            for code, count in list(fields.items())
            if code in names
        ][:_FIELDS],
        shelves=[shelf for shelf in shelves if len(shelf.rows) >= _OWN_BAND],
        rest=[shelf for shelf in shelves if len(shelf.rows) < _OWN_BAND],
        brands=_brands(sites, ui=ui),
        countries=[
            Entry(
                country(code, ui),
                Markup(""),
                here.to("partnerships", [("country", code)]),
                context.number(count, ui),
            )
            for code, count in list(sites.countries.items())[:_COUNTRIES]
        ],
        sites=sites.total,
        languages=[
            Entry(
                endonym(tag),
                context.marks(tag, ui),
                here.to("works", [("language", tag)]),
                context.number(count, ui),
            )
            for tag, count in languages.items()
        ],
    )


def _ids(index: FacetIndex, bits: int) -> list[int]:
    """The newest works among those whose bits are set."""
    digits = bin(bits)[:1:-1]
    return [index.ids[n] for n, digit in enumerate(digits) if digit == "1"][:_WORKS_TRIED]


def _shelves(index: FacetIndex, *, ui: str, lang: str) -> list[Shelf]:
    """The newest works of each kind that there is, all their cards read at once."""
    intros = {
        "course": gettext("Whole courses, lesson by lesson."),
        "textbook": gettext("Books to study from, chapter by chapter."),
        "standard": gettext("What a graduate must know and be able to do."),
        "lesson": gettext("One idea each. Length and size first, so that you choose."),
        "resource": gettext("Hand-outs, drawings, slides and films for the classroom."),
        "equipment": gettext("Machines and benches: what they are, what they can do."),
        "certificate": gettext("What they ask for, and what prepares for them."),
    }
    ids: dict[str, list[int]] = {}
    totals: dict[str, int] = {}
    for kind in WORK_KINDS:
        found = index.select({"kind": [kind]}, limit=_CARDS.get(kind, _CARDS_OF_OTHERS), count=())
        if found.ids:
            ids[kind], totals[kind] = found.ids, found.total
    here = links.current()
    listed = cards(session(), [one for some in ids.values() for one in some], lang=lang)
    views = dict(zip([c.id for c in listed], card_views(listed, ui=ui, links=here), strict=True))
    return [
        Shelf(
            kind,
            labels.label(labels.SHELVES, kind),
            here.to(public_paths.SEGMENTS[kind]),
            labels.counted_works(totals[kind], ui),
            [views[one] for one in some if one in views],
            str(intros[kind]),
        )
        for kind, some in ids.items()
    ]


def _brands(sites: Census, *, ui: str) -> list[tuple[str, str, str, str]]:
    """Brands with their page and how many sites in how many countries they have."""
    here = links.current()
    return [
        (
            labels.label(labels.BRANDS, brand),
            here.to("partnerships", [("brand", brand)]),
            context.number(count, ui),
            context.number(sites.countries_of.get(brand, 0), ui),
        )
        for brand, count in sites.brands.items()
    ]
