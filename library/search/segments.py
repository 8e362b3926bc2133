"""One immutable segment of the index as arrays.

A segment's files never change once they are written; only the set of its deleted passages does, and
that belongs to the `scorer.Snapshot`. All passages of a work stand in a row in one segment: an
`apply` writes them so in one commit, a `rebuild` starts a new segment only between works, and merging
keeps the order. Counting works is therefore counting rows.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from whoosh.fields import Schema
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.util.numeric import byte_to_length

from library.errors import Damaged
from library.search import schema as rows
from library.search.codec import POSTING, extent, unpack
from library.search.columns import Ints, Labels
from library.search.port import FACETS
from library.search.stems import primary
from library.search.storage import IndexFiles

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_LENGTHS: Final = np.array([byte_to_length(code) for code in range(256)], dtype=np.float32)
_LENGTHS[0] = 0.0
_NONE: Final = np.empty(0, np.int32)
_MOST_STARTS: Final = 256


class ArrayCache:
    """Arrays by key, the least recently used dropped first; safe to share between threads."""

    def __init__(self, limit: int) -> None:
        """``limit`` in bytes."""
        self._limit = limit
        self._size = 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """What was kept under ``key``, or None."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return None
            self._held.move_to_end(key)
            return held[0]

    def keep(self, key: Hashable, value: Any, size: int) -> None:
        """Keep ``value``, which takes ``size`` bytes, as long as there is room."""
        size += 200
        with self._lock:
            if key not in self._held:
                self._held[key] = (value, size)
                self._size += size
            while self._size > self._limit and len(self._held) > 1:
                self._size -= self._held.popitem(last=False)[1][1]


class Segment:
    """The files of one segment. Reading is thread-safe."""

    def __init__(self, folder: Path, fields: Schema, segment: Any, cache: ArrayCache) -> None:
        """Open ``segment`` (Whoosh's). `Damaged` or `OSError` when its files are not as written."""
        self.id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._cache = cache
        self._lock = threading.Lock()
        files = IndexFiles(folder)
        self._close = weakref.finalize(self, files.release)
        try:
            files.verify(self.id)
            self._reader = SegmentReader(files, fields, segment)
            self._postings = os.open(folder / segment.make_filename(".pst"), os.O_RDONLY)
            weakref.finalize(self, os.close, self._postings)
            numbers = self._reader.column_reader("numbers", translate=False).load()
            self.labels: list[Labels] = self._reader.column_reader("labels", translate=False).load()
            self._rows = self._reader.column_reader("row", translate=False)
        except BaseException:
            self._close()
            raise
        self.lengths: dict[str, Floats] = {name: _LENGTHS[numbers[name]] for name in rows.TEXTS}
        # The passages of a work stand in a row (see above): works are numbered as they come.
        key = numbers["work"]
        first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        self.keys: NDArray[np.uint64] = key[first]
        self.works: Ints = np.repeat(
            np.arange(len(first), dtype=np.int32), np.diff(first, append=self.count)
        )
        languages = self.labels[FACETS.index("languages")]
        self.languages = languages.values
        self.language: Ints = np.full(self.count, len(languages.values), np.int32)
        self.language[languages.docs] = languages.codes

    @cached_property
    def length_sums(self) -> dict[str, dict[str, tuple[float, int]]]:
        """Text field -> language -> total length and number of the passages that have the field."""
        sums: dict[str, dict[str, tuple[float, int]]] = {}
        slots = len(self.languages) + 1
        for name, lengths in self.lengths.items():
            totals = np.bincount(self.language, weights=lengths, minlength=slots)
            counts = np.bincount(self.language, weights=lengths > 0, minlength=slots)
            found = sums.setdefault(name, {})
            for tag, total, count in zip(self.languages, totals, counts, strict=False):
                before = found.get(primary(tag), (0.0, 0))
                found[primary(tag)] = (before[0] + float(total), before[1] + int(count))
        return sums

    def of_work(self, key: int) -> Ints:
        """The passages of a work, by the key of `schema.work_key`."""
        return np.flatnonzero((self.keys == np.uint64(key))[self.works]).astype(np.int32)

    def row(self, passage: int) -> list[str]:
        """Id, work, section, block, kind and language of a passage."""
        with self._lock:
            return rows.row(self._rows[passage])

    def postings(self, field: str, term: str) -> tuple[Ints, Ints]:
        """The passages that have ``term`` in ``field``, ascending, and how often."""
        key = (self.id, field, term)
        found: tuple[Ints, Ints] | None = self._cache.get(key)
        if found is None:
            data, count = self._read(field, term, POSTING)
            found = unpack(data, count) if count else (_NONE, _NONE)
            self._cache.keep(key, found, 8 * count)
        return found

    def places(self, field: str, term: str) -> tuple[Ints, Ints]:
        """Every occurrence of ``term`` in ``field``: its passage and its place there."""
        data, count = self._read(field, term, None)
        if not count:
            return _NONE, _NONE
        passages, frequencies = unpack(data, count)
        places = np.frombuffer(data, "<u2", -1, POSTING * count).astype(np.int32)
        return np.repeat(passages, frequencies), places

    def starting(self, field: str, start: str) -> list[str]:
        """The terms of ``field`` that begin with ``start``, at most some hundreds."""
        begin = start.encode()
        found: list[str] = []
        with self._lock:
            for name, term in self._reader.terms_from(field, begin):
                if name != field or not term.startswith(begin) or len(found) == _MOST_STARTS:
                    break
                found.append(term.decode())
        return found

    def _read(self, field: str, term: str, size: int | None) -> tuple[bytes, int]:
        """A term's record and its number of postings; only ``size`` bytes for each, if given."""
        with self._lock:
            try:
                info = self._reader.term_info(field, term)
            except TermNotFound:
                return b"", 0
        count: int = info.doc_frequency()
        offset, length = extent(info)
        if size is not None:
            length = min(length, size * count)
        data = os.pread(self._postings, length, offset)
        if len(data) != length:
            raise Damaged(f"The index file {self.id}.pst ends too early.")
        return data, count
