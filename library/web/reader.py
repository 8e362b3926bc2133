"""What pages for reading share: the work, the language it is shown in, the one beside it, the notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, request
from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.catalogue import former_addresses, public_paths
from library.catalogue.media_reading import media_facts
from library.catalogue.models import Work
from library.catalogue.reading import BlockRow, EditionFacts, editions_of, work_by_key
from library.errors import Gone, Invalid, Moved, NotFound
from library.i18n.chains import choose
from library.i18n.names import endonym, name
from library.i18n.tags import normalise
from library.web import context, links
from library.web.links import Links
from library.web.prose import Prose, Start, digests_in


@dataclass(frozen=True, slots=True)
class Opened:
    """A work as this reader gets it: ``shown`` in that language, with ``beside`` beside it if asked.

    ``path`` is the work's address after the language.
    """

    work: Work
    editions: Mapping[str, EditionFacts]
    lang: str
    ui: str
    shown: str
    beside: str | None
    path: str
    links: Links

    @property
    def edition(self) -> EditionFacts:
        return self.editions[self.shown]

    @property
    def title(self) -> tuple[str, str]:
        """The work's title and its language: of the edition shown, else along the reader's chain."""
        titled = {tag: one.title for tag, one in self.editions.items() if one.title}
        if self.shown in titled:
            return titled[self.shown], self.shown
        tag = choose(self.lang, list(titled), source=self.work.source_language)
        return (titled[tag], tag) if tag else (self.work.key, "und")

    @property
    def exists(self) -> bool:
        """Whether the work has an edition in the language of the address."""
        return self.lang in self.editions


@dataclass(frozen=True, slots=True)
class Choice:
    """A language to put beside the text, or to read the page in."""

    lang: str
    name: str
    mark: Markup
    href: str
    current: bool
    percent: str


def open_work(
    session: Session, *, kind: str, key: str, lang: str, ui: str, section: str = ""
) -> Opened:
    """The work at an address in ``lang``, asked for because of ``section`` in it.

    Raises ``NotFound``, ``Moved`` where it has another address now, or ``Gone`` where it was withdrawn.
    """
    work = work_by_key(session, kind=kind, key=key) if "\0" not in key else None
    if work is None:
        follow_former(session, kind=kind, key=key, lang=lang, section=section)
        raise NotFound("There is no work at this address.", kind=kind, key=key)
    editions = editions_of(session, work)
    shown = choose(lang, list(editions), source=work.source_language)
    if work.status == "withdrawn":
        raise Gone(
            "This work has been withdrawn from the library.",
            title=editions[shown].title if shown else key,
            lang=shown,
            work=f"{kind}/{key}",
            uuid=str(work.uuid),
            replaced_by=work.replaced_by,
            withdrawn_at=work.updated_at,
            because=work.withdrawn_because,
        )
    if shown is None:
        raise NotFound("No edition of this work is offered to readers yet.", kind=kind, key=key)
    beside = _beside(editions, shown)
    here = links.current().inside(kind, key, beside=beside)
    path = public_paths.page(kind, key, lang="@").removeprefix("/@/")
    return Opened(work, editions, lang, ui, shown, beside, path, here)


def follow_former(session: Session, *, kind: str, key: str, lang: str, section: str = "") -> None:
    """Raises ``Moved`` where something once had this address and has another one now."""
    if "\0" in key or "\0" in section:
        return
    now = former_addresses.follow(session, kind=kind, key=key, path=section)
    if now is not None:
        path = public_paths.page(now.kind, now.key, now.path, lang=lang)
        raise Moved("This has another address now.", path=path)


def _beside(editions: Mapping[str, EditionFacts], shown: str) -> str | None:
    try:
        wanted = normalise(request.args.get("with", ""))
    except Invalid:
        return None
    return wanted if wanted in editions and wanted != shown else None


def clean_address(opened: Opened, path: str) -> Answer | None:
    """A redirect to the address without a ``with`` that says nothing, or with its one spelling."""
    asked = request.args.get("with")
    if asked is None or asked == opened.beside:
        return None
    query = links.query_without()
    if opened.beside:
        query.append(("with", opened.beside))
    return redirect(links.current().to(path, query), 302)


def prose_for(session: Session, opened: Opened, rows: list[BlockRow]) -> Prose:
    """How the texts of this page are prepared; with the data saver their files' sizes are read."""
    media = None
    if links.saving_data():
        texts = [
            piece.html
            for row in rows
            for piece in (row.first, row.second, row.stand_in)
            if piece is not None
        ]
        media = media_facts(session, opened.work, digests=digests_in(texts))
    return Prose(opened.links, opened.ui, media, Start.asked(request.args.get("at", "")))


def notes(opened: Opened, *, absent: bool = False) -> list[str]:
    """What holds for the whole page, said once at its top.

    ``absent``: this section has no text at all in the edition that is shown.
    """
    ui, said = opened.ui, []
    shown = name(opened.shown, ui)
    if not opened.exists:
        said.append(
            gettext(
                "This work is not available in %(wanted)s yet. You are reading it in %(shown)s.",
                wanted=name(opened.lang, ui),
                shown=shown,
            )
        )
    edition = opened.edition
    if edition.origin == "machine" and edition.lang != opened.work.source_language:
        said.append(_machine_note(edition, opened, ui))
    if absent:
        said.append(
            gettext(
                "This section has no %(language)s text yet. It is shown in another language.",
                language=shown,
            )
        )
    elif edition.percent < 100:
        said.append(
            gettext(
                "The %(language)s edition is %(percent)s complete. What is missing is shown in "
                "another language, and marked.",
                language=shown,
                percent=context.percent(edition.percent, ui),
            )
        )
    if opened.beside:
        second = opened.editions[opened.beside]
        if second.origin == "machine" and second.lang != opened.work.source_language:
            said.append(_machine_note(second, opened, ui))
    return [str(sentence) for sentence in said]


def _machine_note(edition: EditionFacts, opened: Opened, ui: str) -> str:
    facts = {
        "language": name(edition.lang, ui),
        "source": name(opened.work.source_language, ui),
    }
    if edition.reviewed >= edition.translated > 0:
        told = gettext(
            "The %(language)s text was translated from %(source)s by machine and reviewed by a "
            "person.",
            **facts,
        )
    elif edition.reviewed:
        told = gettext(
            "The %(language)s text was translated from %(source)s by machine and is reviewed in "
            "part.",
            **facts,
        )
    else:
        told = gettext(
            "The %(language)s text was translated from %(source)s by machine and has not been "
            "reviewed yet.",
            **facts,
        )
    return str(told)


def beside_choices(opened: Opened, path: str) -> list[Choice]:
    """The languages that can stand beside the text, and first the choice of none."""
    here, ui = links.current(), opened.ui
    made = [
        Choice(
            "",
            str(gettext("One language only")),
            Markup(""),
            here.to(path),
            opened.beside is None,
            "",
        )
    ]
    for edition in opened.editions.values():
        if edition.lang == opened.shown:
            continue
        made.append(
            Choice(
                edition.lang,
                endonym(edition.lang),
                context.marks(edition.lang, ui),
                here.to(path, [("with", edition.lang)]),
                edition.lang == opened.beside,
                "" if edition.percent >= 100 else context.percent(edition.percent, ui),
            )
        )
    return made
