"""An outage is remembered, tried again by one reader at a time, and over with the first answer."""

from __future__ import annotations

import pytest

from library.errors import NotFound, Unavailable
from library.media.outage import LASTS, Outage


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _fail(outage: Outage, error: Exception) -> None:
    with pytest.raises(type(error)), outage.asking():
        raise error


def _asked(outage: Outage) -> bool:
    """Whether the store is asked at all; it answers."""
    try:
        with outage.asking():
            return True
    except Unavailable:
        return False


def test_while_a_store_is_away_nobody_waits_for_it() -> None:
    clock = Clock()
    outage = Outage(clock=clock)
    _fail(outage, Unavailable("It is away."))
    with pytest.raises(Unavailable, match="It is away"), outage.asking():
        pytest.fail("The store was asked.")
    clock.now = LASTS + 1
    assert _asked(outage)
    clock.now += 0.1
    assert _asked(outage), "the outage is over"


def test_one_reader_tries_while_the_others_are_told() -> None:
    clock = Clock()
    outage = Outage(clock=clock)
    _fail(outage, Unavailable("It is away."))
    clock.now = LASTS + 1
    with outage.asking():
        assert not _asked(outage)
    assert _asked(outage)


def test_a_store_that_fails_again_is_left_alone_again() -> None:
    clock = Clock()
    outage = Outage(clock=clock)
    _fail(outage, Unavailable("It is away."))
    clock.now = LASTS + 1
    _fail(outage, Unavailable("It is still away."))
    assert not _asked(outage)


@pytest.mark.parametrize(
    "answer", [NotFound("There is no such file."), Unavailable("It refused.", code="AccessDenied")]
)
def test_a_refusal_is_an_answer(answer: Exception) -> None:
    outage = Outage(clock=Clock())
    _fail(outage, answer)
    assert _asked(outage)
