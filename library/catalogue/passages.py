"""What the index is told: works, institutions, partnerships and concepts cut into passages.

A passage is 200 to 300 words of one section in one language, so that a long work is found by its best
paragraph and a hit can lead to it. All languages of a thing are indexed: what exists only in Khmer must
be found by who reads Khmer. The text inside a work's files comes after that of its sections, see
`file_passages`.
"""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.catalogue import sizes
from library.catalogue.editions import SILENT_KINDS
from library.catalogue.facets import SUBJECT_SCHEME
from library.catalogue.file_passages import WorkFiles
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
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


def of_work(session: Session, work: Work) -> Iterator[Passage]:
    """All passages of a published work, section by section; none of a withdrawn one."""
    if work.status != "published":
        return
    offered = set(
        session.scalars(
            select(Edition.lang).where(Edition.work_id == work.id, Edition.offered.is_(True))
        )
    )
    facts = _facts(session, work)
    keywords = _keywords(session, work)
    files = WorkFiles(session, work)
    section_id = None
    batch: list[tuple[str, uuids.UUID, str, str, str]] = []
    section_uuid = work.uuid
    titled = session.execute(select(Edition.lang, Edition.title).where(Edition.work_id == work.id))
    titles = {row.lang: row.title for row in titled}
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


def _facts(session: Session, work: Work) -> dict[str, tuple[str, ...]]:
    subjects = session.scalars(
        select(Code.code)
        .join(WorkCode, WorkCode.code_id == Code.id)
        .join(CodeScheme, CodeScheme.id == Code.scheme_id)
        .where(WorkCode.work_id == work.id, CodeScheme.key == SUBJECT_SCHEME)
    )
    institutions = session.scalars(
        select(Institution.key)
        .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
        .where(WorkInstitution.work_id == work.id)
        .order_by(WorkInstitution.position)
    )
    countries = session.scalars(select(WorkCountry.country).where(WorkCountry.work_id == work.id))
    text = session.scalar(select(func.max(Edition.bytes)).where(Edition.work_id == work.id))
    return {
        "subjects": tuple(subjects),
        "institutions": tuple(institutions),
        "countries": tuple(countries),
        "sizes": sizes.values(work.media_bytes + int(text or 0)),
    }


def _keywords(session: Session, work: Work) -> str:
    """Code labels and institution names in all languages: a reader types the label of a coded value.

    The same text serves every language, because a German label must find a Thai edition as well.
    """
    labels = session.scalars(
        select(CodeLabel.label)
        .join(WorkCode, WorkCode.code_id == CodeLabel.code_id)
        .where(WorkCode.work_id == work.id)
    )
    names = session.scalars(
        select(InstitutionText.name)
        .join(WorkInstitution, WorkInstitution.institution_id == InstitutionText.institution_id)
        .where(WorkInstitution.work_id == work.id)
    )
    codes = session.scalars(
        select(Code.code)
        .join(WorkCode, WorkCode.code_id == Code.id)
        .where(WorkCode.work_id == work.id)
    )
    words = dict.fromkeys([*labels, *names, *codes, work.key.replace("-", " ")])
    return "\n".join(words)


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
        for work in works:
            yield from of_work(session, work)
            last = work.id
        session.expunge_all()
    for institution in session.scalars(select(Institution).order_by(Institution.id)):
        yield from of_institution(session, institution)
    for partnership in session.scalars(select(Partnership).order_by(Partnership.id)):
        yield from of_partnership(session, partnership)
    for concept in session.scalars(select(Concept).order_by(Concept.id)).all():
        yield from of_concept(session, concept)


def of_subject(session: Session, subject: str, uuid: uuids.UUID) -> Iterator[Passage]:
    """The passages of whatever an outbox entry speaks of; none where it is gone."""
    if subject == "work":
        work = session.scalar(select(Work).where(Work.uuid == uuid))
        return of_work(session, work) if work else iter(())
    if subject == "institution":
        institution = session.scalar(select(Institution).where(Institution.uuid == uuid))
        return of_institution(session, institution) if institution else iter(())
    if subject == "partnership":
        partnership = session.scalar(select(Partnership).where(Partnership.uuid == uuid))
        return of_partnership(session, partnership) if partnership else iter(())
    concept = session.scalar(select(Concept).where(Concept.uuid == uuid))
    return of_concept(session, concept) if concept else iter(())
