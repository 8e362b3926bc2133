"""What the search is compared with: other engines as they come, each over one small collection.

Every one keeps passages by id and ranks ids for a question. The analysis of some is the library's own:
they show what the ranking alone is worth.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import whoosh.analysis
import whoosh.fields
import whoosh.filedb.filestore
import whoosh.query

from library.search.analysis import analyse
from tests.bench.ranking import DEPTH

try:
    import tantivy
except ImportError:
    tantivy = None  # type: ignore[assignment]

# Releases of Whoosh differ in how much of it they give types to.
_analysis: Any = whoosh.analysis
_query: Any = whoosh.query
_storage: Any = whoosh.filedb.filestore

_WORD = re.compile(r"\w+")
# What tantivy's own query language gives a meaning to.
_SYNTAX = re.compile(r"""[-+^`:{}"'\[\]()<>!\\*~?&|=/]""")

STOCK = frozenset({"Whoosh OR", "Whoosh AND", "FTS5 unicode61", "FTS5 trigram", "tantivy"})
"""The engines as they come, with an analysis of their own."""


@dataclass(frozen=True, slots=True)
class Text:
    """A passage: its id, its language and its words."""

    id: str
    lang: str
    words: str


class Engine(Protocol):
    """Finds the ids of passages, best first, at most `DEPTH`."""

    def __call__(self, question: str, lang: str) -> Sequence[str]: ...


def engines() -> dict[str, Callable[[Iterable[Text]], Engine]]:
    """Name -> what makes that engine from passages; tantivy only where it is installed."""
    found: dict[str, Callable[[Iterable[Text]], Engine]] = {
        "Whoosh OR": lambda texts: Whoosh(texts, together="or"),
        "Whoosh AND": lambda texts: Whoosh(texts, together="and"),
        "Whoosh, our tokens": lambda texts: Whoosh(texts, together="or", ours=True),
        "FTS5 unicode61": lambda texts: Fts5(texts, tokenizer="unicode61"),
        "FTS5 trigram": lambda texts: Fts5(texts, tokenizer="trigram"),
    }
    if tantivy is not None:
        found["tantivy"] = Tantivy
        found["tantivy, our tokens"] = lambda texts: Tantivy(texts, ours=True)
    return found


def tokens(words: str, lang: str) -> list[str]:
    """What the library's analysis makes of a text."""
    return [token.text for token in analyse(words, lang)]


class Whoosh:
    """Stock Whoosh with its standard analyser, or with our tokens; its own searcher and weights."""

    def __init__(self, texts: Iterable[Text], *, together: str, ours: bool = False) -> None:
        self._ours = ours
        self._analyser = (
            _analysis.SpaceSeparatedTokenizer() if ours else _analysis.StandardAnalyzer()
        )
        self._join = _query.And if together == "and" else _query.Or
        index = _storage.RamStorage().create_index(
            whoosh.fields.Schema(
                id=whoosh.fields.STORED(), body=whoosh.fields.TEXT(analyzer=self._analyser)
            )
        )
        writer = index.writer()
        for text in texts:
            words = " ".join(tokens(text.words, text.lang)) if ours else text.words
            writer.add_document(id=text.id, body=words)
        writer.commit()
        self._searcher = index.searcher()

    def __call__(self, question: str, lang: str) -> Sequence[str]:
        stock = (token.text for token in self._analyser(question))
        words = dict.fromkeys(tokens(question, lang) if self._ours else stock)
        asked = self._join([_query.Term("body", word) for word in words])
        return [hit["id"] for hit in self._searcher.search(asked, limit=DEPTH)]


class Fts5:
    """SQLite's full-text search, asked for any of the words, or of their runs of three characters."""

    def __init__(self, texts: Iterable[Text], *, tokenizer: str) -> None:
        self._threes = tokenizer == "trigram"
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(
            f"CREATE VIRTUAL TABLE text USING fts5(id UNINDEXED, body, tokenize='{tokenizer}')"
        )
        self._connection.executemany(
            "INSERT INTO text VALUES (?, ?)", [(text.id, text.words) for text in texts]
        )

    def __call__(self, question: str, lang: str) -> Sequence[str]:
        pieces = question.split() if self._threes else _WORD.findall(question)
        if self._threes:
            pieces = [piece[at : at + 3] for piece in pieces for at in range(len(piece) - 2)]
        quoted = ['"' + piece.replace('"', '""') + '"' for piece in dict.fromkeys(pieces)]
        if not quoted:
            return []
        return [
            name
            for (name,) in self._connection.execute(
                "SELECT id FROM text WHERE text MATCH ? ORDER BY bm25(text) LIMIT ?",
                (" OR ".join(quoted), DEPTH),
            )
        ]


class Tantivy:
    """tantivy with its default tokenizer and query language, or with our tokens."""

    def __init__(self, texts: Iterable[Text], *, ours: bool = False) -> None:
        self._ours = ours
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("body", tokenizer_name="whitespace" if ours else "default")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        writer = self._index.writer(num_threads=1)
        for text in texts:
            words = " ".join(tokens(text.words, text.lang)) if ours else text.words
            writer.add_document(tantivy.Document(id=text.id, body=words))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def __call__(self, question: str, lang: str) -> Sequence[str]:
        asked: Any
        if self._ours:
            terms = [
                tantivy.Query.term_query(self._schema, "body", word)
                for word in dict.fromkeys(tokens(question, lang))
            ]
            asked = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        else:
            asked, _ = self._index.parse_query_lenient(_SYNTAX.sub(" ", question).lower(), ["body"])
        found = self._searcher.search(asked, DEPTH).hits
        return [str(self._searcher.doc(address).get_first("id")) for _, address in found]
