"""Isolates in plain text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from library.i18n.bidi import isolate


def test_text_is_wrapped_in_a_first_strong_isolate() -> None:
    assert isolate("مرحبا") == "\u2068مرحبا\u2069"


def test_nothing_needs_no_isolate() -> None:
    assert isolate("") == ""


def test_a_stray_closing_mark_cannot_break_out() -> None:
    assert isolate("a\u2069b") == "\u2068ab\u2069"


def test_isolates_left_open_are_closed() -> None:
    assert isolate("a\u2067b") == "\u2068a\u2067b\u2069\u2069"


def test_a_line_end_does_not_end_the_isolate() -> None:
    assert isolate("a\r\n\u2029b") == "\u2068a b\u2069"


@given(st.text(alphabet="ab\u2066\u2067\u2068\u2069\u202e\n"))
def test_isolates_are_always_balanced_and_never_close_early(text: str) -> None:
    depth = 0
    wrapped = isolate(text)
    for place, character in enumerate(wrapped):
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        assert depth > 0 or place == len(wrapped) - 1
    assert depth == 0
