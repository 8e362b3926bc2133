"""What is read for a page of results: statements made once, because a page has little time for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import String, Table, and_, bindparam, or_, select, type_coerce
from sqlalchemy.sql import Select

from library.catalogue.editions import SILENT_KINDS
from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaText,
    Role,
    Section,
    Work,
)
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipText,
)
from library.terms.models import Concept, ConceptText, Term

# Blocks after a passage's first in which its words are looked for.
NEARBY = 12


def _table(model: type) -> Table:
    # The tables themselves: rows that become no objects need nothing of the mapping.
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _works() -> Select[*tuple[Any, ...]]:
    work, edition = _table(Work).c, _table(Edition).c
    return (
        select(
            work.uuid,
            work.kind,
            work.key,
            work.source_language,
            work.sample,
            edition.lang,
            edition.title,
            edition.translated,
            edition.blocks,
        )
        .join(_table(Edition), and_(edition.work_id == work.id, edition.offered.is_(True)))
        .where(work.uuid.in_(bindparam("wanted", expanding=True)), work.status == "published")
    )


def _places() -> Select[*tuple[Any, ...]]:
    first_ = _table(Block).alias("first")
    first, block, text = first_.c, _table(Block).c, _table(BlockText).c
    section = _table(Section).c
    return (
        select(
            # As digits: making an object of each of hundreds of uuids costs more than reading them.
            type_coerce(first.uuid, String).label("passage"),
            first.position,
            section.path,
            type_coerce(block.uuid, String).label("block"),
            block.position,
            block.role,
            block.kind,
            text.lang,
            text.source,
        )
        .select_from(first_)
        .join(_table(Section), section.id == first.section_id)
        .join(
            _table(Block),
            and_(
                block.section_id == first.section_id,
                or_(
                    block.position.between(first.position, first.position + NEARBY),
                    and_(block.position < 2, block.role == Role.TITLE),
                ),
            ),
        )
        .join(_table(BlockText), text.block_id == block.id)
        .where(
            first.uuid.in_(bindparam("blocks", expanding=True)),
            text.lang.in_(bindparam("languages", expanding=True)),
            first.removed_at.is_(None),
            section.removed_at.is_(None),
            block.removed_at.is_(None),
            block.kind.not_in(SILENT_KINDS),
        )
        # In no order: the database would make a table for that, which takes as long as all the rest.
    )


def _files() -> Select[*tuple[Any, ...]]:
    own_, shown_ = _table(MediaFile).alias("own"), _table(MediaFile).alias("shown")
    own, shown, text, section = own_.c, shown_.c, _table(MediaText).c, _table(Section).c
    return (
        select(
            own.id,
            shown.sha256,
            shown.name,
            shown.title,
            shown.media_type,
            shown.size,
            type_coerce(section.uuid, String).label("section"),
            section.path,
            text.position,
            text.place,
            text.text,
        )
        .select_from(own_)
        .join(shown_, shown.work_id == own.work_id)
        .join(_table(Section), section.work_id == own.work_id)
        .outerjoin(
            _table(MediaText),
            and_(
                text.media_id == own.id,
                text.position.in_(bindparam("positions", expanding=True)),
            ),
        )
        .where(
            own.id.in_(bindparam("files", expanding=True)),
            shown.sha256.in_(bindparam("shown", expanding=True)),
            section.uuid.in_(bindparam("sections", expanding=True)),
            section.removed_at.is_(None),
        )
    )


def _parties(model: type, said: type, *, belongs: str) -> Select[*tuple[Any, ...]]:
    """Institutions or partnerships; ``belongs`` is the column that leads from a text to its row."""
    row, text = _table(model).c, _table(said).c
    return (
        select(
            row.uuid, row.key, row.source_language, text.lang, text.name, text.summary, text.body
        )
        .join(_table(said), text[belongs] == row.id)
        .where(row.uuid.in_(bindparam("wanted", expanding=True)))
    )


def _concepts() -> Select[*tuple[Any, ...]]:
    row, term, text = _table(Concept).c, _table(Term).c, _table(ConceptText).c
    return (
        select(row.uuid, row.key, row.source_language, term.lang, term.text, text.definition)
        .join(_table(Term), term.concept_id == row.id)
        .outerjoin(_table(ConceptText), and_(text.concept_id == row.id, text.lang == term.lang))
        .where(row.uuid.in_(bindparam("wanted", expanding=True)), term.status == "preferred")
    )


#: Published works among ``wanted`` uuids, a row for each language that is offered.
WORKS = _works()

#: Blocks near the first ``blocks`` of passages, and titles of their sections, in some ``languages``.
PLACES = _places()

#: The text of ``files`` (their ids) at some ``positions``, the files that are ``shown`` for them (their
#: digests; a film for its subtitles), and the ``sections`` that show them.
FILES = _files()

#: By kind: what entries among ``wanted`` are called and say, a row for each language. A row is (uuid,
#: key, source language, language, name, texts ...).
ENTRIES: Mapping[str, Select[*tuple[Any, ...]]] = {
    "institution": _parties(Institution, InstitutionText, belongs="institution_id"),
    "partnership": _parties(Partnership, PartnershipText, belongs="partnership_id"),
    "term": _concepts(),
}
