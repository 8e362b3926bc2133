"""What the index is told: works, institutions, partnerships and concepts cut into passages.

A passage is 200 to 300 words of one section in one language, so that a long work is found by its best
paragraph and a hit can lead to it. All languages of a thing are indexed: what exists only in Khmer must
be found by who reads Khmer. The text inside a work's files comes after that of its sections, see
`file_passages`.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue import sizes
from library.catalogue.editions import SILENT_KINDS
from library.catalogue.facets import SUBJECT_SCHEME
from library.catalogue.file_passages import WorkFiles
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Role,
    Section,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
)
from library.directory.models import (
    Code,
    CodeLabel,
    CodeScheme,
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.i18n import names
from library.markdown import BlockKind, plain_text
from library.search.port import Passage
from library.terms.models import Concept, ConceptText, Term

# Characters of a passage: about 250 words where words have spaces, and as much text where not.
PASSAGE_CHARACTERS = 1600
# Characters of a passage in scripts that say as much in a third of the letters.
DENSE_CHARACTERS = 600
_DENSE = ("zh", "ja", "ko")


class Known:
    """Everything that passages of some works need but their texts, read for all of them at once."""

    def __init__(self, session: Session, works: Sequence[Work]) -> None:
        self.works = {work.uuid: work for work in works}
        ids = [work.id for work in works]
        self.offered: dict[int, set[str]] = {one: set() for one in ids}
        self.titles: dict[int, dict[str, str]] = {one: {} for one in ids}
        self.media: dict[int, list[MediaFile]] = {one: [] for one in ids}
        self._bytes = dict.fromkeys(ids, 0)
        self._subjects: dict[int, list[str]] = {one: [] for one in ids}
        self._institutions: dict[int, list[str]] = {one: [] for one in ids}
        self._countries: dict[int, list[str]] = {one: [] for one in ids}
        self._labels: dict[int, list[str]] = {one: [] for one in ids}
        self._names: dict[int, list[str]] = {one: [] for one in ids}
        self._codes: dict[int, list[str]] = {one: [] for one in ids}
        for work_id, lang, title, offered, size in session.execute(
            select(
                Edition.work_id, Edition.lang, Edition.title, Edition.offered, Edition.bytes
            ).where(Edition.work_id.in_(ids))
        ):
            self.titles[work_id][lang] = title
            self._bytes[work_id] = max(self._bytes[work_id], size)
            if offered:
                self.offered[work_id].add(lang)
        for work_id, code, scheme in session.execute(
            select(WorkCode.work_id, Code.code, CodeScheme.key)
            .join(Code, Code.id == WorkCode.code_id)
            .join(CodeScheme, CodeScheme.id == Code.scheme_id)
            .where(WorkCode.work_id.in_(ids))
            .order_by(WorkCode.code_id)
        ):
            self._codes[work_id].append(code)
            if scheme == SUBJECT_SCHEME:
                self._subjects[work_id].append(code)
        for work_id, label in session.execute(
            select(WorkCode.work_id, CodeLabel.label)
            .join(CodeLabel, CodeLabel.code_id == WorkCode.code_id)
            .where(WorkCode.work_id.in_(ids))
            .order_by(WorkCode.code_id, CodeLabel.lang)
        ):
            self._labels[work_id].append(label)
        for work_id, key in session.execute(
            select(WorkInstitution.work_id, Institution.key)
            .join(Institution, Institution.id == WorkInstitution.institution_id)
            .where(WorkInstitution.work_id.in_(ids))
            .order_by(WorkInstitution.position)
        ):
            self._institutions[work_id].append(key)
        for work_id, name in session.execute(
            select(WorkInstitution.work_id, InstitutionText.name)
            .join(InstitutionText, InstitutionText.institution_id == WorkInstitution.institution_id)
            .where(WorkInstitution.work_id.in_(ids))
            .order_by(WorkInstitution.position, InstitutionText.lang)
        ):
            self._names[work_id].append(name)
        for work_id, country in session.execute(
            select(WorkCountry.work_id, WorkCountry.country)
            .where(WorkCountry.work_id.in_(ids))
            .order_by(WorkCountry.country)
        ):
            self._countries[work_id].append(country)
        for row in session.scalars(
            select(MediaFile)
            .where(MediaFile.work_id.in_(ids), MediaFile.role != MediaRole.RENDITION)
            .order_by(MediaFile.path)
        ):
            self.media[row.work_id].append(row)

    def facts(self, work: Work) -> dict[str, tuple[str, ...]]:
        """Whatever a passage is filtered by."""
        return {
            "subjects": tuple(self._subjects[work.id]),
            "institutions": tuple(self._institutions[work.id]),
            "countries": tuple(self._countries[work.id]),
            "sizes": sizes.values(work.media_bytes + self._bytes[work.id]),
        }

    def keywords(self, work: Work) -> str:
        """Code labels and institution names in all languages: a reader types the label of a coded value.

        The same text serves every language, because a German label must find a Thai edition as well.
        """
        words = [*self._labels[work.id], *self._names[work.id], *self._codes[work.id]]
        return "\n".join(dict.fromkeys([*words, work.key.replace("-", " ")]))


def known_of(session: Session, those: Collection[uuids.UUID]) -> Known:
    """What is known of the works with these uuids, as far as there are such."""
    return Known(session, session.scalars(select(Work).where(Work.uuid.in_(those))).all())


def of_work(session: Session, work: Work, *, known: Known | None = None) -> Iterator[Passage]:
    """All passages of a published work, section by section; none of a withdrawn one.

    ``known`` has been read of it and others before.
    """
    if work.status != "published":
        return
    known = known or Known(session, [work])
    offered, titles = known.offered[work.id], known.titles[work.id]
    facts, keywords = known.facts(work), known.keywords(work)
    files = WorkFiles(session, work, rows=known.media[work.id])
    section_id = None
    batch: list[tuple[str, uuids.UUID, str, str, str]] = []
    section_uuid = work.uuid
    for row in session.execute(
        select(
            Section.id,
            Section.uuid,
            Block.uuid.label("block"),
            Block.role,
            Block.kind,
            BlockText.lang,
            BlockText.source,
        )
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(
            Section.work_id == work.id,
            Section.removed_at.is_(None),
            Block.removed_at.is_(None),
            Block.kind.not_in(SILENT_KINDS),
        )
        .order_by(Section.position, Block.position, Block.id)
    ):
        files.seen(row.uuid, row.block, row.source)
        if row.lang not in offered:
            continue
        if row.id != section_id:
            yield from _section(work, section_uuid, batch, titles, facts, keywords)
            section_id, section_uuid, batch = row.id, row.uuid, []
        batch.append((row.lang, row.block, row.role, row.kind, row.source))
    yield from _section(work, section_uuid, batch, titles, facts, keywords)
    languages = sorted(titles, key=lambda tag: tag != work.source_language)
    yield from files.passages(languages=languages, titles=titles, facts=facts)


def _section(
    work: Work,
    section: uuids.UUID,
    rows: list[tuple[str, uuids.UUID, str, str, str]],
    work_titles: dict[str, str],
    facts: dict[str, tuple[str, ...]],
    keywords: str,
) -> Iterator[Passage]:
    by_lang: dict[str, list[tuple[uuids.UUID, str, str]]] = defaultdict(list)
    title: dict[str, str] = {}
    for lang, block, role, kind, source in rows:
        text = plain_text(source, kind=BlockKind(kind))
        if role == Role.TITLE:
            title[lang] = text
        if text and role != Role.TITLE:
            by_lang[lang].append((block, kind, text))
        elif role == Role.TITLE:
            by_lang[lang].insert(0, (block, kind, ""))
    for lang, pieces in by_lang.items():
        for n, (block, body) in enumerate(_cut(pieces, lang)):
            yield Passage(
                id=f"{section}:{lang}:{n}",
                work=str(work.uuid),
                section=str(section),
                block=str(block),
                kind=work.kind,
                lang=lang,
                title=title.get(lang, ""),
                work_title=work_titles.get(lang, "") or work_titles.get(work.source_language, ""),
                body=body,
                keywords=keywords,
                subjects=facts["subjects"],
                level=work.level or "",
                institutions=facts["institutions"],
                countries=facts["countries"],
                sizes=facts["sizes"],
            )


def _cut(
    pieces: Sequence[tuple[uuids.UUID, str, str]], lang: str
) -> Iterator[tuple[uuids.UUID, str]]:
    """Whole blocks gathered up to the size of a passage, each with the first block of it.

    A block of many times that size (a long listing) is cut, so that no passage grows without bound.
    """
    most = DENSE_CHARACTERS if lang.split("-")[0] in _DENSE else PASSAGE_CHARACTERS
    first: uuids.UUID | None = None
    texts: list[str] = []
    size = 0
    for block, _kind, text in pieces:
        for start in range(0, max(len(text), 1), 4 * most):
            part = text[start : start + 4 * most]
            if first is not None and size and size + len(part) > most:
                yield first, "\n".join(texts)
                first, texts, size = None, [], 0
            first = first or block
            if part:
                texts.append(part)
            size += len(part)
    if first is not None:
        yield first, "\n".join(texts)


def of_institution(session: Session, institution: Institution) -> Iterator[Passage]:
    for text in session.scalars(
        select(InstitutionText).where(InstitutionText.institution_id == institution.id)
    ):
        yield _entry(
            institution.uuid,
            "institution",
            text.lang,
            text.name,
            text.summary,
            text.body,
            institution.country,
            institution.city,
        )


def of_partnership(session: Session, partnership: Partnership) -> Iterator[Passage]:
    for text in session.scalars(
        select(PartnershipText).where(PartnershipText.partnership_id == partnership.id)
    ):
        programmes = "\n".join(
            name for programme in partnership.programmes for name in programme.values()
        )
        yield _entry(
            partnership.uuid,
            "partnership",
            text.lang,
            text.name,
            text.summary,
            f"{text.body}\n{programmes}",
            partnership.country,
            partnership.city,
        )


def _entry(
    uuid: uuids.UUID,
    kind: str,
    lang: str,
    name: str,
    summary: str,
    body: str,
    country: str | None,
    city: str | None,
) -> Passage:
    place = " ".join(word for word in (country and names.country(country, lang), city) if word)
    return Passage(
        id=f"{uuid}:{lang}:0",
        work=str(uuid),
        section=str(uuid),
        block=str(uuid),
        kind=kind,
        lang=lang,
        title=name,
        work_title=name,
        body="\n".join(
            part
            for part in (
                plain_text(summary, kind=BlockKind.PARAGRAPH),
                plain_text(body, kind=BlockKind.PARAGRAPH),
            )
            if part
        ),
        keywords=place,
        countries=(country,) if country else (),
    )


def of_concept(session: Session, concept: Concept) -> Iterator[Passage]:
    """One passage a language, with the terms of every other language as keywords."""
    terms: dict[str, list[Term]] = defaultdict(list)
    for term in session.scalars(
        select(Term).where(Term.concept_id == concept.id).order_by(Term.lang, Term.position)
    ):
        terms[term.lang].append(term)
    definitions = {
        row.lang: row.definition
        for row in session.execute(
            select(ConceptText.lang, ConceptText.definition).where(
                ConceptText.concept_id == concept.id
            )
        )
    }
    every = " ".join(
        word
        for those in terms.values()
        for term in those
        for word in (term.text, term.reading or "")
        if word
    )
    for lang, those in terms.items():
        yield Passage(
            id=f"{concept.uuid}:{lang}:0",
            work=str(concept.uuid),
            section=str(concept.uuid),
            block=str(concept.uuid),
            kind="term",
            lang=lang,
            title=those[0].text,
            work_title=those[0].text,
            body=plain_text(definitions.get(lang, ""), kind=BlockKind.PARAGRAPH),
            keywords=every,
        )


def everything(session: Session) -> Iterator[Passage]:
    """Every passage of the library, in constant memory: for a rebuild."""
    last = 0
    while True:
        works = session.scalars(
            select(Work).where(Work.id > last).order_by(Work.id).limit(50)
        ).all()
        if not works:
            break
        those = Known(session, works)
        for work in works:
            yield from of_work(session, work, known=those)
            last = work.id
        session.expunge_all()
    for institution in session.scalars(select(Institution).order_by(Institution.id)):
        yield from of_institution(session, institution)
    for partnership in session.scalars(select(Partnership).order_by(Partnership.id)):
        yield from of_partnership(session, partnership)
    for concept in session.scalars(select(Concept).order_by(Concept.id)).all():
        yield from of_concept(session, concept)


def of_subject(
    session: Session, subject: str, uuid: uuids.UUID, *, known: Known
) -> Iterator[Passage]:
    """The passages of whatever an outbox entry speaks of; none where it is gone.

    ``known`` are the works that it may be.
    """
    if subject == "work":
        work = known.works.get(uuid)
        return of_work(session, work, known=known) if work else iter(())
    if subject == "institution":
        institution = session.scalar(select(Institution).where(Institution.uuid == uuid))
        return of_institution(session, institution) if institution else iter(())
    if subject == "partnership":
        partnership = session.scalar(select(Partnership).where(Partnership.uuid == uuid))
        return of_partnership(session, partnership) if partnership else iter(())
    concept = session.scalar(select(Concept).where(Concept.uuid == uuid))
    return of_concept(session, concept) if concept else iter(())
