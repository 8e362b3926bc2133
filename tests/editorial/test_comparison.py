from __future__ import annotations

import copy
import random
import uuid as uuids
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.catalogue.drafts import BlockDraft, SectionDraft, WorkDraft
from library.editorial.comparison import MOST_MEETINGS, compare, pieces
from library.markdown import split


def _section(key: str, *texts: str, fr: tuple[str, ...] = ()) -> SectionDraft:
    ids = [uuids.uuid4() for _ in texts]

    def blocks(said: tuple[str, ...]) -> list[BlockDraft]:
        return [
            BlockDraft(split(text)[0], role="title" if text.startswith("# ") else "body", uuid=id_)
            for text, id_ in zip(said, ids, strict=False)
        ]

    spoken = {"en": blocks(texts)}
    if fr:
        spoken["fr"] = blocks(fr)
    return SectionDraft(key=key, folder=key, uuid=uuids.uuid4(), texts=spoken)


def _work() -> WorkDraft:
    root = _section("", "# Pumps", "How pumps work.")
    root.sections = [
        _section("one", "# One", "First.", "Second.", "Third.", fr=("# Un", "Premier.")),
        _section("two", "# Two", "Fourth."),
    ]
    return WorkDraft(
        kind="course", key="pumps", source_language="en", licence="CC-BY-4.0", root=root
    )


def test_equal_works_have_no_difference() -> None:
    work = _work()
    assert compare(work, copy.deepcopy(work)).empty


def test_a_changed_word_is_shown_as_that_word() -> None:
    before = _work()
    after = copy.deepcopy(before)
    blocks = after.root.sections[0].texts["fr"]
    blocks[1].parsed = split("Premier pas.")[0]
    difference = compare(before, after)
    (section,) = difference.sections
    (text,) = section.texts
    assert (text.lang, text.kind, section.title) == ("fr", "changed", "One")
    assert ("new", " pas") in [(p.sort, p.text) for p in text.pieces]
    assert difference.languages == ["fr"]
    assert difference.count("en") == 0


def test_a_moved_paragraph_is_one_that_moved_and_nothing_else() -> None:
    before = _work()
    after = copy.deepcopy(before)
    moved = after.root.sections[0].texts["en"].pop(2)
    after.root.sections[1].texts["en"].append(moved)
    kinds = [(t.kind, t.after) for s in compare(before, after).sections for t in s.texts]
    assert kinds == [("moved", "Second.")]


def test_sections_that_come_go_and_move() -> None:
    before = _work()
    after = copy.deepcopy(before)
    gone = after.root.sections.pop(1)
    after.root.sections.insert(0, _section("new", "# New", "Fifth."))
    after.root.sections[1].key = "uno"
    after.licence = "CC0-1.0"
    difference = compare(before, after)
    kinds = {s.title: s.kind for s in difference.sections}
    assert kinds == {"New": "added", "One": "moved", "Two": "removed"}
    removed = next(s for s in difference.sections if s.uuid == gone.uuid)
    assert [t.kind for t in removed.texts] == ["removed", "removed"]
    assert difference.facts["licence"] == ("CC-BY-4.0", "CC0-1.0")


@given(st.text(max_size=80), st.text(max_size=80))
def test_pieces_hold_both_texts_whole(before: str, after: str) -> None:
    row = pieces(before, after)
    assert "".join(p.text for p in row if p.sort != "new") == before
    assert "".join(p.text for p in row if p.sort != "gone") == after


def test_chinese_and_thai_are_compared_by_characters() -> None:
    assert [p for p in pieces("先断电再操作", "先断电后操作") if p.sort != "same"] == [
        ("gone", "再"),
        ("new", "后"),
    ]
    assert ("same", "ปิดไฟก่อน") in pieces("ปิดไฟก่อนแตะ", "ปิดไฟก่อนจับ")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        # Words, not letters.
        ("Switch it off.", "Switch them off.", "Switch [-it][+them] off."),
        # One word stays between two small changes.
        ("a wire is live", "a bare wire is very live", "a[+ bare] wire is [+very ]live"),
        # Chinese by characters; Thai by characters with their marks.
        ("接触导线之前先断电。", "接触裸导线之前先断电。", "接触[+裸]导线之前先断电。"),
        ("ปิดไฟก่อนแตะสายไฟ", "ปิดไฟก่อนแตะสาย", "ปิดไฟก่อนแตะสาย[-ไฟ]"),
        ("ปิดไฟก่อน", "ปัดไฟก่อน", "[-ปิ][+ปั]ดไฟก่อน"),
        # Vowel signs do not cut words of scripts with blanks.
        ("पानी की टंकी भरें", "पानी की टंकी खोलें", "पानी की टंकी [-भरें][+खोलें]"),
        ("المُحرِّك يدور", "المُحرِّك يقف", "المُحرِّك [-يدور][+يقف]"),
        # What stays only by chance is told as changed.
        (
            "如何安全地测量电压和电流。",
            "接触裸导线之前先断电。",
            "[-如何安全地测量电压和电流。][+接触裸导线之前先断电。]",
        ),
        ("", "New.", "[+New.]"),
        ("Gone.", "", "[-Gone.]"),
        ("Same.", "Same.", "Same."),
    ],
)
def test_changes_are_told_as_people_read_them(before: str, after: str, shown: str) -> None:
    signs = {"same": "{}", "gone": "[-{}]", "new": "[+{}]"}
    row = pieces(before, after)
    assert "".join(signs[piece.sort].format(piece.text) for piece in row) == shown


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_character_is_lost_or_made_up(before: str, after: str) -> None:
    row = pieces(before, after)
    assert "".join(p.text for p in row if p.sort != "new") == before
    assert "".join(p.text for p in row if p.sort != "gone") == after


class _Counted(list[int]):
    """The places of a word, which say how often somebody walked along them."""

    walked = 0

    def __iter__(self) -> Iterator[int]:
        for place in super().__iter__():
            _Counted.walked += 1
            yield place


class _CountingMatcher(SequenceMatcher[str]):
    def set_seq2(self, b: Sequence[str]) -> None:
        super().set_seq2(b)
        self.b2j = {word: _Counted(places) for word, places in self.b2j.items()}


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many pairs of equal words were looked at: nearly all of what comparing takes."""
    monkeypatch.setattr(_Counted, "walked", 0)
    monkeypatch.setattr("library.editorial.comparison.SequenceMatcher", _CountingMatcher)
    return lambda: _Counted.walked


@pytest.mark.parametrize("letters", ["的一是", "abc ", "a "])
def test_long_texts_are_compared_in_few_steps_whatever_they_repeat(
    letters: str, walked: Callable[[], int]
) -> None:
    chance = random.Random(7)
    sides = ["".join(chance.choice(letters) for _ in range(4_000)) for _ in range(2)]
    told = pieces(*sides)
    assert walked() < 20 * MOST_MEETINGS
    assert "".join(one.text for one in told if one.sort != "new") == sides[0]
    assert "".join(one.text for one in told if one.sort != "gone") == sides[1]


def test_a_long_paragraph_with_a_word_changed_here_and_there_is_told_word_by_word(
    walked: Callable[[], int],
) -> None:
    chance = random.Random(7)
    before = [f"word{chance.randrange(300)}" for _ in range(1_900)]
    after = [f"new{n}" if n % 9 == 4 else word for n, word in enumerate(before)]
    told = pieces(" ".join(before), " ".join(after))
    assert 0 < walked() < 20 * MOST_MEETINGS
    assert sum(one.sort == "new" for one in told) == sum(word.startswith("new") for word in after)
    assert "".join(one.text for one in told if one.sort != "gone") == " ".join(after)
