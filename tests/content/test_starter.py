"""The starter library: that what the README promises is there, whole, and fit for a slow line."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import (
    Block,
    BlockText,
    Edition,
    MediaFile,
    MediaRole,
    Origin,
    Role,
    Section,
    Work,
    WorkCountry,
)
from library.content.checking import broken_links
from library.content.gaps import gaps
from library.content.importing import import_paths
from library.db import Base, make_engine, make_session_factory, session_scope
from library.directory.models import Institution, Partnership
from library.markdown import BlockKind, plain_text
from library.media.folder import LocalStore
from library.terms.models import Concept, Term

CONTENT = Path(__file__).resolve().parents[2] / "content"
TEN = {"zh-Hans", "en", "fr", "ar", "ru", "pt", "th", "id", "sw", "km"}
FURTHER = TEN - {"zh-Hans", "en"}
_FILM_MOST = 1_500_000


@pytest.fixture(scope="module")
def stored(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[sessionmaker[Session], LocalStore]]:
    """The whole of ``content/`` in a database of its own."""
    folder = tmp_path_factory.mktemp("starter")
    engine = make_engine(f"sqlite:///{folder}/library.sqlite")
    Base.metadata.create_all(engine)
    factory, store = make_session_factory(engine), LocalStore(folder / "media")
    report = import_paths(factory, store, [CONTENT], by="tests")
    assert report.ok, "\n".join(report.lines())
    yield factory, store
    engine.dispose()


@pytest.fixture
def session(stored: tuple[sessionmaker[Session], LocalStore]) -> Iterator[Session]:
    with session_scope(stored[0]) as session:
        yield session


def whole(session: Session) -> dict[str, set[str]]:
    """The languages in which each work is whole and fresh, by ``kind/key``."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind, key, edition in session.execute(
        select(Work.kind, Work.key, Edition).join(Edition, Edition.work_id == Work.id)
    ):
        if edition.translated >= edition.blocks:
            found[f"{kind}/{key}"].add(edition.lang)
    return found


def prose(session: Session, kind: str) -> dict[tuple[str, str], int]:
    """English words of the sections of works of a kind, by key and path.

    Words are those that are read as sentences: tables, code, formulas and captions are left out.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    silent = (BlockKind.TABLE, BlockKind.CODE, BlockKind.FORMULA, BlockKind.FIGURE)
    for key, path, block_kind, source in session.execute(
        select(Work.key, Section.path, Block.kind, BlockText.source)
        .join(Section, Section.work_id == Work.id)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, (BlockText.block_id == Block.id) & (BlockText.lang == "en"))
        .where(Work.kind == kind)
    ):
        if block_kind not in silent:
            text = plain_text(re.sub(r"\$[^$]+\$", " ", source), kind=BlockKind(block_kind))
            counts[key, path] += len(re.findall(r"[^\W\d_][\w’'-]*", text))
    return counts


def test_there_are_as_many_works_as_promised(session: Session) -> None:
    counts = Counter(session.scalars(select(Work.kind)))
    least = {
        "course": 6,
        "textbook": 2,
        "standard": 4,
        "lesson": 8,
        "equipment": 16,
        "certificate": 3,
        "resource": 6,
    }
    assert {kind: counts[kind] for kind, n in least.items() if counts[kind] < n} == {}
    assert (session.scalar(select(func.count()).select_from(Institution)) or 0) >= 25
    assert (session.scalar(select(func.count()).select_from(Partnership)) or 0) >= 8


def test_courses_have_units_of_lessons_of_a_fit_length(session: Session) -> None:
    words = prose(session, "course")
    lessons: dict[str, Counter[str]] = defaultdict(Counter)
    for key, path in words:
        unit, slash, _ = path.partition("/")
        if slash:
            lessons[key][unit] += 1
    assert len(lessons) >= 6
    for key, units in lessons.items():
        assert len(units) >= 3, key
        assert min(units.values()) >= 3, key
    unfit = {at: n for at, n in words.items() if "/" in at[1] and not 400 <= n <= 900}
    assert unfit == {}


def test_textbooks_have_chapters(session: Session) -> None:
    chapters: dict[str, set[str]] = defaultdict(set)
    for key, path in prose(session, "textbook"):
        if path:
            chapters[key].add(path.partition("/")[0])
    assert {key: len(some) for key, some in chapters.items() if len(some) < 5} == {}


def test_lessons_ask_and_answer_and_show(session: Session) -> None:
    """Every lesson of a course has a question with an answer; every course has figures."""
    answered: dict[tuple[str, str], bool] = {}
    figures: Counter[str] = Counter()
    for key, path, source in session.execute(
        select(Work.key, Section.path, BlockText.source)
        .join(Section, Section.work_id == Work.id)
        .join(Block, Block.section_id == Section.id)
        .join(BlockText, (BlockText.block_id == Block.id) & (BlockText.lang == "en"))
        .where(Work.kind == "course", Section.path.contains("/"))
    ):
        answered[key, path] = answered.get((key, path), False) or source.startswith("???")
        figures[key] += source.startswith("![")
    assert [at for at, there in answered.items() if not there] == []
    assert {key: n for key, n in figures.items() if n < 3} == {}


def test_standards_have_the_eleven_elements(session: Session) -> None:
    sections = Counter(
        key
        for key, path in session.execute(
            select(Work.key, Section.path)
            .join(Section, Section.work_id == Work.id)
            .where(Work.kind == "standard", Section.path != "")
        )
        if "/" not in path
    )
    assert {key: n for key, n in sections.items() if n < 11} == {}


def test_a_standard_is_localised_for_an_african_country(session: Session) -> None:
    (work,) = session.scalars(select(Work).where(Work.key == "mechatronics-tanzania"))
    assert work.kind == "standard"
    assert work.derived_from == "standard/mechatronics"
    countries = session.scalars(select(WorkCountry.country).where(WorkCountry.work_id == work.id))
    assert countries.all() == ["TZ"]
    # Some of its blocks say something else than those that they come from.
    texts = {
        key: set(
            session.scalars(
                select(BlockText.hash)
                .join(Block, Block.id == BlockText.block_id)
                .join(Section, Section.id == Block.section_id)
                .join(Work, Work.id == Section.work_id)
                .where(Work.key == key, Work.kind == "standard", BlockText.lang == "en")
            )
        )
        for key in ("mechatronics", "mechatronics-tanzania")
    }
    shared = texts["mechatronics"] & texts["mechatronics-tanzania"]
    assert shared
    assert texts["mechatronics-tanzania"] - shared


def test_all_works_are_whole_in_chinese_and_english(session: Session) -> None:
    assert {
        name: tags for name, tags in whole(session).items() if not tags >= {"zh-Hans", "en"}
    } == {}


def test_courses_and_textbooks_are_whole_in_a_further_language(session: Session) -> None:
    there = whole(session)
    alone = [
        name
        for name, tags in there.items()
        if name.startswith(("course/", "textbook/")) and not tags & FURTHER
    ]
    assert alone == []


def test_every_language_has_whole_works(session: Session) -> None:
    counts = Counter(tag for tags in whole(session).values() for tag in tags)
    assert {tag: counts[tag] for tag in FURTHER if counts[tag] < 2} == {}


def test_some_editions_are_incomplete_or_stale_on_purpose(session: Session) -> None:
    assert session.scalar(
        select(func.count()).select_from(Edition).where(Edition.translated < Edition.blocks)
    )
    assert session.scalar(select(func.count()).select_from(Edition).where(Edition.stale > 0))


def test_editions_that_nobody_has_read_say_that_they_are_made_by_machine(session: Session) -> None:
    claimed = session.execute(
        select(Work.key, Edition.lang)
        .join(Edition, Edition.work_id == Work.id)
        .where(Edition.lang.in_(FURTHER), Edition.origin != Origin.MACHINE)
    ).all()
    assert claimed == []


def test_works_are_marked_as_samples(session: Session) -> None:
    assert session.scalars(select(Work.key).where(Work.sample.is_(False))).all() == []


def test_films_are_small_and_have_subtitles(session: Session) -> None:
    films = session.scalars(
        select(MediaFile)
        .join(Work, Work.id == MediaFile.work_id)
        .where(Work.kind == "lesson", MediaFile.media_type.startswith("video/"))
    ).all()
    assert len(films) >= 3
    for film in films:
        assert film.size <= _FILM_MOST, film.path
        stem = film.path.rpartition(".")[0]
        tracks = session.scalars(
            select(MediaFile.lang).where(
                MediaFile.work_id == film.work_id,
                MediaFile.role == MediaRole.SUBTITLES,
                MediaFile.path.startswith(stem),
            )
        ).all()
        assert len(set(tracks)) >= 4, film.path


def test_resources_are_of_many_types(session: Session) -> None:
    types = set(
        session.scalars(
            select(MediaFile.media_type)
            .join(Work, Work.id == MediaFile.work_id)
            .where(Work.kind == "resource")
        )
    )
    office = "application/vnd.openxmlformats-officedocument."
    assert "application/pdf" in types
    assert f"{office}presentationml.presentation" in types
    assert f"{office}wordprocessingml.document" in types
    assert any(one.startswith("audio/") for one in types)
    assert "image/svg+xml" in types


def test_equipment_has_pictures_parameters_and_safety(session: Session) -> None:
    for work in session.scalars(select(Work).where(Work.kind == "equipment")):
        assert len(work.parameters) >= 3, work.key
        texts = "\n".join(
            session.scalars(
                select(BlockText.source)
                .join(Block, Block.id == BlockText.block_id)
                .join(Section, Section.id == Block.section_id)
                .where(Section.work_id == work.id, BlockText.lang == "en")
            )
        )
        assert ".svg" in texts, work.key
        assert re.search(r"[Ss]afe", texts), work.key


def test_the_term_bank_covers_the_fields(session: Session) -> None:
    languages: dict[int, set[str]] = defaultdict(set)
    statuses: Counter[str] = Counter()
    for concept, lang, status, reading in session.execute(
        select(Term.concept_id, Term.lang, Term.status, Term.reading)
    ):
        statuses[status] += 1
        if status == "preferred":
            languages[concept].add(lang)
            assert reading or lang != "zh-Hans", concept
    assert (session.scalar(select(func.count()).select_from(Concept)) or 0) >= 400
    assert all(tags >= {"zh-Hans", "en"} for tags in languages.values())
    assert sum(tags >= TEN for tags in languages.values()) >= 250
    assert statuses["allowed"] >= 40
    assert statuses["forbidden"] >= 15


def test_readers_miss_nothing(stored: tuple[sessionmaker[Session], LocalStore]) -> None:
    with session_scope(stored[0]) as session:
        assert broken_links(session, stored[1]) == []
        assert gaps(session) == []


def test_nothing_weighs_too_much() -> None:
    files = [path for path in CONTENT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 30_000_000
    assert {path.name for path in files if path.stat().st_size > _FILM_MOST} == set()


def test_every_title_is_a_heading_block(session: Session) -> None:
    missing = session.execute(
        select(Work.key, Section.path)
        .join(Section, Section.work_id == Work.id)
        .where(
            ~select(Block.id)
            .where(Block.section_id == Section.id, Block.role == Role.TITLE)
            .exists()
        )
    ).all()
    assert missing == []
