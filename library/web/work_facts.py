"""What is told of a work beside its text: facts, editions, files, parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from library.catalogue import public_paths
from library.catalogue.affiliations import Affiliations, Subject
from library.catalogue.facets import SUBJECT_SCHEME
from library.catalogue.models import MediaFile, Work
from library.catalogue.reading import EditionFacts, SectionNode
from library.directory.names import best
from library.formats.licence import licence_url
from library.i18n import quantities
from library.i18n.chains import chain
from library.i18n.names import country, endonym
from library.markdown import marked
from library.media.types import short_label
from library.web import context, labels
from library.web.reader import Opened


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the facts: what, and its values as text or links with their language."""

    label: str
    values: list[tuple[str, str | None, Markup]]


@dataclass(frozen=True, slots=True)
class EditionView:
    lang: str
    name: str
    mark: Markup
    href: str
    current: bool
    complete: str
    step: str
    origin: str
    reviewed: str
    stale: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class FileView:
    href: str
    name: Markup
    kind: str
    size: str
    licence: str


def facts(opened: Opened, around: Affiliations, nodes: Sequence[SectionNode]) -> list[Fact]:
    work, ui, here = opened.work, opened.ui, opened.links
    none = Markup("")

    def plain(label: str, words: str) -> Fact:
        return Fact(label, [(words, None, none)])

    told: list[Fact] = []
    if around.institutions:
        told.append(
            Fact(
                gettext("Institution"),
                [
                    (one.name, here.page("institution", one.key), context.marks(one.lang, ui))
                    for one in around.institutions
                ],
            )
        )
    if work.contributors:
        told.append(
            Fact(
                gettext("By"),
                [(_credited(person), None, none) for person in work.contributors],
            )
        )
    if work.level:
        told.append(plain(gettext("Level"), labels.label(labels.LEVELS, work.level)))
    extent = _extent(work, nodes, ui)
    if extent:
        told.append(plain(gettext("Extent"), context.listed(extent)))
    if around.subjects:
        told.append(Fact(gettext("Subject"), [_subject(one, opened) for one in around.subjects]))
    if around.countries:
        names = [country(code, ui) for code in around.countries]
        told.append(plain(gettext("Used in"), context.listed(names)))
    if around.partnerships:
        told.append(
            Fact(
                gettext("Partnerships"),
                [
                    (one.name, here.page("partnership", one.key), context.marks(one.lang, ui))
                    for one in around.partnerships
                ],
            )
        )
    told.append(
        Fact(gettext("Licence"), [(licence_name(work.licence), licence_url(work.licence), none)])
    )
    revision = gettext(
        "Revision %(number)s, %(date)s",
        number=context.number(work.revision, ui),
        date=quantities.date(work.updated_at, ui),
    )
    told.append(plain(gettext("Published"), revision))
    if work.version:
        told.append(plain(gettext("Version"), work.version))
    for place in work.links:
        address = place.get("url", "")
        if address.startswith(("https://", "http://")):
            words = place.get("title") or address
            told.append(Fact(gettext("Elsewhere"), [(words, address, none)]))
    return told


def _credited(person: dict[str, str]) -> str:
    role = person.get("role", "")
    name = person.get("name", "")
    if not role:
        return name
    return str(
        gettext("%(name)s (%(role)s)", name=name, role=labels.label(labels.CONTRIBUTIONS, role))
    )


def _extent(work: Work, nodes: Sequence[SectionNode], ui: str) -> list[str]:
    extent = []
    if work.hours:
        extent.append(context.hours(work.hours, ui))
    if work.minutes:
        extent.append(context.minutes(work.minutes, ui))
    if work.credits:
        extent.append(gettext("Credits: %(number)s", number=context.number(work.credits, ui)))
    if len(nodes) > 1:
        extent.append(labels.counted_sections(len(nodes) - 1, ui))
    return extent


def _subject(subject: Subject, opened: Opened) -> tuple[str, str | None, Markup]:
    mark = context.marks(subject.lang, opened.ui)
    if subject.scheme == SUBJECT_SCHEME:
        href = opened.links.to("works", [("subject", subject.code)])
        return subject.label, href, mark
    return subject.label, subject.uri, mark


def licence_name(licence: str) -> str:
    """Creative Commons licences as they call themselves, others as they are written."""
    return licence.replace("-", " ") if licence.upper().startswith("CC-") else licence


def edition(opened: Opened, one: EditionFacts) -> EditionView:
    ui, lang = opened.ui, one.lang
    source = lang == opened.work.source_language
    none = gettext("none")
    return EditionView(
        lang=lang,
        name=endonym(lang),
        mark=context.marks(lang, ui),
        href=opened.links.to(opened.path, lang=lang),
        current=lang == opened.shown,
        complete=gettext("Source") if source else context.percent(one.percent, ui),
        step="" if one.percent >= 100 else f"p{one.percent // 10 * 10}",
        origin=labels.label(labels.ORIGINS, one.origin),
        reviewed=context.percent(round(100 * one.reviewed / one.translated), ui)
        if one.translated and one.reviewed
        else none,
        stale=context.number(one.stale, ui) if one.stale else none,
        answered_by=one.answered_by or "",
    )


def file(row: MediaFile, ui: str) -> FileView:
    return FileView(
        href=public_paths.media(row.sha256, row.name),
        # A title is one line for all languages, often in two of them.
        name=Markup(marked(str(escape(row.title or row.name.rpartition("/")[2])), lang=ui)),  # noqa: S704
        kind=short_label(row.media_type),
        size=context.size(row.size, ui),
        licence=row.licence or "",
    )


def parameters(work: Work, lang: str) -> list[tuple[str, str | None, str]]:
    """Facts of an equipment item: name with its language, value with its unit."""
    made = []
    languages = chain(lang, source=work.source_language)
    for parameter in work.parameters:
        names = parameter.get("name")
        if not isinstance(names, dict) or not names:
            continue
        name = best({str(k): str(v) for k, v in names.items()}, languages)
        value = f"{parameter.get('value', '')}\u00a0{parameter.get('unit') or ''}".strip("\u00a0 ")
        made.append((name.text, name.lang, value))
    return made
