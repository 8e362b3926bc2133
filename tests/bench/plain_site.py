"""The plainest Flask + SQLAlchemy + Jinja site that shows what our pages show: what we measure against.

As somebody would write it in an afternoon: mapped classes with relationships, ``selectinload``, one
template a page, no languages, no caches, no marks. It reads the same database and writes the same words
of the same rows: titles, summaries, languages, facts, filters with their counts, contents, texts.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

from flask import Flask, abort, g, render_template, request
from sqlalchemy import ForeignKey, create_engine, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
    sessionmaker,
)

SEGMENTS = {
    "courses": "course",
    "textbooks": "textbook",
    "standards": "standard",
    "lessons": "lesson",
    "resources": "resource",
    "equipment": "equipment",
    "certificates": "certificate",
}
SUBJECTS = "isced-f-2013"
PAGE = 20


class Base(DeclarativeBase):
    pass


class Edition(Base):
    __tablename__ = "edition"
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    offered: Mapped[bool]
    origin: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    blocks: Mapped[int]
    translated: Mapped[int]
    stale: Mapped[int]
    reviewed: Mapped[int]
    bytes: Mapped[int]


class InstitutionText(Base):
    __tablename__ = "institution_text"
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Institution(Base):
    __tablename__ = "institution"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    texts: Mapped[list[InstitutionText]] = relationship()

    def name(self, lang: str) -> str:
        return next((t.name for t in self.texts if t.lang == lang), self.key)


class WorkInstitution(Base):
    __tablename__ = "work_institution"
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    position: Mapped[int]
    institution: Mapped[Institution] = relationship()


class CodeScheme(Base):
    __tablename__ = "code_scheme"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]


class CodeLabel(Base):
    __tablename__ = "code_label"
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]


class Code(Base):
    __tablename__ = "code"
    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("code_scheme.id"))
    code: Mapped[str]
    labels: Mapped[list[CodeLabel]] = relationship()

    def label(self, lang: str) -> str:
        return next((t.label for t in self.labels if t.lang == lang), self.code)


class WorkCode(Base):
    __tablename__ = "work_code"
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"), primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id"), primary_key=True)
    code: Mapped[Code] = relationship()


class WorkCountry(Base):
    __tablename__ = "work_country"
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"), primary_key=True)
    country: Mapped[str] = mapped_column(primary_key=True)


class BlockText(Base):
    __tablename__ = "block_text"
    block_id: Mapped[int] = mapped_column(ForeignKey("block.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    html: Mapped[str | None]


class Block(Base):
    __tablename__ = "block"
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    position: Mapped[int]
    role: Mapped[str]
    removed_at: Mapped[dt.datetime | None]
    texts: Mapped[list[BlockText]] = relationship()

    def html(self, lang: str) -> str | None:
        return next((t.html for t in self.texts if t.lang == lang), None)

    def words(self, lang: str) -> str:
        there = {t.lang: t.source for t in self.texts}
        return (there.get(lang) or next(iter(there.values()))).removeprefix("# ")


class Section(Base):
    __tablename__ = "section"
    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"))
    position: Mapped[int]
    path: Mapped[str]
    removed_at: Mapped[dt.datetime | None]
    blocks: Mapped[list[Block]] = relationship(order_by=Block.position)

    def title(self, lang: str) -> str:
        return next((b.words(lang) for b in self.blocks if b.role == "title"), self.path)


class Work(Base):
    __tablename__ = "work"
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]
    source_language: Mapped[str]
    licence: Mapped[str]
    level: Mapped[str | None]
    hours: Mapped[float | None]
    status: Mapped[str]
    published_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    media_bytes: Mapped[int]
    editions: Mapped[list[Edition]] = relationship()
    sections: Mapped[list[Section]] = relationship(order_by=Section.position)
    institutions: Mapped[list[WorkInstitution]] = relationship(order_by=WorkInstitution.position)
    codes: Mapped[list[WorkCode]] = relationship()
    countries: Mapped[list[WorkCountry]] = relationship()

    def edition(self, lang: str) -> Edition:
        there = {e.lang: e for e in self.editions}
        return there.get(lang) or there[self.source_language]


def make_plain_site(database_url: str, *, kept_counts: bool = False) -> Flask:
    """The site. With ``kept_counts`` it counts for its filters once and keeps the counts for ever."""
    engine = create_engine(database_url)
    factory = sessionmaker(engine)
    app = Flask(
        "plain_site", template_folder=os.path.join(os.path.dirname(__file__), "plain_templates")
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    kept: dict[str, dict[str, list[tuple[str, str, int]]]] = {}

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        if "session" in g:
            g.session.close()

    def session() -> Session:
        if "session" not in g:
            g.session = factory()
        return g.session  # type: ignore[no-any-return]

    @app.get("/<lang>/<segment>")
    def works(lang: str, segment: str) -> str:
        kind = SEGMENTS.get(segment) or abort(404)
        page = int(request.args.get("page", 1))
        there = (Work.kind == kind, Work.status == "published")
        total = session().scalar(select(func.count()).select_from(Work).where(*there)) or 0
        found = session().scalars(
            select(Work)
            .where(*there)
            .order_by(Work.published_at.desc(), Work.id.desc())
            .offset((page - 1) * PAGE)
            .limit(PAGE)
            .options(
                selectinload(Work.editions),
                selectinload(Work.sections),
                selectinload(Work.institutions)
                .selectinload(WorkInstitution.institution)
                .selectinload(Institution.texts),
            )
        )
        facets = kept.get(kind) if kept_counts else None
        if facets is None:
            facets = kept[kind] = _facets(session(), kind, lang)
        return render_template(
            "works.html",
            lang=lang,
            segment=segment,
            works=found.all(),
            total=total,
            page=page,
            pages=-(-total // PAGE),
            facets=facets,
        )

    @app.get("/<lang>/<segment>/<key>")
    def work(lang: str, segment: str, key: str) -> str:
        found = session().scalar(
            select(Work)
            .where(Work.kind == SEGMENTS.get(segment), Work.key == key)
            .options(
                selectinload(Work.editions),
                selectinload(Work.countries),
                selectinload(Work.codes).selectinload(WorkCode.code).selectinload(Code.labels),
                selectinload(Work.institutions)
                .selectinload(WorkInstitution.institution)
                .selectinload(Institution.texts),
                selectinload(Work.sections)
                .selectinload(Section.blocks.and_(Block.role == "title"))
                .selectinload(Block.texts),
            )
        )
        if found is None:
            abort(404)
        return render_template(
            "work.html",
            lang=lang,
            segment=segment,
            work=found,
            edition=found.edition(lang),
            sections=found.sections[1:],
            blocks=_blocks(session(), found.sections[0].id),
        )

    @app.get("/<lang>/<segment>/<key>/<path:path>")
    def section(lang: str, segment: str, key: str, path: str) -> str:
        found = session().scalar(
            select(Work)
            .where(Work.kind == SEGMENTS.get(segment), Work.key == key)
            .options(
                selectinload(Work.editions),
                selectinload(Work.sections)
                .selectinload(Section.blocks.and_(Block.role == "title"))
                .selectinload(Block.texts),
            )
        )
        if found is None:
            abort(404)
        at = next((n for n, one in enumerate(found.sections) if one.path == path), 0)
        return render_template(
            "section.html",
            lang=lang,
            other=request.args.get("with", ""),
            segment=segment,
            work=found,
            edition=found.edition(lang),
            section=found.sections[at],
            position=at,
            previous=found.sections[at - 1] if at > 1 else None,
            following=found.sections[at + 1] if at + 1 < len(found.sections) else None,
            blocks=_blocks(session(), found.sections[at].id),
        )

    return app


def _blocks(session: Session, section_id: int) -> list[Block]:
    return list(
        session.scalars(
            select(Block)
            .where(Block.section_id == section_id, Block.removed_at.is_(None))
            .order_by(Block.position)
            .options(selectinload(Block.texts))
        )
    )


def _facets(session: Session, kind: str, lang: str) -> dict[str, list[tuple[str, str, int]]]:
    """Facet -> (value, name, count), the most first: one GROUP BY for each facet."""
    number = func.count()

    def counted(value: Any, *joins: Any, name: Any = None, where: tuple[Any, ...] = ()) -> Any:
        query = select(value, name if name is not None else value, number).select_from(Work)
        for target, on in joins:
            query = query.join(target, on)
        query = query.where(Work.kind == kind, Work.status == "published", *where)
        return session.execute(query.group_by(value).order_by(number.desc()).limit(60)).all()

    label = (CodeLabel.code_id == Code.id) & (CodeLabel.lang == lang)
    named = (InstitutionText.institution_id == Institution.id) & (InstitutionText.lang == lang)
    return {
        "Subject": counted(
            Code.code,
            (WorkCode, WorkCode.work_id == Work.id),
            (Code, Code.id == WorkCode.code_id),
            (CodeScheme, CodeScheme.id == Code.scheme_id),
            (CodeLabel, label),
            name=CodeLabel.label,
            where=(CodeScheme.key == SUBJECTS,),
        ),
        "Level": counted(Work.level),
        "Language": counted(Edition.lang, (Edition, Edition.work_id == Work.id)),
        "Institution": counted(
            Institution.key,
            (WorkInstitution, WorkInstitution.work_id == Work.id),
            (Institution, Institution.id == WorkInstitution.institution_id),
            (InstitutionText, named),
            name=InstitutionText.name,
        ),
        "Country of use": counted(
            WorkCountry.country, (WorkCountry, WorkCountry.work_id == Work.id)
        ),
    }
