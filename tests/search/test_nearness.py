from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from library.search.nearness import distances


def matrix(words: list[str]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    longest = max(map(len, words), default=0)
    rows = [[ord(c) for c in word] + [0] * (longest - len(word)) for word in words]
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    return np.array(rows, dtype=np.uint16).reshape(len(words), longest), lengths


def far(word: str, other: str) -> int:
    codes = np.array([ord(c) for c in word], dtype=np.uint16)
    return int(distances(codes, *matrix([other]))[0])


def by_the_book(word: str, other: str) -> int:
    """The textbook's table of optimal string alignment."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and word[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def test_each_slip_counts_one() -> None:
    assert far("moteur", "moteur") == 0
    assert far("moteurr", "moteur") == 1
    assert far("mteur", "moteur") == 1
    assert far("mateur", "moteur") == 1
    assert far("motuer", "moteur") == 1
    assert far("refrigiration", "refrigeration") == 1
    assert far("", "pump") == 4


def test_other_scripts_are_letters_too() -> None:
    assert far("接处器", "接触器") == 1
    assert far("двигатль", "двигатель") == 1


@given(
    st.text("abcd", min_size=1, max_size=12),
    st.lists(st.text("abcd", min_size=0, max_size=12), min_size=1, max_size=30),
)
def test_all_at_once_agrees_with_one_by_one(word: str, others: list[str]) -> None:
    codes = np.array([ord(c) for c in word], dtype=np.uint16)
    found = distances(codes, *matrix(others)).tolist()
    assert found == [by_the_book(word, other) for other in others]


@given(st.text("ab", min_size=60, max_size=63), st.text("ab", min_size=58, max_size=64))
def test_the_longest_words_fit(word: str, other: str) -> None:
    assert far(word, other) == by_the_book(word, other)
