"""Writing segments, and keeping their number small.

Every commit adds a segment. As soon as there are eight of about the same size, they become one; the
work that a passage costs so grows only with the logarithm of the index. Big segments stay as they are
until half of their passages are gone: a commit must not take minutes, and a handful more of them is
hardly felt. A rebuild makes one segment of everything, so that no query looks into many.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from library.search.codec import POSTINGS, ArrayCodec
from library.search.postings import PostingsPool
from library.search.schema import TEXTS
from library.search.stock import SegmentReader, SegmentWriter

WIDTH: Final = 8
"""How many segments of a size make one of the next."""

BIGGEST: Final = 512
"""Passages of the biggest segments that are merged because of their number."""

_SMALLEST: Final = 64
_WASTE: Final = 0.5


def writer(index: Any) -> Any:
    """A Whoosh writer whose segments have array postings; it holds Whoosh's own lock as well."""
    made = SegmentWriter(index, codec=ArrayCodec(), compound=False)
    made.pool = PostingsPool(Path(made.storage.folder))
    return made


def add(output: Any, fields: Mapping[str, Any]) -> None:
    """Write a passage, given as `schema.document` gives it: its postings into the pool, at once.

    Whoosh's own way asks its pool for every posting.
    """
    fresh, number = output.perdocwriter, output.docnum
    fresh.start_doc(number)
    for name, value in fields.items():
        field = output.schema[name]
        if name in TEXTS:
            output.pool.gather(name, number, value)
            fresh.add_field(name, field, None, len(value.places))
        else:
            fresh.add_column_value(name, field.column_type, value)
    fresh.finish_doc()
    # Whoosh writes a segment only if it believes that something was added.
    output._added = True
    output.docnum = number + 1


def tier(passages: int) -> int:
    """The size class of a segment."""
    size, limit = 0, _SMALLEST
    while passages > limit:
        size, limit = size + 1, limit * WIDTH
    return size


def crowded(sizes: list[tuple[int, int]]) -> list[int]:
    """Which segments to merge, given each one's number of passages and of deleted ones among them."""
    chosen: set[int] = {
        at for at, (count, gone) in enumerate(sizes) if gone > count * _WASTE and count > 1
    }
    merged = sum(sizes[at][0] - sizes[at][1] for at in chosen)
    for size in range(tier(BIGGEST) + 1):
        same = [at for at, (count, _) in enumerate(sizes) if tier(count) == size]
        # The segment that a smaller merge makes may complete the next size.
        if len(same) + (bool(chosen) and tier(merged) == size) >= WIDTH:
            chosen.update(same)
            merged = sum(sizes[at][0] - sizes[at][1] for at in chosen)
    return sorted(chosen)


def merge_tiers(output: Any, segments: list[Any]) -> list[Any]:
    """Whoosh's merge policy: take the crowded segments into ``output``; those that stay."""
    sizes = [(segment.doc_count_all(), segment.deleted_count()) for segment in segments]
    chosen = set(crowded(sizes))
    for at in sorted(chosen):
        take(output, segments[at])
    return [segment for at, segment in enumerate(segments) if at not in chosen]


def take(output: Any, segment: Any) -> None:
    """Copy what is left of a segment into ``output``."""
    reader = SegmentReader(output.storage, output.schema, segment)
    try:
        count = reader.doc_count_all()
        if not reader.doc_count():
            return
        first = output.docnum
        output.write_per_doc(set(output.schema.names()), reader)
        moved = np.full(count, -1, np.int32)
        live = np.ones(count, bool)
        live[list(segment.deleted_docs())] = False
        moved[live] = np.arange(first, first + int(live.sum()), dtype=np.int32)
        postings = os.open(
            Path(output.storage.folder) / segment.make_filename(POSTINGS), os.O_RDONLY
        )
        try:
            output.pool.take(reader, postings, moved)
        finally:
            os.close(postings)
        output._added = True
    finally:
        reader.close()
