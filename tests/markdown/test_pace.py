"""The usual paragraphs are rendered in the time that a page has for them."""

from __future__ import annotations

import time

import pytest

from library.markdown import BlockKind
from tests.markdown.shelf import shown

_WORDS = (
    "The pump must stay dry while you read the manual about the valve; never open it under "
    "pressure, and check the gauge before every shift."
)
_MARKED = _WORDS.replace("must", "*must*").replace("manual", "[manual](manual.md)")


@pytest.mark.parametrize(("source", "microseconds"), [(_WORDS, 10), (_MARKED, 150)])
def test_a_paragraph_takes_no_longer_than(source: str, microseconds: int) -> None:
    best = float("inf")
    for _ in range(15):
        started = time.process_time()
        for _ in range(100):
            shown(source, BlockKind.PARAGRAPH)
        best = min(best, (time.process_time() - started) / 100 * 1e6)
    # Three times the budget: a machine that is busy with other tests is no reason to fail.
    assert best < 3 * microseconds
