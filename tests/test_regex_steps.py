"""The counter of steps finds what `re` finds, and tells squares from lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.regex_steps import steps_over

_PATTERNS = [
    r"\]\(\s*<?([^)>\s]+)|^ {0,3}\[[^\[\]]{1,9}\]:\s*<?(\S+?)>?(?:\s|$)",
    r"a*?b|[^a-c]{2}\Z|(?:ab|a)c",
    r"(?>a|ab)c|b++c|x(?=y)|x(?!y)\w|\A-.",
]


@pytest.mark.parametrize("flags", [re.NOFLAG, re.MULTILINE, re.DOTALL])
@pytest.mark.parametrize("source", _PATTERNS)
@given(text=st.text("abcxy[]():<> -\n", max_size=30))
def test_it_finds_what_the_real_matcher_finds(source: str, flags: re.RegexFlag, text: str) -> None:
    pattern = re.compile(source, flags)
    assert steps_over(pattern, text)[1] == [found.span() for found in pattern.finditer(text)]


@pytest.mark.parametrize(
    ("source", "growth"), [("a+b", 4), ("a++b", 4), ("(?:^a+)b", 2), ("a+b?", 2), ("a{1,9}b", 2)]
)
def test_twice_the_text_takes_twice_or_four_times_the_steps(source: str, growth: int) -> None:
    once, twice = (steps_over(re.compile(source), "a" * length)[0] for length in (500, 1_000))
    assert twice / once == pytest.approx(growth, rel=0.05)


@pytest.mark.parametrize("source", [r"(a)\1", "(?:ab)*", "(?i)a", r"\bword", "(?<=a)b"])
def test_what_it_cannot_count_it_refuses(source: str) -> None:
    with pytest.raises(NotImplementedError):
        steps_over(re.compile(source), "abab")
