"""A concept of the term bank: what it is called in every language, and what it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from library.errors import NotFound
from library.formats import jsonld
from library.http.language import interface_language
from library.http.services import services, session
from library.i18n.chains import choose
from library.i18n.names import endonym, name
from library.terms import reading
from library.terms.drafts import LanguageDraft, TermDraft
from library.web import context, labels, links
from library.web.context import Crumb, Page
from library.web.pages import blueprint
from library.web.terms import BANK, domains, romanised


@dataclass(slots=True)
class Wording:
    """What a concept is called in a language. ``status`` says in words what is not preferred."""

    text: str
    status: str
    forbidden: bool
    reading: str
    reading_mark: Markup


@dataclass(slots=True)
class Spoken:
    """A language of a concept. ``mark`` holds the attributes of that language."""

    lang: str
    language: str
    own: str
    mark: Markup
    terms: list[Wording]
    definition: str


@blueprint.get("/<lang:lang>/terms/<key>")
def term(lang: str, key: str) -> Answer:
    """A concept: its terms in every language, how they may be used, how they are read, what it is."""
    found = reading.concept_page(session(), key=key)
    if found is None:
        raise NotFound("There is no term at this address.", kind="term", key=key)
    ui, here = interface_language(), links.current()
    there = [tag for tag, said in found.said.items() if said.terms]
    source = found.row.source_language
    shown = choose(lang, there, source=source)
    title = _title(found.said[shown]) if shown else key
    definition = found.said[shown].definition if shown else ""
    domain = found.row.domain
    naming = domains(session(), [domain] if domain else [], lang=lang)
    spoken = [_spoken(tag, said, ui) for tag, said in found.said.items()]
    spoken.sort(key=lambda one: one.lang != shown)
    page = Page(
        title=title,
        title_lang=shown,
        kind=labels.labels_in("KINDS", ui)["term"],
        path=f"terms/{key}",
        description=definition or str(BANK),
        nav="terms",
        crumbs=[
            Crumb(gettext("Library"), here.to()),
            Crumb(gettext("Terms"), here.to("terms")),
            Crumb(title, lang=shown),
        ],
        languages=there,
        shown=shown,
        source=source,
        jsonld=[
            jsonld.script(
                jsonld.term(
                    found.row,
                    base_url=services().settings.base_url,
                    lang=shown or ui,
                    said=found.said,
                )
            )
        ],
    )
    note = ""
    if shown != lang:
        note = gettext(
            "This concept has no %(wanted)s term yet. You are reading it in %(shown)s.",
            wanted=name(lang, ui),
            shown=name(shown, ui) if shown else "",
        )
    return context.show(
        "term.html",
        page,
        title=title,
        title_mark=context.marks(shown, ui),
        note=note,
        spoken=spoken,
        domain=naming(domain) if domain else None,
        domain_href=here.to("terms", [("domain", domain)]) if domain else "",
        source=found.row.source,
        lasting=f"{services().settings.base_url}/id/{found.row.uuid}",
        look=here.to("search", [("q", title)]),
    )


def _title(said: LanguageDraft) -> str:
    best = reading.preferred(said) or said.terms[0]
    return best.text


def _spoken(tag: str, said: LanguageDraft, ui: str) -> Spoken:
    language = name(tag, ui)
    return Spoken(
        lang=tag,
        language=language[:1].upper() + language[1:],
        own="" if tag == ui else endonym(tag),
        mark=context.marks(tag, ui),
        terms=[_wording(one, tag) for one in said.terms],
        definition=said.definition,
    )


def _wording(one: TermDraft, tag: str) -> Wording:
    words = {
        "preferred": "",
        "allowed": gettext("also used"),
        "forbidden": gettext("do not use, it misleads"),
    }
    return Wording(
        text=one.text,
        status=str(words.get(one.status, one.status)),
        forbidden=one.status == "forbidden",
        reading=one.reading or "",
        reading_mark=romanised(tag),
    )
