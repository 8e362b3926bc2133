"""What every search engine has to do: the MUSTs of `library.search.port`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.errors import Conflict, Invalid, Unavailable
from library.search.address import open_engine
from library.search.port import (
    FACETS,
    Also,
    Alternative,
    Passage,
    Query,
    Results,
    SearchEngine,
)
from tests.search.shelf import passage

HOSTILE = Path(__file__).parents[2].parent / "shared/data/hostile/blns.json"

Open = Callable[[], SearchEngine]


@pytest.fixture(params=["whoosh:", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same index anew each time, as another process would."""
    engines: list[SearchEngine] = []
    database = ""
    if request.param == "postgresql":
        database = request.getfixturevalue("search_database")

    def open_again() -> SearchEngine:
        engines.append(open_engine(request.param, data=tmp_path, database_url=database))
        return engines[-1]

    yield open_again
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(opened: Open) -> SearchEngine:
    made = opened()
    made.rebuild([])
    return made


def works(results: Results) -> list[str]:
    return [hit.work for hit in results.hits]


def put(engine: SearchEngine, *passages: Passage) -> None:
    engine.apply(works={p.work for p in passages}, passages=passages)


def test_a_word_of_the_text_is_found_with_everything_that_a_page_needs(
    engine: SearchEngine,
) -> None:
    put(engine, passage("w", "The arc melts the metal.", kind="textbook", lang="en-GB"))
    results = engine.search(Query("melt"))
    assert results.total == 1
    [work] = results.hits
    [hit] = work.passages
    assert (hit.passage, hit.work, hit.section, hit.block, hit.kind, hit.lang) == (
        "w/1:en-GB:0",
        "w",
        "w/1",
        "w/1/block",
        "textbook",
        "en-GB",
    )
    assert work.score == hit.score > 0
    assert "melt" in results.words
    assert results.took_ms > 0


@pytest.mark.parametrize("field", ["title", "work_title", "keywords", "body"])
def test_every_text_field_is_searched(engine: SearchEngine, field: str) -> None:
    fields = {"body": "nothing here", field: "galvanised"}
    put(engine, passage("w", fields.pop("body"), **fields))  # type: ignore[arg-type]
    assert works(engine.search(Query("galvanised"))) == ["w"]


@pytest.mark.parametrize(
    ("lang", "body", "asked"),
    [
        ("en", "Welders check the electrodes before welding.", "weld electrode"),
        ("zh-Hans", "焊工在焊接前检查电极。", "焊接"),
        ("fr", "Les soudeurs vérifient les électrodes.", "soudeur electrode"),
        ("ar", "يَفْحَصُ اللَّحَّامُ الأقطابَ الكهربائية", "الاقطاب كهربائية"),
        ("ru", "Сварщики проверяют электроды перед сваркой.", "сварка электрод"),
        ("pt", "Os soldadores verificam as conexões elétricas.", "conexão eletrica"),
        ("th", "ช่างเชื่อมตรวจสอบขั้วไฟฟ้าก่อนการเชื่อม", "ไฟฟ้า"),
        ("id", "Juru las memeriksa elektroda sebelum pengelasan.", "memeriksa elektroda"),
        ("sw", "Mafundi wa kulehemu hukagua elektrodi.", "kulehemu"),
        ("km", "ជាងផ្សារដែកពិនិត្យអេឡិចត្រូត", "ផ្សារដែក"),
    ],
)
@pytest.mark.parametrize("reader", ["own", "en", "ar", "zh-Hans"])
def test_words_are_found_in_every_language_whoever_asks(
    engine: SearchEngine, lang: str, body: str, asked: str, reader: str
) -> None:
    put(engine, passage("right", body, lang=lang), passage("wrong", "Something else", lang="en"))
    found = engine.search(Query(asked, lang=lang if reader == "own" else reader))
    assert works(found) == ["right"]


def test_a_passage_of_a_file_comes_back_with_its_file_and_place(engine: SearchEngine) -> None:
    told = replace(passage("w", "The arc melts the metal."), file="ab" * 32, place="page=3")
    put(engine, told, passage("v", "The arc melts."))
    hits = {hit.work: hit.passages[0] for hit in engine.search(Query("melt")).hits}
    assert (hits["w"].file, hits["w"].place) == ("ab" * 32, "page=3")
    assert (hits["v"].file, hits["v"].place) == ("", "")


def test_an_empty_query_finds_nothing(engine: SearchEngine) -> None:
    put(engine, passage("w", "text"))
    for text in ("", "   ", "?!…", '""', "\u200b"):
        results = engine.search(Query(text))
        assert (results.total, results.hits, results.words) == (0, [], ())
        assert results.facets == {name: {} for name in FACETS}


def test_works_that_hold_all_words_come_first(engine: SearchEngine) -> None:
    put(
        engine,
        *(passage(f"half{n}", "gear gear shaft oil") for n in range(5)),
        *(passage(f"other{n}", "pump oil belt") for n in range(5)),
        passage("all", "gear pump shaft oil"),
    )
    results = engine.search(Query("gear pump"))
    assert works(results)[0] == "all"
    assert results.total == 11


def test_the_readers_language_comes_first(engine: SearchEngine) -> None:
    put(
        engine,
        passage("zh", "PLC 控制", lang="zh-Hans"),
        passage("fr", "PLC commande", lang="fr"),
        passage("en", "PLC control", lang="en"),
    )
    for lang in ("zh-Hans", "fr", "en"):
        assert works(engine.search(Query("PLC", lang=lang)))[0] == lang.partition("-")[0]


def test_relevance_still_matters_beside_the_readers_language(engine: SearchEngine) -> None:
    put(
        engine,
        passage(
            "own", "Un long texte qui cite TIG une fois, parmi " + "d'autres mots " * 60, lang="fr"
        ),
        passage("about", "TIG welding: TIG torch, TIG gas", title="TIG", lang="en"),
    )
    assert works(engine.search(Query("TIG", lang="fr")))[0] == "about"


def test_a_word_in_the_title_weighs_more(engine: SearchEngine) -> None:
    put(
        engine,
        passage("body", "hydraulics and other things of note", title="Machines in general"),
        passage("title", "machines and other things of note", title="Hydraulics in general"),
    )
    assert works(engine.search(Query("hydraulics"))) == ["title", "body"]


@pytest.mark.parametrize("quotes", ['"{}"', "“{}”", "«{}»", "「{}」"])
def test_what_is_quoted_stands_word_after_word(engine: SearchEngine, quotes: str) -> None:
    put(
        engine,
        passage("row", "Check the oil pump first."),
        passage("apart", "The pump needs oil; oil the pump."),
        passage("split", "This is about oil.", title="pump"),
    )
    assert works(engine.search(Query(quotes.format("oil pump")))) == ["row"]
    assert engine.search(Query(quotes.format("pump first oil"))).total == 0


def standing_for(text: str, part: str, *alternatives: tuple[str, str]) -> Query:
    """A query in which ``alternatives`` (text, language) may stand for a part."""
    start = text.index(part)
    also = Also(start, start + len(part), tuple(Alternative(*one) for one in alternatives))
    return Query(text, also=(also,))


def test_what_holds_only_an_alternative_is_found(engine: SearchEngine) -> None:
    put(
        engine,
        passage("zh", "操作接触器之前先断电。", lang="zh-Hans"),
        passage("ru", "Контакторы и двигатели", lang="ru"),
        passage("fr", "Un moteur pas à pas tourne.", lang="fr"),
        passage("none", "nothing of the kind"),
    )
    query = standing_for(
        "contactor",
        "contactor",
        ("接触器", "zh-Hans"),
        ("контактор", "ru"),
        ("moteurs pas à pas", "fr"),
    )
    results = engine.search(query)
    assert set(works(results)) == {"zh", "ru", "fr"}
    assert results.facets["languages"] == {"zh-Hans": 1, "ru": 1, "fr": 1}
    assert {"接触", "触器", "контактор"} <= set(results.words)
    assert engine.search(Query("contactor")).total == 0


def test_own_words_come_before_alternatives(engine: SearchEngine) -> None:
    put(
        engine,
        passage("other", "one kontakta two", lang="sw"),
        passage("own", "one contactor two", lang="so"),
        *(passage(f"more{n}", "one kontakta two", lang="sw") for n in range(3)),
    )
    query = standing_for("contactor", "contactor", ("kontakta", "sw"))
    assert works(engine.search(query))[0] == "own"
    assert engine.search(query).total == 5


def test_a_phrase_stands_for_several_words_of_the_query(engine: SearchEngine) -> None:
    put(
        engine,
        passage("part", "motor motor motor of some kind", lang="so"),
        passage("whole", "servomoteur of some kind", lang="so"),
        passage("own", "servo motor of some kind", lang="so"),
    )
    query = standing_for("servo motor", "servo motor", ("servomoteur", "so"))
    assert works(engine.search(query)) == ["own", "whole", "part"]


def test_an_alternative_counts_together_with_the_other_words(engine: SearchEngine) -> None:
    put(
        engine,
        passage("only", "repair and more words", lang="so"),
        passage("both", "kontakta repair and words", lang="so"),
        *(passage(f"filler{n}", "other words and more", lang="so") for n in range(6)),
    )
    query = standing_for("contactor repair", "contactor", ("kontakta", "so"))
    assert works(engine.search(query))[:2] == ["both", "only"]


def test_the_words_of_an_alternative_stand_in_a_row(engine: SearchEngine) -> None:
    put(
        engine,
        passage("row", "a mota ya servo b", lang="sw"),
        passage("apart", "servo a ya b mota", lang="sw"),
        passage("split", "mota", title="ya servo", lang="sw"),
        passage("title", "none", title="mota ya servo", lang="sw"),
    )
    query = standing_for("xyz", "xyz", ("mota ya servo", "sw"))
    assert set(works(engine.search(query))) == {"row", "title"}


def test_several_alternatives_count_once(engine: SearchEngine) -> None:
    put(
        engine,
        passage("one", "kontakta a", lang="sw"),
        passage("all", "kontakta kontaktor", lang="sw"),
    )
    query = standing_for("xyz", "xyz", ("kontakta", "sw"), ("kontaktor", "sw"))
    scores = {hit.work: hit.score for hit in engine.search(query).hits}
    assert scores["all"] == pytest.approx(scores["one"], rel=0.01)


def test_alternatives_of_what_is_not_there_are_ignored(engine: SearchEngine) -> None:
    put(engine, passage("w", "valve"), passage("v", "kontakta", lang="sw"))
    other = (Alternative("kontakta", "sw"),)
    for also in (
        (Also(5, 5, other),),
        (Also(90, 99, other),),
        (Also(-3, 0, other),),
        (Also(3, 1, other),),
        (Also(0, 5, ()),),
        (Also(0, 5, (Alternative("", "sw"), Alternative("?!", "x-odd"))),),
    ):
        assert works(engine.search(Query("valve", also=also))) == ["w"]
    assert engine.search(Query("", also=(Also(0, 0, other),))).total == 0


def test_what_is_quoted_has_to_be_there_beside_alternatives(engine: SearchEngine) -> None:
    put(
        engine,
        passage("both", "kontakta oil pump", lang="sw"),
        passage("only", "kontakta pump oil", lang="sw"),
    )
    query = standing_for('contactor "oil pump"', "contactor", ("kontakta", "sw"))
    assert works(engine.search(query)) == ["both"]


def test_filters_and_pages_hold_for_alternatives(engine: SearchEngine) -> None:
    put(
        engine,
        *(passage(f"w{n}", "kontakta", lang="sw", kind="course") for n in range(7)),
        passage("x", "kontakta", lang="sw", kind="lesson"),
    )
    query = standing_for("xyz", "xyz", ("kontakta", "sw"))
    query.kinds = ("course",)
    query.limit = 4
    first = engine.search(query)
    query.offset = 4
    second = engine.search(query)
    assert first.total == second.total == 7
    assert sorted(works(first) + works(second)) == [f"w{n}" for n in range(7)]
    assert first.facets["kinds"] == {"course": 7, "lesson": 1}


def test_a_work_is_one_hit_with_its_best_passages(engine: SearchEngine) -> None:
    put(
        engine,
        *(passage("many", "bearing " * n + "filler words", section=str(n)) for n in range(1, 6)),
        passage("one", "bearing"),
    )
    results = engine.search(Query("bearing"))
    assert results.total == 2
    many = next(hit for hit in results.hits if hit.work == "many")
    assert len(many.passages) == 3
    scores = [hit.score for hit in many.passages]
    assert scores == sorted(scores, reverse=True)
    assert many.score == scores[0]


def test_pages_neither_repeat_nor_miss_a_work(engine: SearchEngine) -> None:
    put(engine, *(passage(f"w{n}", "the same text everywhere: valve") for n in range(23)))
    seen: list[str] = []
    for offset in range(0, 30, 5):
        results = engine.search(Query("valve", offset=offset, limit=5))
        assert results.total == 23
        seen += works(results)
    assert sorted(seen) == sorted(f"w{n}" for n in range(23))


def test_odd_pages_are_empty(engine: SearchEngine) -> None:
    put(engine, passage("w", "valve"))
    assert engine.search(Query("valve", offset=5)).hits == []
    assert engine.search(Query("valve", limit=0)).hits == []
    assert works(engine.search(Query("valve", offset=-3))) == ["w"]
    assert engine.search(Query("valve", limit=-1)).total == 1


@pytest.fixture
def shelf(engine: SearchEngine) -> SearchEngine:
    put(
        engine,
        passage(
            "a",
            "motor",
            kind="course",
            subjects=("0713", "0714"),
            level="3",
            institutions=("x",),
            countries=("TH",),
            sizes=("1", "5"),
        ),
        passage("a", "motor", lang="zh-Hans", section="1", kind="course", subjects=("0713",)),
        passage(
            "b",
            "motor",
            kind="textbook",
            subjects=("0714",),
            level="4",
            countries=("TH", "LA"),
            sizes=("5",),
        ),
        passage("c", "motor", kind="course", subjects=("0713",), lang="fr"),
        passage("d", "gear", kind="course", subjects=("0713",)),
    )
    return engine


def test_facets_count_works(shelf: SearchEngine) -> None:
    assert shelf.search(Query("motor")).facets == {
        "languages": {"en": 2, "zh-Hans": 1, "fr": 1},
        "kinds": {"course": 2, "textbook": 1},
        "subjects": {"0713": 2, "0714": 2},
        "levels": {"3": 1, "4": 1},
        "institutions": {"x": 1},
        "countries": {"TH": 2, "LA": 1},
        "sizes": {"1": 1, "5": 2},
    }


def test_results_can_be_written_as_json(shelf: SearchEngine) -> None:
    results = asdict(shelf.search(Query("motor")))
    assert json.loads(json.dumps(results))["facets"] == results["facets"]


def test_a_facet_is_counted_without_its_own_filter(shelf: SearchEngine) -> None:
    results = shelf.search(Query("motor", kinds=("textbook",)))
    assert works(results) == ["b"]
    assert results.facets["kinds"] == {"course": 2, "textbook": 1}
    assert results.facets["subjects"] == {"0714": 1}
    results = shelf.search(Query("motor", kinds=("course",), languages=("fr",)))
    assert works(results) == ["c"]
    assert results.facets["kinds"] == {"course": 1}
    assert results.facets["languages"] == {"en": 1, "zh-Hans": 1, "fr": 1}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"languages": ("zh-Hans",)}, {"a"}),
        ({"languages": ("zh-Hans", "fr")}, {"a", "c"}),
        ({"subjects": ("0714",)}, {"a", "b"}),
        ({"levels": ("3", "4")}, {"a", "b"}),
        ({"institutions": ("x",)}, {"a"}),
        ({"countries": ("LA",)}, {"b"}),
        ({"sizes": ("1",)}, {"a"}),
        ({"sizes": ("5",)}, {"a", "b"}),
        ({"countries": ("TH",), "kinds": ("course",)}, {"a"}),
        ({"kinds": ("nonsense",)}, set()),
    ],
)
def test_filters_leave_what_fits(
    shelf: SearchEngine, filters: dict[str, tuple[str, ...]], expected: set[str]
) -> None:
    results = shelf.search(Query("motor", **filters))  # type: ignore[arg-type]
    assert set(works(results)) == expected
    assert results.total == len(expected)


def test_apply_replaces_all_passages_of_a_work(engine: SearchEngine) -> None:
    put(engine, passage("w", "old text"), passage("w", "older", section="2"), passage("v", "old"))
    put(engine, passage("w", "new text"))
    assert works(engine.search(Query("old"))) == ["v"]
    assert engine.search(Query("older")).total == 0
    assert works(engine.search(Query("new"))) == ["w"]
    assert engine.check().passages == 2


def test_a_work_without_passages_is_gone(engine: SearchEngine) -> None:
    put(engine, passage("w", "text"), passage("v", "text"))
    engine.apply(works=["w", "never there"], passages=[])
    assert works(engine.search(Query("text"))) == ["v"]


def test_applying_twice_is_applying_once(engine: SearchEngine) -> None:
    for _ in range(2):
        put(engine, passage("w", "text"), passage("w", "text", section="2"))
    assert engine.check().passages == 2
    [hit] = engine.search(Query("text")).hits
    assert len(hit.passages) == 2


def test_what_is_there_already_is_no_change(engine: SearchEngine) -> None:
    put(engine, passage("w", "text"), passage("w", "text", section="2"))
    stamp = engine.stamp()
    put(engine, passage("w", "text", section="2"), passage("w", "text"))
    assert engine.stamp() == stamp
    assert engine.check().passages == 2


def test_a_work_of_which_a_part_changed_is_one_work(engine: SearchEngine, opened: Open) -> None:
    reader = opened()
    other = [passage(f"v{n}", "motor", subjects=("0715",)) for n in range(5)]
    book = [passage("w", "motor pump", section=str(n), subjects=("0714",)) for n in range(4)]
    put(engine, *book, *other)
    versions = [letter * 4 for letter in "bdfghjklmnpq"]
    for n, version in enumerate(versions):
        book[n % 4] = replace(book[n % 4], body=f"motor pump {version}")
        put(engine, *book)
        results = reader.search(Query("motor pump"))
        assert results.total == 6
        assert [results.hits[0].work, len(results.hits[0].passages)] == ["w", 3]
        assert results.facets["subjects"] == {"0714": 1, "0715": 5}
        assert results.facets["languages"] == {"en": 6}
        assert reader.search(Query("motor", subjects=("0714",))).total == 1
        found = reader.search(Query(version)).hits
        assert [hit.passages[0].passage for hit in found] == [book[n % 4].id]
        assert n < 4 or reader.search(Query(versions[n - 4])).total == 0
    assert engine.check().passages == 9
    pages = [reader.search(Query("motor", offset=n, limit=1)).hits[0].work for n in range(6)]
    assert sorted(pages) == ["v0", "v1", "v2", "v3", "v4", "w"]
    put(engine, *book[:2])
    assert len(reader.search(Query("pump")).hits[0].passages) == 2
    engine.apply(works=["w"], passages=[])
    assert works(reader.search(Query("pump"))) == []
    assert engine.check().passages == 5


@pytest.mark.parametrize(
    "change",
    [
        {"block": "another"},
        {"lang": "fr"},
        {"title": "new"},
        {"work_title": "new"},
        {"body": "motor new"},
        {"keywords": "new"},
        {"kind": "textbook"},
        {"subjects": ("0714",)},
        {"level": "4"},
        {"institutions": ("y",)},
        {"countries": ("LA",)},
        {"sizes": ("5",)},
        {"file": "f" * 64},
        {"place": "page=2"},
    ],
)
def test_whatever_of_a_passage_changes_is_seen(
    engine: SearchEngine, change: dict[str, Any]
) -> None:
    before = [passage("w", "motor", section=section) for section in "12"]
    put(engine, *before)
    after = [before[0], replace(before[1], **change)]
    put(engine, *after)
    fresh = engine.search(Query("motor new"))
    engine.rebuild(after)
    rebuilt = engine.search(Query("motor new"))
    for results in (fresh, rebuilt):
        for hit in results.hits:
            hit.score = 0.0
            hit.passages.sort(key=lambda one: one.passage)
            for one in hit.passages:
                one.score = 0.0
    assert (fresh.hits, fresh.facets) == (rebuilt.hits, rebuilt.facets)


def test_a_passage_of_a_work_that_is_not_named_is_refused(engine: SearchEngine) -> None:
    put(engine, passage("w", "text"))
    with pytest.raises(Invalid, match="stranger"):
        engine.apply(works=["w"], passages=[passage("stranger", "text")])
    assert works(engine.search(Query("text"))) == ["w"]


def test_what_one_engine_applied_another_finds(engine: SearchEngine, opened: Open) -> None:
    other = opened()
    assert other.search(Query("text")).total == 0
    put(engine, passage("w", "text"))
    assert works(other.search(Query("text"))) == ["w"]


def test_the_stamp_changes_with_every_change_and_only_then(
    engine: SearchEngine, opened: Open
) -> None:
    other = opened()
    stamps = [engine.stamp()]
    put(engine, passage("w", "text"))
    stamps.append(engine.stamp())
    engine.apply(works=["w"], passages=[])
    stamps.append(engine.stamp())
    engine.rebuild([passage("w", "text")])
    stamps.append(engine.stamp())
    engine.search(Query("text"))
    assert len(set(stamps)) == 4
    assert engine.stamp() == other.stamp() == stamps[-1]


def test_rebuild_takes_the_place_of_everything(engine: SearchEngine) -> None:
    put(engine, passage("old", "text"))
    told: list[int] = []
    count = engine.rebuild(
        [passage("new", "text"), passage("new", "words", section="2")], progress=told.append
    )
    assert count == 2
    assert told[-1] == 2
    assert works(engine.search(Query("text"))) == ["new"]
    assert engine.check().passages == 2


def test_the_old_index_answers_while_a_new_one_is_built(engine: SearchEngine) -> None:
    put(engine, passage("old", "text"))

    def passages() -> Iterator[Passage]:
        for n in range(5):
            assert works(engine.search(Query("text"))) == ["old"]
            yield passage(f"new{n}", "text")

    engine.rebuild(passages())
    assert engine.search(Query("text")).total == 5


def test_a_rebuild_that_fails_leaves_the_old_index(engine: SearchEngine) -> None:
    put(engine, passage("old", "text"))
    stamp = engine.stamp()

    def passages() -> Iterator[Passage]:
        yield passage("new", "text")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        engine.rebuild(passages())
    assert works(engine.search(Query("text"))) == ["old"]
    assert engine.stamp() == stamp


def test_a_rebuild_refuses_works_that_are_torn_apart(engine: SearchEngine) -> None:
    torn = [passage("a", "text"), passage("b", "text"), passage("a", "text", section="2")]
    with pytest.raises(Invalid, match="a do not follow"):
        engine.rebuild(torn)


def test_a_second_writer_is_sent_away_at_once(engine: SearchEngine, opened: Open) -> None:
    other = opened()

    def passages() -> Iterator[Passage]:
        for writer in (engine, other):
            with pytest.raises(Conflict):
                writer.apply(works=["w"], passages=[])
            with pytest.raises(Conflict):
                writer.rebuild([])
        yield passage("w", "text")

    assert engine.rebuild(passages()) == 1
    put(other, passage("v", "text"))
    assert engine.search(Query("text")).total == 2


def test_without_an_index_nothing_pretends_to_be_one(opened: Open) -> None:
    engine = opened()
    problem = engine.check().problem
    assert problem is not None
    assert problem.endswith(".")
    with pytest.raises(Unavailable):
        engine.search(Query("text"))
    with pytest.raises(Unavailable):
        put(engine, passage("w", "text"))
    engine.rebuild([])
    assert engine.check().problem is None
    assert engine.search(Query("text")).total == 0


def test_an_engine_can_be_used_after_it_was_closed(engine: SearchEngine) -> None:
    put(engine, passage("w", "text"))
    engine.search(Query("text"))
    engine.close()
    engine.close()
    assert works(engine.search(Query("text"))) == ["w"]


def test_readers_see_all_of_a_change_or_nothing(engine: SearchEngine, opened: Open) -> None:
    rounds, readers = 25, 3

    def both(n: int) -> list[Passage]:
        return [passage(w, f"common version{n}", section=s) for w in "ab" for s in "12"]

    put(engine, *both(0))
    wrong: list[object] = []
    done = threading.Event()
    started = threading.Barrier(readers + 1)

    def read(reader: SearchEngine) -> None:
        started.wait()
        while not done.is_set():
            try:
                found = reader.search(Query("common"))
                shown = {hit.passage for work in found.hits for hit in work.passages}
                if found.total != 2 or len(shown) != 4:
                    wrong.append((found.total, shown))
            except BaseException as error:
                wrong.append(error)

    engines = [engine, engine, opened()]
    threads = [threading.Thread(target=read, args=(reader,)) for reader in engines]
    for thread in threads:
        thread.start()
    started.wait()
    for n in range(1, rounds):
        if n == rounds // 2:
            engine.rebuild(both(n))
        else:
            put(engine, *both(n))
        assert engine.search(Query(f"version{n}")).total == 2
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=300), lang=st.sampled_from(["en", "th", "zh-Hans", "ar", "", "x-odd"]))
def test_no_text_makes_a_search_fail(shelf: SearchEngine, text: str, lang: str) -> None:
    results = shelf.search(Query(text, lang=lang))
    assert results.total >= len(results.hits)


def test_no_text_makes_indexing_fail(engine: SearchEngine) -> None:
    odd = [
        "\ud800",
        "\0",
        "\ufffe",
        "\u202e",
        "a" * 100_000,
        "ab" * 50_000,
        "\u0301" * 1000,
        "។" * 500,
    ]
    put(engine, *(passage(f"w{n}", f"{text} needle", title=text) for n, text in enumerate(odd)))
    assert engine.search(Query("needle", limit=50)).total == len(odd)
    for text in odd:
        engine.search(Query(text))


@pytest.mark.skipif(not HOSTILE.exists(), reason="The Big List of Naughty Strings is not here.")
def test_naughty_strings_are_indexed_and_searched(engine: SearchEngine) -> None:
    strings = json.loads(HOSTILE.read_text(encoding="utf-8"))
    put(engine, *(passage(f"w{n}", f"{text} needle", title=text) for n, text in enumerate(strings)))
    assert engine.search(Query("needle")).total == len(strings)
    for text in strings:
        engine.search(Query(text))


def test_what_is_excluded_is_not_found(engine: SearchEngine) -> None:
    put(
        engine,
        passage("oil", "An oil pump and a relay."),
        passage("water", "A pump for water, of oil no trace."),
        passage("air", "An air pump."),
    )
    assert set(works(engine.search(Query("pump -oil")))) == {"air"}
    assert set(works(engine.search(Query('pump -"oil pump"')))) == {"water", "air"}
    assert set(works(engine.search(Query("pump - oil")))) == {"oil", "water", "air"}


def test_filters_in_the_text_filter(engine: SearchEngine) -> None:
    put(
        engine,
        passage("a", "The pump.", kind="course"),
        passage("b", "The pump.", kind="term"),
        passage("c", "La pompe: pump.", kind="term", lang="fr"),
    )
    assert set(works(engine.search(Query("pump kind:term")))) == {"b", "c"}
    assert works(engine.search(Query("pump kind:term lang:fr"))) == ["c"]
    results = engine.search(Query("pump kind:course"))
    assert works(results) == ["a"]
    assert results.facets["kinds"] == {"course": 1, "term": 2}


@pytest.mark.parametrize("typed", ["sìfú diànjī", "sifu dianji", "sifudianji", "si4fu2 dian4ji1"])
def test_chinese_titles_and_terms_are_found_by_pinyin(engine: SearchEngine, typed: str) -> None:
    put(
        engine,
        passage("title", "正文。", lang="zh-Hans", title="伺服电机的维修"),
        passage("term", "", lang="fr", title="servomoteur", kind="term", keywords="伺服电机"),
        passage("body", "伺服电机在正文里。", lang="zh-Hans", title="别的"),
    )
    assert set(works(engine.search(Query(typed, lang="zh-Hans")))) == {"title", "term"}


def test_a_short_word_without_spaces_is_found_first_where_it_is_one(engine: SearchEngine) -> None:
    put(
        engine,
        passage("part", "ผู้เรียนสามารถทำได้ ความสามารถ สามารถ", lang="th"),
        passage("word", "ตรวจรถก่อนใช้งานทุกครั้ง", lang="th"),
    )
    assert works(engine.search(Query("รถ", lang="th"))) == ["word", "part"]
