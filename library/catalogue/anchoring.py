"""Anchoring: which of the new blocks is which of the old ones.

A block's public id must survive edits, insertions and moves, so blocks are re-anchored by comparing
what they say, not by counting. Two questions are answered here, both without the database:

* ``anchor``: the section's source text as it was against as it is now;
* ``pair``: a translation against the source text it belongs to, by shape.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Two texts of one kind that share at least this much of their words are one paragraph, edited.
SIMILAR = 0.5
# Above this many cells the pairing looks only near the diagonal, so that time and memory stay linear.
FULL_TABLE = 250_000

_WORDS = re.compile(r"\w+")
# What a translator leaves as it is: numbers, addresses, inline code.
_CONSTANT = re.compile(r"`[^`]+`|\]\([^)\s]+|\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a block looks like: all that anchoring needs to know of it."""

    kind: str
    level: int
    hash: str
    source: str
    role: str = "body"
    label: str | None = None
    uuid: str | None = None


def anchor(old: Sequence[Shape], new: Sequence[Shape]) -> list[int | None]:
    """For each new block the index of the old block that it is, or None where it is new.

    In this order: a block that carries an id or a label keeps it; the title and the summary are
    themselves; equal texts, first in sequence (longest common subsequence), then wherever they moved
    to; then by likeness of the words, first between two anchored neighbours, then anywhere.
    """
    result: list[int | None] = [None] * len(new)
    taken: set[int] = set()

    def take(i: int, j: int) -> None:
        result[i] = j
        taken.add(j)

    by_name: dict[str, int] = {}
    for j, shape in enumerate(old):
        if shape.uuid:
            by_name.setdefault(shape.uuid, j)
        if shape.label:
            by_name.setdefault(f"label:{shape.label}", j)
    for i, shape in enumerate(new):
        name = shape.uuid or (f"label:{shape.label}" if shape.label else None)
        named = by_name.get(name) if name else None
        if named is not None and named not in taken:
            take(i, named)
    for role in ("title", "summary"):
        here = next((i for i, s in enumerate(new) if s.role == role and result[i] is None), None)
        there = next((j for j, s in enumerate(old) if s.role == role and j not in taken), None)
        if here is not None and there is not None and not _named(new[here]):
            take(here, there)

    free_new = [i for i in range(len(new)) if result[i] is None and not _named(new[i])]
    free_old = [j for j in range(len(old)) if j not in taken and old[j].role == "body"]
    matcher = difflib.SequenceMatcher(
        None, [old[j].hash for j in free_old], [new[i].hash for i in free_new], autojunk=False
    )
    for a, b, size in matcher.get_matching_blocks():
        for k in range(size):
            take(free_new[b + k], free_old[a + k])

    moved: dict[str, list[int]] = defaultdict(list)
    for j in free_old:
        if j not in taken:
            moved[old[j].hash].append(j)
    for i in free_new:
        if result[i] is None and moved.get(new[i].hash):
            take(i, moved[new[i].hash].pop(0))

    for news, olds in _gaps(result, taken, old, free_new):
        for i, j in _alike([new[i] for i in news], [old[j] for j in olds]):
            take(news[i], olds[j])
    # Edited and moved at once: the likest of what is left, wherever it stands.
    rest_new = [i for i in free_new if result[i] is None]
    rest_old = [j for j in free_old if j not in taken]
    for i, j in _likest([new[i] for i in rest_new], [old[j] for j in rest_old]):
        take(rest_new[i], rest_old[j])
    # One against one between the same neighbours is the same block, however much it was rewritten.
    for news, olds in _gaps(result, taken, old, free_new):
        if len(news) == 1 and len(olds) == 1 and new[news[0]].kind == old[olds[0]].kind:
            take(news[0], olds[0])
    return result


def _likest(new: list[Shape], old: list[Shape]) -> list[tuple[int, int]]:
    """Pairs in any order, the likest first, none below ``SIMILAR``."""
    if not new or not old or len(new) * len(old) > FULL_TABLE:
        return []
    ranked = sorted(
        (-like, i, j)
        for i, n in enumerate(new)
        for j, o in enumerate(old)
        if (like := _likeness(n, o)) >= SIMILAR
    )
    pairs: list[tuple[int, int]] = []
    done_new: set[int] = set()
    done_old: set[int] = set()
    for _, i, j in ranked:
        if i not in done_new and j not in done_old:
            pairs.append((i, j))
            done_new.add(i)
            done_old.add(j)
    return pairs


def _named(shape: Shape) -> bool:
    return bool(shape.uuid or shape.label)


def _gaps(
    result: list[int | None], taken: set[int], old: Sequence[Shape], free_new: list[int]
) -> list[tuple[list[int], list[int]]]:
    """Runs of unanchored new blocks, each with the unanchored old blocks that stood there."""
    gaps: list[tuple[list[int], list[int]]] = []
    free = set(free_new)
    i = 0
    while i < len(result):
        if result[i] is not None or i not in free:
            i += 1
            continue
        start = i
        while i < len(result) and result[i] is None:
            i += 1
        news = [k for k in range(start, i) if k in free]
        before = result[start - 1] if start else -1
        after = result[i] if i < len(result) else len(old)
        low = -1 if before is None else before
        high = len(old) if after is None else after
        if high <= low:  # a neighbour has moved: its old place says nothing about this gap
            high = next((j for j in range(low + 1, len(old)) if j in taken), len(old))
        olds = [j for j in range(low + 1, high) if j not in taken and old[j].role == "body"]
        gaps.append((news, olds))
    return gaps


def _alike(new: list[Shape], old: list[Shape]) -> list[tuple[int, int]]:
    """Pairs in order, by likeness."""
    if not new or not old or len(new) * len(old) > FULL_TABLE:
        return []
    # Best order-keeping set of pairs, by dynamic programming over the likeness of each pair.
    score = [[0.0] * (len(old) + 1) for _ in range(len(new) + 1)]
    like = [[_likeness(n, o) for o in old] for n in new]
    for i in range(len(new) - 1, -1, -1):
        for j in range(len(old) - 1, -1, -1):
            here = score[i + 1][j + 1] + like[i][j] if like[i][j] >= SIMILAR else 0.0
            score[i][j] = max(here, score[i + 1][j], score[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(new) and j < len(old):
        if like[i][j] >= SIMILAR and score[i][j] == score[i + 1][j + 1] + like[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif score[i][j] == score[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(a: Shape, b: Shape) -> float:
    if a.kind != b.kind or a.level != b.level:
        return 0.0
    left, right = _pieces(a.source), _pieces(b.source)
    if not left or not right:
        return 1.0 if a.source == b.source else 0.0
    return 2 * len(left & right) / (len(left) + len(right))


@lru_cache(maxsize=2048)
def _pieces(source: str) -> frozenset[tuple[str, int]]:
    """Words, or letter pairs where words are not spaced, each numbered so that repeats count."""
    words: list[str] = []
    for word in _WORDS.findall(source):
        if len(word) > 3 and not word.isascii() and ord(word[0]) > 0x0E00:
            words.extend(word[k : k + 2] for k in range(len(word) - 1))
        else:
            words.append(word)
    seen: dict[str, int] = defaultdict(int)
    pieces = []
    for word in words:
        pieces.append((word, seen[word]))
        seen[word] += 1
    return frozenset(pieces)


def pair(source: Sequence[Shape], other: Sequence[Shape]) -> list[int | None]:
    """For each block of a translation the index of the source block that it belongs to, or None.

    Labels decide first. Files of equal shape are paired by position, which is how translations are
    made. Otherwise the best order-keeping pairing by shape is taken (Needleman and Wunsch, 1970): same
    kind and level, same numbers, addresses and code, and like length within the file's own ratio.
    """
    result: list[int | None] = [None] * len(other)
    names = {s.label: j for j, s in enumerate(source) if s.label}
    names.update({s.uuid: j for j, s in enumerate(source) if s.uuid})
    fixed: dict[int, int] = {}
    for i, shape in enumerate(other):
        j = names.get(shape.uuid or shape.label or "")
        if j is not None and j not in fixed.values():
            fixed[i] = j
    if not fixed and [_form(s) for s in source] == [_form(s) for s in other]:
        return list(range(len(other)))
    for i, j in fixed.items():
        result[i] = j
    # Between named blocks, in order; a name that stands out of order fixes itself only.
    edges = [(-1, -1)]
    for i in sorted(fixed):
        if fixed[i] > edges[-1][1]:
            edges.append((i, fixed[i]))
    edges.append((len(other), len(source)))
    used = set(fixed.values())
    ratio = _ratio(source, other)
    for (i0, j0), (i1, j1) in itertools.pairwise(edges):
        others = [i for i in range(i0 + 1, i1) if i not in fixed and not _foreign(other[i], names)]
        sources = [j for j in range(j0 + 1, j1) if j not in used]
        for a, b in _align([source[j] for j in sources], [other[i] for i in others], ratio):
            result[others[b]] = sources[a]
    return result


def _foreign(shape: Shape, names: dict[str, int]) -> bool:
    """A block with a name that the source lacks belongs to nothing there."""
    name = shape.uuid or shape.label
    return bool(name) and name not in names


def _form(shape: Shape) -> tuple[str, int, str]:
    return shape.kind, shape.level, shape.role


def _ratio(source: Sequence[Shape], other: Sequence[Shape]) -> float:
    """How much longer this language is: Chinese takes a third of the letters that French takes."""
    a = sum(len(s.source) for s in source if s.kind != "code")
    b = sum(len(s.source) for s in other if s.kind != "code")
    return b / a if a and b else 1.0


def _align(source: list[Shape], other: list[Shape], ratio: float) -> list[tuple[int, int]]:
    n, m = len(source), len(other)
    if not n or not m:
        return []
    if [_form(s) for s in source] == [_form(s) for s in other]:
        return [(k, k) for k in range(n)]
    gap = -0.4
    band = max(m, n) if n * m <= FULL_TABLE else max(60, abs(n - m) + 60)
    lows = [max(0, i * m // n - band) for i in range(n + 1)]
    highs = [min(m, i * m // n + band) for i in range(n + 1)]
    none = float("-inf")
    facts_a = [_facts(s) for s in source]
    facts_b = [_facts(s) for s in other]
    score: list[dict[int, float]] = [{j: j * gap for j in range(lows[0], highs[0] + 1)}]
    step: list[dict[int, str]] = [dict.fromkeys(range(lows[0], highs[0] + 1), "left")]
    for i in range(1, n + 1):
        row: dict[int, float] = {}
        how: dict[int, str] = {}
        above = score[i - 1]
        for j in range(lows[i], highs[i] + 1):
            best, way = above.get(j, none) + gap, "up"
            left = row.get(j - 1, none) + gap
            if left > best:
                best, way = left, "left"
            if j:
                fit = _fit(source[i - 1], other[j - 1], facts_a[i - 1], facts_b[j - 1], ratio)
                both = above.get(j - 1, none) + fit
                if fit > 2 * gap and both >= best:
                    best, way = both, "both"
            row[j], how[j] = best, way
        score.append(row)
        step.append(how)
    pairs: list[tuple[int, int]] = []
    i, j = n, m
    while i and j:
        way = step[i].get(j, "up")
        if way == "both":
            pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif way == "up":
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _facts(shape: Shape) -> frozenset[str]:
    if shape.kind == "code":
        return frozenset(shape.source.split())
    return frozenset(_CONSTANT.findall(shape.source))


def _fit(
    a: Shape, b: Shape, facts_a: frozenset[str], facts_b: frozenset[str], ratio: float
) -> float:
    """How well two blocks go together, about -2 (never) to 2 (surely)."""
    if a.role != b.role:
        return -2.0
    if a.kind != b.kind:
        # A list made into a paragraph happens; a table never becomes a heading.
        return -0.7 if {a.kind, b.kind} <= {"paragraph", "list", "quotation", "note"} else -2.0
    if a.kind == "heading" and a.level != b.level:
        return -0.6
    fit = 0.6
    if facts_a or facts_b:
        fit += 1.4 * len(facts_a & facts_b) / len(facts_a | facts_b) - 0.4
    expected = max(1.0, len(a.source) * ratio)
    longer, shorter = max(expected, len(b.source)), min(expected, len(b.source))
    return fit + (
        0.4 if longer <= 1.8 * shorter + 20 else -0.3 if longer <= 4 * shorter + 40 else -0.9
    )
