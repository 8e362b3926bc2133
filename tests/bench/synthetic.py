"""A synthetic library: works as like real ones as made-up words can be, and always the same.

A work has a root with title, summary and body and four sections of about 200 words, each in English and
Chinese; every fourth work speaks a third language. That makes about five passages of each language.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.drafts import BlockDraft, EditionDraft, SectionDraft, WorkDraft
from library.catalogue.facets import SUBJECT_SCHEME
from library.catalogue.models import LEVELS, WORK_KINDS
from library.catalogue.service import store_work
from library.db import session_scope
from library.directory.code_schemes import load_schemes
from library.directory.drafts import InstitutionDraft, MemberDraft, NameText, PartnershipDraft
from library.directory.models import Code, CodeScheme
from library.directory.service import store_institution, store_partnership
from library.markdown import split
from tests.bench.rows import tell
from tests.bench.vocabulary import vocabulary

WORKS = 10_000
SECTIONS = 4
BASE_LANGUAGES = ("en", "zh-Hans")
THIRD_LANGUAGES = ("fr", "ar", "ru", "pt", "th", "id", "sw", "km")
INSTITUTIONS = 150
PARTNERSHIPS = 60
SUBJECTS = 60
_COUNTRIES = (
    "CN TZ KE UG EG ET ZA NG GH ZM MG DJ CI ML TH LA KH ID MY PK KZ UZ TJ RU RS PT GB IN BD MM"
)
COUNTRIES = tuple(_COUNTRIES.split())
_KINDS = dict(zip(WORK_KINDS, (30, 12, 6, 20, 20, 8, 4), strict=True))
_AT_ONCE = 100
_FIRST_DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_ADDRESSES = uuid.UUID("6f0a5f9c-6d0e-4c3d-9a36-3f2f1c1e2b7d")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What works of the synthetic library refer to: keys of rows that it has."""

    institutions: tuple[str, ...]
    partnerships: tuple[str, ...]
    subjects: tuple[str, ...]


def fill(factory: sessionmaker[Session], *, works: int = WORKS) -> None:
    """Store the whole synthetic library in an empty database, a hundred works a transaction."""
    with session_scope(factory, write=True) as session:
        around = surroundings(session)
    for start in range(0, works, _AT_ONCE):
        with session_scope(factory, write=True) as session:
            for n in range(start, min(start + _AT_ONCE, works)):
                store_work(session, work(n, around), by="bench")
        if start % 1000 == 0:
            tell(f"stored {start:,} of {works:,} works")


def surroundings(session: Session) -> Surroundings:
    """Store institutions, partnerships and the code schemes; the subjects are real codes."""
    load_schemes(session)
    chance = random.Random("surroundings")
    institutions = [f"college-{n}" for n in range(INSTITUTIONS)]
    for n, key in enumerate(institutions):
        store_institution(
            session,
            InstitutionDraft(
                key=key,
                type="college",
                source_language="en",
                country=COUNTRIES[n % len(COUNTRIES)],
                texts={
                    lang: NameText(
                        vocabulary(lang).title(chance), vocabulary(lang).paragraph(chance, 30)
                    )
                    for lang in BASE_LANGUAGES
                },
            ),
        )
    partnerships = [f"site-{n}" for n in range(PARTNERSHIPS)]
    for n, key in enumerate(partnerships):
        store_partnership(
            session,
            PartnershipDraft(
                key=key,
                type="site",
                brand="luban-workshop",
                source_language="en",
                country=COUNTRIES[n % len(COUNTRIES)],
                members=[MemberDraft(institutions[n], "founder")],
                texts={lang: NameText(vocabulary(lang).title(chance)) for lang in BASE_LANGUAGES},
            ),
        )
    codes = session.scalars(
        select(Code.code)
        .join(CodeScheme, CodeScheme.id == Code.scheme_id)
        .where(CodeScheme.key == SUBJECT_SCHEME)
        .order_by(Code.code)
    )
    detailed = [code for code in codes if len(code) == 4]
    return Surroundings(tuple(institutions), tuple(partnerships), tuple(detailed[:SUBJECTS]))


def work(n: int, around: Surroundings) -> WorkDraft:
    """The n-th work. It depends on ``n`` alone."""
    chance = random.Random(f"work {n}")
    languages = list(BASE_LANGUAGES)
    if n % 4 == 0:
        languages.append(THIRD_LANGUAGES[n // 4 % len(THIRD_LANGUAGES)])
    kind = chance.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    sections = [
        SectionDraft(
            key=f"part-{s}",
            folder=f"{s:02}-part-{s}",
            uuid=uuid.uuid5(_ADDRESSES, f"{n}/{s}"),
            texts=_texts(random.Random(f"section {n} {s}"), languages),
        )
        for s in range(1, SECTIONS + 1)
    ]
    return WorkDraft(
        kind=kind,
        key=key(n),
        uuid=uuid.uuid5(_ADDRESSES, str(n)),
        source_language="zh-Hans" if n % 3 == 0 else "en",
        licence="CC-BY-4.0",
        level=chance.choice(LEVELS),
        hours=float(chance.randint(1, 96)),
        published_at=_FIRST_DAY + dt.timedelta(hours=n),
        institutions=chance.sample(around.institutions, 1 + n % 2),
        partnerships=chance.sample(around.partnerships, 1) if n % 5 == 0 else [],
        codes=[
            f"{SUBJECT_SCHEME}:{code}" for code in chance.sample(around.subjects, 1 + n % 3 // 2)
        ],
        countries=chance.sample(COUNTRIES, 1 + n % 2),
        editions={languages[1]: EditionDraft(origin="machine")} if n % 7 == 0 else {},
        root=SectionDraft(
            key="",
            folder="",
            uuid=uuid.uuid5(_ADDRESSES, f"{n}/0"),
            texts=_texts(random.Random(f"root {n}"), languages, root=True),
            sections=sections,
        ),
    )


def key(n: int) -> str:
    return f"work-{n:05}"


def _texts(
    chance: random.Random, languages: list[str], *, root: bool = False
) -> dict[str, list[BlockDraft]]:
    shape = chance.randrange(3)
    return {
        lang: [
            BlockDraft(parsed, role=_role(place, root=root))
            for place, parsed in enumerate(split(markdown(chance, lang, root=root, shape=shape)))
        ]
        for lang in languages
    }


def _role(place: int, *, root: bool) -> str:
    if place == 0:
        return "title"
    return "summary" if root and place == 1 else "body"


def markdown(chance: random.Random, lang: str, *, root: bool, shape: int) -> str:
    """One file of about 200 words: paragraphs, in some a heading, a list, a table or a formula."""
    words = vocabulary(lang)
    parts = [f"# {words.title(chance)}", words.paragraph(chance, 20 if root else 45)]
    parts.append(words.paragraph(chance, 45))
    if shape == 0:
        parts.append(f"## {words.title(chance)}")
        parts.append("\n".join(f"- {words.sentence(chance, 8)}" for _ in range(4)))
    elif shape == 1:
        cells = [words.title(chance) for _ in range(6)]
        parts.append(
            f"| {cells[0]} | {cells[1]} |\n|---|---|\n| {cells[2]} | 24 V |\n| {cells[3]} | 3 A |"
        )
        parts.append(f"{words.sentence(chance, 12)} $U = R \\cdot I$")
    parts.append(f"**{words.title(chance)}** {words.paragraph(chance, 35)}")
    parts.append(words.paragraph(chance, 45))
    return "\n\n".join(parts) + "\n"


def lesson_file(chance: random.Random, lang: str, *, paragraphs: int = 8, words: int = 60) -> str:
    """One file for measuring imports: a heading and ``paragraphs`` paragraphs of ``words`` words."""
    known = vocabulary(lang)
    parts = [f"# {known.title(chance)}"]
    parts += [known.paragraph(chance, words) for _ in range(paragraphs)]
    return "\n\n".join(parts) + "\n"


def write_courses(folder: Path, *, courses: int, sections: int) -> None:
    """Content folders of courses in English and Chinese, for ``import_paths``.

    A course holds ``sections`` sections of eight paragraphs of about sixty words, in units of ten.
    """
    pool = {
        lang: [lesson_file(random.Random(f"file {lang} {n}"), lang) for n in range(200)]
        for lang in BASE_LANGUAGES
    }
    for path, at in _course_folders(folder, courses=courses, sections=sections):
        path.mkdir(parents=True)
        for lang in BASE_LANGUAGES:
            # No two sections alike, though their paragraphs come from a pool.
            text = pool[lang][at % 200].replace("\n\n", f" {at}\n\n", 3)
            (path / f"{lang}.md").write_text(text, encoding="utf-8")


def _course_folders(folder: Path, *, courses: int, sections: int) -> Iterator[tuple[Path, int]]:
    at = 0
    for course in range(courses):
        root = folder / "course" / f"course-{course:04}"
        yield root, at
        (root / "meta.toml").write_text(
            'source_language = "en"\nlicence = "CC-BY-4.0"\n', encoding="utf-8"
        )
        left, unit = sections, 0
        while left > 0:
            unit += 1
            at += 1
            yield root / f"{unit:02}-unit-{unit}", at
            left -= 1
            for lesson in range(min(9, left)):
                at += 1
                yield root / f"{unit:02}-unit-{unit}" / f"{lesson + 1:02}-lesson-{lesson + 1}", at
                left -= 1
