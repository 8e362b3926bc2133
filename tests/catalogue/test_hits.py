from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.hits import FoundWork, found_works
from library.catalogue.indexing import rebuild
from library.catalogue.models import Block, BlockText, Work
from library.catalogue.public_paths import block_anchor
from library.search.address import open_engine
from library.search.port import Query, Results, SearchEngine
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.service import store_concept
from tests.factories import make_institution, make_partnership, make_work

LONG = " ".join(["The workshop has a floor, a roof and four walls."] * 60)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchEngine]:
    opened = open_engine("whoosh:", data=tmp_path)
    yield opened
    opened.close()


class Reader:
    """Asks an index that holds what the session has stored."""

    def __init__(self, session: Session, index: SearchEngine) -> None:
        self.session, self.index = session, index

    def __call__(
        self, text: str, *, lang: str = "en", **filters: tuple[str, ...]
    ) -> list[FoundWork]:
        results = self.index.search(Query(text=text, lang=lang, **filters))  # type: ignore[arg-type]
        return found_works(self.session, results, lang=lang)


def indexed(session: Session, factory: sessionmaker[Session], index: SearchEngine) -> Reader:
    session.commit()
    rebuild(factory, index)
    return Reader(session, index)


def test_a_hit_leads_to_the_paragraph_that_holds_the_word(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    text = (
        "# Hand tools\n\nA file is made of steel.\n\nThe scribers mark the line.\n\nWipe the bench."
    )
    make_work(session, languages=["en"], sections={"tools": {"en": text}})
    (work,) = indexed(session, factory, index)("scriber")
    (passage,) = work.passages
    block = session.scalars(
        select(Block.uuid)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(BlockText.source.contains("scribers"))
    ).one()
    assert passage.url == f"/@/courses/measuring-safely/tools#{block_anchor(block)}"
    assert passage.title == "Hand tools"
    assert ("scribers", True) in passage.pieces
    assert "Wipe" not in "".join(text for text, _ in passage.pieces)


def test_a_word_late_in_a_long_paragraph_is_shown_with_what_surrounds_it(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    text = f"# Walls\n\n{LONG} Beside the door hangs a turnbuckle on its hook. {LONG}"
    make_work(session, languages=["en"], sections={"walls": {"en": text}})
    (work,) = indexed(session, factory, index)("turnbuckle")
    shown = "".join(text for text, _ in work.passages[0].pieces)
    assert "hangs a turnbuckle on its hook" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 400


@pytest.mark.parametrize(
    ("lang", "text", "asked", "marked"),
    [
        ("zh-Hans", "# 安全\n\n先断开电源，再用万用表测量绝缘电阻。", "绝缘电阻", "绝缘电阻"),
        ("ar", "# السلامة\n\nقِس المُقاوَمَة بعد فصل التيار.", "مقاومة", "المُقاوَمَة"),
        ("ru", "# Меры\n\nИзмеряйте сопротивления обмоток.", "сопротивление", "сопротивления"),
        ("fr", "# Mesure\n\nMesurez les résistances à froid.", "resistance", "résistances"),
        ("th", "# วัด\n\nวัดความต้านทานก่อนเสมอ", "ความต้านทาน", "ความต้านทาน"),
    ],
)
def test_words_are_marked_as_their_language_writes_them(
    session: Session,
    factory: sessionmaker[Session],
    index: SearchEngine,
    lang: str,
    text: str,
    asked: str,
    marked: str,
) -> None:
    make_work(session, languages=[lang], texts={lang: text}, sections={})
    (work,) = indexed(session, factory, index)(asked, lang=lang)
    assert marked in "".join(text for text, found in work.passages[0].pieces if found)
    assert work.passages[0].lang == lang


def test_a_short_paragraph_is_shown_with_the_one_after_it(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    text = "# Tools\n\n## Spanners\n\nThey turn nuts, and come in metric sizes."
    make_work(session, languages=["en"], sections={"tools": {"en": text}})
    (work,) = indexed(session, factory, index)("spanners")
    assert "They turn nuts" in "".join(text for text, _ in work.passages[0].pieces)


def test_titles_follow_the_readers_chain_and_name_the_source(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    make_work(session, languages=["zh-Hans", "en"])
    ask = indexed(session, factory, index)
    (work,) = ask("测量", lang="fr")
    assert (work.title, work.lang) == ("Measuring safely", "en")
    assert (work.other, work.other_lang) == ("安全测量", "zh-Hans")
    assert work.url == "/@/courses/measuring-safely"
    assert [badge.lang for badge in work.badges] == ["zh-Hans", "en"]


def test_what_was_withdrawn_since_is_left_out(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    make_work(session, languages=["en"])
    make_work(session, key="other", languages=["en"])
    ask = indexed(session, factory, index)
    session.scalars(select(Work).where(Work.key == "other")).one().status = "withdrawn"
    session.commit()
    assert [work.key for work in ask("measuring")] == ["measuring-safely"]


def test_a_paragraph_taken_out_since_is_passed_over(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    make_work(session, languages=["en"], sections={"tools": {"en": "# Tools\n\nA scriber."}})
    ask = indexed(session, factory, index)
    for block in session.scalars(select(Block)):
        block.removed_at = block.removed_at or session.scalars(select(Work.updated_at)).first()
    session.commit()
    (work,) = ask("scriber")
    assert work.passages == []


def test_institutions_partnerships_and_terms_are_found_with_what_they_say(
    session: Session, factory: sessionmaker[Session], index: SearchEngine
) -> None:
    make_institution(session, summary="It trains welders.", body="A hall.\n\nIt has a crane.")
    make_partnership(session, summary="A workshop for welders.")
    store_concept(
        session,
        ConceptDraft(
            key="welder",
            source_language="zh-Hans",
            languages={
                "en": LanguageDraft([TermDraft("welder")], "Who joins metal by melting it."),
                "zh-Hans": LanguageDraft([TermDraft("焊工")]),
            },
        ),
    )
    ask = indexed(session, factory, index)
    found = {work.kind: work for work in ask("welders")}
    assert set(found) == {"institution", "partnership", "term"}
    assert found["term"].url == "/@/terms/welder"
    assert (found["term"].other, found["term"].other_lang) == ("焊工", "zh-Hans")
    assert ("welders", True) in found["institution"].passages[0].pieces
    (college,) = ask("crane")
    assert "".join(text for text, _ in college.passages[0].pieces) == "It has a crane."


def test_reading_hits_takes_the_same_statements_for_two_and_for_twenty(
    session: Session, factory: sessionmaker[Session], index: SearchEngine, engine: Engine
) -> None:
    for n in range(20):
        make_work(session, key=f"work-{n}", languages=["en", "zh-Hans"])
    ask = indexed(session, factory, index)
    counts = []
    for limit in (2, 20):
        results = index.search(Query(text="measuring", lang="en", limit=limit))
        statements: list[str] = []

        def note(*args: object, said: list[str] = statements) -> None:
            if str(args[2]).startswith("SELECT"):
                said.append(str(args[2]))

        event.listen(engine, "before_cursor_execute", note)
        found = found_works(ask.session, results, lang="en")
        event.remove(engine, "before_cursor_execute", note)
        assert len(found) == limit
        counts.append(len(statements))
    assert counts == [2, 2]


def test_nothing_found_reads_nothing(session: Session) -> None:
    assert found_works(session, Results(), lang="en") == []
