"""tantivy and SQLite FTS5 over the passages of the synthetic library, made to do the same job as ours.

They get the tokens that the library's analysis makes, so that all look for the same, in four fields with
weights; they answer with the best twenty passages, the number of all, and the number for each kind,
language and subject. Ours counts three more facets, and works in place of passages.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from library.catalogue import passages
from library.search.analysis import ANALYSIS_VERSION, analyse
from library.search.port import Passage
from tests.bench.rows import tell

try:
    import tantivy
except ImportError:
    tantivy = None  # type: ignore[assignment]

FIELDS = {"title": 2.0, "work_title": 1.0, "keywords": 0.4, "body": 1.0}
"""The text fields and what a word in them weighs."""

FACETS = ("kind", "lang", "subject")
LIMIT = 20
_FTS5 = "fts5.sqlite"
_TANTIVY = "tantivy"
_DONE = "complete"
# Raised by hand whenever the engines are filled otherwise.
_LAYOUT = 1


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


class Fts5Maker:
    """A contentless table for the words, and plain tables for the facts."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            f"CREATE VIRTUAL TABLE text USING"
            f" fts5({', '.join(FIELDS)}, content='', tokenize='ascii');"
            "CREATE TABLE fact (id INTEGER PRIMARY KEY, passage TEXT, kind TEXT, lang TEXT);"
            "CREATE TABLE subject"
            " (id INTEGER, subject TEXT, PRIMARY KEY (id, subject)) WITHOUT ROWID;"
            "BEGIN"
        )
        marks = ", ".join("?" * (len(FIELDS) + 1))
        self._words = f"INSERT INTO text (rowid, {', '.join(FIELDS)}) VALUES ({marks})"

    def add(self, number: int, one: Passage, fields: Mapping[str, Sequence[str]]) -> None:
        add = self._connection.execute
        add(self._words, (number, *(" ".join(map(_spelt, fields[name])) for name in FIELDS)))
        add("INSERT INTO fact VALUES (?, ?, ?, ?)", (number, one.id, one.kind, one.lang))
        for code in set(one.subjects):
            add("INSERT INTO subject VALUES (?, ?)", (number, code))

    def finish(self) -> None:
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
    """SQLite FTS5: a contentless table for the words, and plain tables for the facts."""

    name = "FTS5"

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._connection.execute("PRAGMA cache_size=-64000")
        weights = ", ".join(map(str, FIELDS.values()))
        self._best = (
            "SELECT fact.passage FROM (SELECT rowid AS id FROM text WHERE text MATCH ?"
            f" ORDER BY bm25(text, {weights}) LIMIT {LIMIT}) best JOIN fact USING (id)"
        )
        self._facets = (
            "WITH found AS MATERIALIZED (SELECT rowid AS id FROM text WHERE text MATCH ?)"
            " SELECT '', '', count(*) FROM found"
            " UNION ALL SELECT 'kind', kind, count(*) FROM found JOIN fact USING (id) GROUP BY kind"
            " UNION ALL SELECT 'lang', lang, count(*) FROM found JOIN fact USING (id) GROUP BY lang"
            " UNION ALL SELECT 'subject', subject, count(*) FROM found JOIN subject USING (id)"
            " GROUP BY subject"
        )

    def ask(self, words: Sequence[str]) -> Found:
        asked = " OR ".join(f'"{_spelt(word)}"' for word in words)
        best = [name for (name,) in self._connection.execute(self._best, (asked,))]
        facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        total = 0
        for name, value, number in self._connection.execute(self._facets, (asked,)):
            if name:
                facets[name][value] = number
            else:
                total = number
        return Found(total, best, facets)

    def close(self) -> None:
        self._connection.close()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("passage", stored=True, tokenizer_name="raw")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class TantivyMaker:
    """Words without an analysis of their own, and facets as fast fields."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._index = tantivy.Index(_schema(), path=str(folder))
        # One thread and much memory: few segments, as after our rebuild.
        self._writer = self._index.writer(heap_size=1_000_000_000, num_threads=1)

    def add(self, number: int, one: Passage, fields: Mapping[str, Sequence[str]]) -> None:
        document = tantivy.Document(passage=one.id, kind=one.kind, lang=one.lang)
        for name in FIELDS:
            document.add_text(name, " ".join(fields[name]))
        for code in one.subjects:
            document.add_text("subject", code)
        self._writer.add_document(document)

    def finish(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()


class Tantivy:
    """tantivy: the words as boosted terms, the facets as aggregations over fast fields."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._wanted = {name: {"terms": {"field": name, "size": 1000}} for name in FACETS}

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
        counted = self._searcher.aggregate(asked, self._wanted)
        facets = {
            name: {bucket["key"]: bucket["doc_count"] for bucket in counted[name]["buckets"]}
            for name in FACETS
        }
        return Found(found.count, best, facets)

    def close(self) -> None:
        return
