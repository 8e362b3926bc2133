"""tantivy and SQLite FTS5 over the passages of the synthetic library, made to do the same job as ours.

They get the tokens that the library's analysis makes, so that all look for the same, in four fields with
weights; they answer with the best twenty passages, the number of all, and the number for each value of
the facets that ours counts. Ours counts works in place of passages, and looks at the best ones twice.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from library.catalogue import passages, sizes
from library.search.analysis import ANALYSIS_VERSION, analyse
from library.search.port import Passage
from tests.bench.rows import tell

try:
    import tantivy
except ImportError:
    tantivy = None  # type: ignore[assignment]

FIELDS = {"title": 2.0, "work_title": 1.0, "keywords": 0.4, "body": 1.0}
"""The text fields and what a word in them weighs."""

FACETS = ("kind", "lang", "subject", "level", "institution", "country", "size")
LIMIT = 20
_FTS5 = "fts5.sqlite"
_TANTIVY = "tantivy"
_DONE = "complete"
# Raised by hand whenever the engines are filled otherwise.
_LAYOUT = 2


@dataclass(frozen=True, slots=True)
class Found:
    """``best`` are ids of passages, ``facets`` facet -> value -> number of passages."""

    total: int
    best: list[str]
    facets: dict[str, dict[str, int]]


class BigEngine(Protocol):
    """An index of all passages on the disk."""

    name: str

    def ask(self, words: Sequence[str]) -> Found:
        """What holds any of the words (tokens of the library's analysis), best first."""

    def close(self) -> None:
        """Let go of files."""


def open_engines(folder: Path, session: Session, *, count: int) -> list[BigEngine]:
    """The engines over all ``count`` passages, kept in ``folder`` for the next run, made where missing.

    Their name says what they hold: with which analysis, how many passages and which.
    """
    home = folder / f"engines-{_version(session, count)}"
    if not (home / _DONE).exists():
        tell(f"making the reference indexes of {count:,} passages")
        for old in folder.glob("engines-*"):
            shutil.rmtree(old)
        home.mkdir(parents=True)
        makers: list[Fts5Maker | TantivyMaker] = [Fts5Maker(home / _FTS5)]
        if tantivy is not None:
            makers.append(TantivyMaker(home / _TANTIVY))
        for number, one in enumerate(passages.everything(session), 1):
            fields = {name: _tokens(getattr(one, name), one.lang) for name in FIELDS}
            for maker in makers:
                maker.add(number, one, fields)
        for maker in makers:
            maker.finish()
        (home / _DONE).write_text("", encoding="utf-8")
    found: list[BigEngine] = [Fts5(home / _FTS5)]
    if tantivy is not None:
        found.append(Tantivy(home / _TANTIVY))
    return found


def _version(session: Session, count: int) -> str:
    digest = hashlib.sha256(f"{_LAYOUT} {ANALYSIS_VERSION} {count} {tantivy is None}".encode())
    # The analysis may change without its version while it is being worked on.
    for one in islice(passages.everything(session), 200):
        digest.update(repr([_tokens(getattr(one, name), one.lang) for name in FIELDS]).encode())
    return digest.hexdigest()[:12]


# A work's title and keywords are the same in all its passages.
@lru_cache(maxsize=64)
def _tokens(text: str, lang: str) -> Sequence[str]:
    return [token.text for token in analyse(text, lang)]


def _labels(one: Passage) -> list[str]:
    """The facet values of a passage, all in one list: to count one column takes these engines less time
    than to count seven. Of sizes only the smallest, which says what the others are."""
    several = {
        "kind": (one.kind,),
        "lang": (one.lang,),
        "subject": one.subjects,
        "level": (one.level,) if one.level else (),
        "institution": one.institutions,
        "country": one.countries,
        "size": one.sizes[:1],
    }
    return [f"{name}:{value}" for name in FACETS for value in dict.fromkeys(several[name])]


def _by_facet(counted: Iterable[tuple[str, int]]) -> dict[str, dict[str, int]]:
    facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for label, number in counted:
        name, _, value = label.partition(":")
        facets[name][value] = number
    smallest, held = facets["size"], 0
    for value in sizes.LIMITS:
        held += smallest.get(value, 0)
        if held:
            smallest[value] = held
    return facets


class Fts5Maker:
    """A contentless table for the words, and plain tables for names and labels."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            f"CREATE VIRTUAL TABLE text USING"
            f" fts5({', '.join(FIELDS)}, content='', tokenize='ascii');"
            "CREATE TABLE name (id INTEGER PRIMARY KEY, passage TEXT);"
            "CREATE TABLE label (code INTEGER PRIMARY KEY, label TEXT);"
            "CREATE TABLE labelled (id INTEGER, code INTEGER, PRIMARY KEY (id, code)) WITHOUT ROWID;"
            "BEGIN"
        )
        self._codes: dict[str, int] = {}
        marks = ", ".join("?" * (len(FIELDS) + 1))
        self._words = f"INSERT INTO text (rowid, {', '.join(FIELDS)}) VALUES ({marks})"

    def add(self, number: int, one: Passage, fields: Mapping[str, Sequence[str]]) -> None:
        add = self._connection.execute
        add(self._words, (number, *(" ".join(map(_spelt, fields[name])) for name in FIELDS)))
        add("INSERT INTO name VALUES (?, ?)", (number, one.id))
        for label in _labels(one):
            code = self._codes.setdefault(label, len(self._codes))
            add("INSERT INTO labelled VALUES (?, ?)", (number, code))

    def finish(self) -> None:
        self._connection.executemany(
            "INSERT INTO label (label, code) VALUES (?, ?)", self._codes.items()
        )
        self._connection.execute("COMMIT")
        self._connection.execute("INSERT INTO text (text) VALUES ('optimize')")
        self._connection.execute("ANALYZE")
        self._connection.close()


def _spelt(token: str) -> str:
    """A token in letters and digits of ASCII, which FTS5 neither cuts nor changes."""
    if token.isascii() and token.isalnum():
        return token
    return "x" + token.encode().hex()


class Fts5:
    """SQLite FTS5: a contentless table for the words, and plain tables for names and labels."""

    name = "FTS5"

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._connection.execute("PRAGMA cache_size=-64000")
        weights = ", ".join(map(str, FIELDS.values()))
        self._best = (
            "SELECT name.passage FROM (SELECT rowid AS id FROM text WHERE text MATCH ?"
            f" ORDER BY bm25(text, {weights}) LIMIT {LIMIT}) best JOIN name USING (id)"
        )
        self._facets = (
            "WITH found AS MATERIALIZED (SELECT rowid AS id FROM text WHERE text MATCH ?)"
            " SELECT '', count(*) FROM found UNION ALL SELECT label, number FROM ("
            "SELECT code, count(*) AS number FROM found JOIN labelled USING (id) GROUP BY code"
            ") JOIN label USING (code)"
        )

    def ask(self, words: Sequence[str]) -> Found:
        asked = " OR ".join(f'"{_spelt(word)}"' for word in words)
        best = [name for (name,) in self._connection.execute(self._best, (asked,))]
        (_, total), *counted = self._connection.execute(self._facets, (asked,))
        return Found(total, best, _by_facet(counted))

    def close(self) -> None:
        self._connection.close()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("passage", stored=True, tokenizer_name="raw")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace")
    builder.add_text_field("label", fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class TantivyMaker:
    """Words without an analysis of their own, and labels as a fast field."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._index = tantivy.Index(_schema(), path=str(folder))
        # One thread and much memory: few segments, as after our rebuild.
        self._writer = self._index.writer(heap_size=1_000_000_000, num_threads=1)

    def add(self, number: int, one: Passage, fields: Mapping[str, Sequence[str]]) -> None:
        document = tantivy.Document(passage=one.id)
        for name in FIELDS:
            document.add_text(name, " ".join(fields[name]))
        for label in _labels(one):
            document.add_text("label", label)
        self._writer.add_document(document)

    def finish(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()


class Tantivy:
    """tantivy: the words as boosted terms, the facets as an aggregation over a fast field.

    Its binding has no call that both searches and aggregates.
    """

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._wanted = {"label": {"terms": {"field": "label", "size": 1000}}}

    def ask(self, words: Sequence[str]) -> Found:
        terms = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self._schema, name, word, index_option="freq"), weight
                ),
            )
            for word in words
            for name, weight in FIELDS.items()
        ]
        asked = tantivy.Query.boolean_query(terms)
        found: Any = self._searcher.search(asked, LIMIT, count=True)
        best = [str(self._searcher.doc(address).get_first("passage")) for _, address in found.hits]
        counted = self._searcher.aggregate(asked, self._wanted)["label"]["buckets"]
        facets = _by_facet((bucket["key"], bucket["doc_count"]) for bucket in counted)
        return Found(found.count, best, facets)

    def close(self) -> None:
        return
