"""What an index has to write of the new passages of a work: those that it does not hold already.

With each passage the index keeps a digest of everything that it is made of. A passage with the same digest
stays where it is, and its text is not even analysed.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import fields
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from library.search.columns import Ints
from library.search.port import Passage

if TYPE_CHECKING:
    from library.search.scorer import Snapshot

_SIZE: Final = 12
_everything = attrgetter(*(field.name for field in fields(Passage)))
_labels = attrgetter("kind", "subjects", "level", "institutions", "countries", "sizes")


def digest(passage: Passage) -> str:
    """Sixteen letters that are others as soon as anything of a passage is another."""
    told = repr(_everything(passage)).encode()
    return urlsafe_b64encode(blake2b(told, digest_size=_SIZE).digest()).decode()


def difference(
    snapshot: Snapshot, keys: Collection[int], passages: Sequence[Passage]
) -> tuple[Ints, list[Passage]]:
    """Which passages of a snapshot are to be deleted, ascending, and which of the new ones are to be written,
    so that works hold the new ones only.

    ``keys`` are those of the works (`schema.work_key`). A work whose passages have different facet values,
    but for their languages, is written as a whole, and so is one that had such before: counting relies on
    it (see `segments`).
    """
    there = snapshot.of_works(list(keys))
    if not len(there):
        return there, list(passages)
    labels: dict[str, tuple[object, ...]] = {}
    mixed = {p.work for p in passages if labels.setdefault(p.work, _labels(p)) != _labels(p)}
    standing: defaultdict[str, list[int]] = defaultdict(list)
    for number, odd, row in zip(
        there.tolist(), snapshot.are_odd(there).tolist(), snapshot.rows(there), strict=True
    ):
        standing[row[-1]].append(number)
        if odd:
            mixed.add(row[1])
    fresh: list[Passage] = []
    kept: list[int] = []
    for passage in passages:
        same = None if passage.work in mixed else standing.get(digest(passage))
        if same:
            kept.append(same.pop(0))
        else:
            fresh.append(passage)
    return np.setdiff1d(there, np.array(kept, np.int32), assume_unique=True), fresh
