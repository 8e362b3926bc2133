from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import library.accounts.models
import library.terms.models  # noqa: F401 - every table must be known before they are made
from library.catalogue import passages
from library.catalogue.spelling import LONGEST, Correction, alike, correct, last_word
from library.catalogue.vocabulary import Vocabulary, draft
from library.db import Base
from library.errors import Unavailable
from library.search.array_file import ArrayFile
from library.search.lexicon import Lexicon
from library.search.null import NullEngine
from library.search.pinyin import pinyin_of
from library.search.port import Query, Results, SearchEngine
from library.search.whoosh_engine import WhooshEngine
from tests.factories import make_work
from tests.journeys.hostile_strings import OWN, naughty


class Bench:
    """A library with an index and a vocabulary of its own; tests only read it."""

    def __init__(self, folder: Path) -> None:
        database = create_engine("sqlite://")
        Base.metadata.create_all(database)
        self.engine: SearchEngine = WhooshEngine(folder)
        with Session(database) as session:
            make_work(
                session,
                key="cold",
                languages=["en"],
                texts={
                    "en": "# Refrigeration compressors\n\nCold.\n\nUse a screwdriver and a PLC-200.",
                    "fr": "# Compresseurs et moteur électrique\n\nFroid.\n\nUn tournevis.",
                    "zh-Hans": "# 接触器与伺服电机\n\n冷。\n\n用螺丝刀。",
                    "ar": "# المحرك الكهربائي\n\nبرد.\n\nاستعمل المفك.",
                    "ru": "# Асинхронный двигатель\n\nХолод.\n\nОтвёртка.",
                    "th": "# รีเลย์\n\nเย็น\n\nใช้ไขควง",
                },
                sections={},
            )
            for n in range(3):
                make_work(
                    session,
                    key=f"work-{n}",
                    languages=["en"],
                    texts={"en": f"# Work {n}\n\nText.\n\nThe compresor is a word of ours."},
                    sections={},
                )
            session.flush()
            self.engine.rebuild(passages.everything(session))
            self.vocabulary = Vocabulary(ArrayFile(draft(session)))
        database.dispose()

    def correct(self, text: str, lang: str = "en") -> Correction | None:
        return correct(
            text,
            lang=lang,
            vocabulary=self.vocabulary,
            engine=self.engine,
            reading=pinyin_of,
        )

    def meant(self, text: str, lang: str = "en") -> str | None:
        found = self.correct(text, lang)
        return found.text if found else None


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("spelling"))
    yield made
    made.engine.close()


@pytest.mark.parametrize(
    ("lang", "typed", "meant"),
    [
        ("en", "refrigiration", "refrigeration"),
        ("fr", "moteurr", "moteur"),
        ("fr", "électirque", "électrique"),
        ("ar", "المحركك", "المحرك"),
        ("ru", "двигатль", "двигатель"),
        ("th", "รีเลบ์", "รีเลย์"),
        ("zh-Hans", "接处器", "接触器"),
        ("zh-Hans", "司服电机", "伺服电机"),
        ("zh-Hans", "接触气", "接触器"),
        ("en", "jiecuqi", "接触器"),
    ],
)
def test_a_slip_is_put_right_in_the_languages_of_the_library(
    bench: Bench, lang: str, typed: str, meant: str
) -> None:
    found = bench.correct(typed, lang)
    assert found is not None
    assert found.text == meant
    assert found.wrong == (typed,)
    assert bench.engine.search(Query(text=found.text, lang=lang)).total > 0


def test_the_other_words_stay(bench: Bench) -> None:
    found = bench.correct("the refrigiration, of Work")
    assert found is not None
    assert found.pieces == (("the ", False), ("refrigeration", True), (", of Work", False))


def test_what_is_quoted_excluded_a_filter_or_a_code_stays(bench: Bench) -> None:
    assert (
        bench.meant('"moteur électrique" compreseurs', "fr") == '"moteur électrique" compresseurs'
    )
    assert bench.meant("«refrigiration»") is None
    assert bench.meant("moteurr -refrigiration", "fr") == "moteur -refrigiration"
    assert bench.meant("kind:corse moteurr", "fr") == "kind:corse moteur"
    assert bench.meant("refrigiration@example.org refrigiration.pdf refrigiration2") is None


def test_words_that_are_found_are_left_alone(bench: Bench) -> None:
    assert bench.meant("refrigeration compressors") is None
    assert bench.meant("compressor") is None  # another form of a word
    assert bench.meant("screwdriver tournevis") is None  # in texts only
    assert bench.meant("compresor") is None  # wrong, but found in three works
    assert bench.meant("螺丝刀", "zh-Hans") is None


def test_what_is_like_nothing_stays_as_it_is(bench: Bench) -> None:
    assert bench.meant("xyzzyx") is None
    assert bench.meant("of a to") is None
    assert bench.meant("???") is None
    assert bench.meant("") is None


def test_capitals_stay(bench: Bench) -> None:
    assert bench.meant("Refrigiration") == "Refrigeration"
    assert bench.meant("REFRIGIRATION") == "REFRIGERATION"


def test_nothing_is_suggested_that_finds_nothing(bench: Bench) -> None:
    found = correct(
        "refrigiration",
        lang="en",
        vocabulary=bench.vocabulary,
        engine=NullEngine(),
        reading=pinyin_of,
    )
    assert found is None


class Away(NullEngine):
    def search(self, query: Query) -> Results:
        raise Unavailable("The index is away.")


def test_nothing_is_suggested_while_the_index_is_away(bench: Bench) -> None:
    away = Away()
    for text in ("refrigiration", "接处器"):
        assert (
            correct(text, lang="en", vocabulary=bench.vocabulary, engine=away, reading=pinyin_of)
            is None
        )


def test_words_alike_are_offered_where_nothing_was_found(bench: Bench) -> None:
    found = alike("refrigarator", lang="en", vocabulary=bench.vocabulary)
    assert "refrigeration" in [near.word for near in found]
    assert alike("???", lang="en", vocabulary=bench.vocabulary) == []


def test_the_last_word_is_the_one_that_may_go_on() -> None:
    assert last_word("cold Sto") == "sto"
    assert last_word("冷链 技") == "技"
    assert last_word("cold store, ") == ""
    assert last_word('"cold store"') == ""
    assert last_word("cold -sto") == ""
    assert last_word("??") == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=400), lang=st.sampled_from(["en", "zh-Hans", "ar", "th"]))
def test_any_text_gets_an_answer(bench: Bench, text: str, lang: str) -> None:
    found = bench.correct(text, lang)
    assert found is None or found.text
    alike(text, lang=lang, vocabulary=bench.vocabulary)
    last_word(text)


@pytest.mark.parametrize(
    "text",
    [
        "refrigiration " * 7000,
        "接处器" * 30000,
        "x" * 100_000,
        "ก" * 100_000,
        '"' * 100_000,
        "- " * 50_000,
        "a:b " * 25_000,
        "a.b@c/d_" * 12_500,
        "\u0301" * 50_000,
        "ا" * 100_000,
    ],
    ids=range(10),
)
def test_of_a_long_text_no_more_is_asked_than_of_its_beginning(
    bench: Bench, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def heard(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def listening(self: object, about: Query | str, **more: object) -> object:
            if isinstance(about, str):
                asked.append(about)
            elif about.text.startswith(
                '"'
            ):  # a word; else what was put right, which is long itself
                asked.append(about.text)
            return real(self, about, **more)

        monkeypatch.setattr(owner, name, listening)

    for name in ("count", "near", "read_as"):
        heard(Lexicon, name)
    heard(type(bench.engine), "search")

    def questions(about: str) -> list[str]:
        asked.clear()
        bench.correct(about)
        alike(about, lang="en", vocabulary=bench.vocabulary)
        return list(asked)

    beginning = questions(text[:LONGEST])
    # A little more first: if the whole of it were looked at, that would take for ever.
    assert questions(text[: 2 * LONGEST]) == beginning
    assert questions(text) == beginning
    assert sum(map(len, asked)) < 20 * LONGEST


@pytest.mark.skipif(naughty() is None, reason="the list of naughty strings is not there")
def test_hostile_text_gets_an_answer(bench: Bench) -> None:
    for text in (*OWN, *(naughty() or ())):
        found = bench.correct(text)
        assert found is None or found.text
