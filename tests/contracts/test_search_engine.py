"""What every search engine has to do: the MUSTs of `library.search.port`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.errors import Conflict, Invalid, Unavailable
from library.search.address import open_engine
from library.search.port import FACETS, Passage, Query, Results, SearchEngine
from tests.search.shelf import passage

HOSTILE = Path(__file__).parents[2].parent / "shared/data/hostile/blns.json"

Open = Callable[[], SearchEngine]


@pytest.fixture(params=["whoosh:"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same index anew each time, as another process would."""
    engines: list[SearchEngine] = []

    def open_again() -> SearchEngine:
        engines.append(open_engine(request.param, data=tmp_path))
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
        ),
        passage("a", "motor", lang="zh-Hans", section="1", kind="course", subjects=("0713",)),
        passage(
            "b", "motor", kind="textbook", subjects=("0714",), level="4", countries=("TH", "LA")
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
    }


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
