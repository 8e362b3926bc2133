"""Which of the new blocks is which of the old ones."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from library.catalogue.anchoring import Shape, anchor, pair
from library.markdown import source_hash


def shape(
    source: str,
    kind: str = "paragraph",
    level: int = 0,
    role: str = "body",
    label: str | None = None,
) -> Shape:
    return Shape(kind, level, source_hash(source), source, role, label)


def shapes(*sources: str) -> list[Shape]:
    return [shape(source) for source in sources]


OLD = shapes(
    "Switch off the supply and lock it.",
    "Prove with a tester that it is dead.",
    "Fit the contactor on the rail.",
    "Tighten the terminals to 1.2 N m.",
)


def test_unchanged_blocks_keep_their_places() -> None:
    assert anchor(OLD, OLD) == [0, 1, 2, 3]


def test_an_inserted_block_is_new_and_moves_nobody() -> None:
    new = [OLD[0], shape("Put on your gloves."), *OLD[1:]]
    assert anchor(OLD, new) == [0, None, 1, 2, 3]


def test_a_block_that_moved_is_itself() -> None:
    assert anchor(OLD, [OLD[3], OLD[0], OLD[1], OLD[2]]) == [3, 0, 1, 2]


def test_an_edited_block_is_itself() -> None:
    new = [OLD[0], OLD[1], shape("Fit the contactor firmly on the top rail."), OLD[3]]
    assert anchor(OLD, new) == [0, 1, 2, 3]


def test_the_edited_one_of_several_is_found_by_its_words() -> None:
    new = [
        OLD[0],
        shape("Something that was never said before, about colours."),
        shape("Prove with a good tester that it is really dead."),
        OLD[3],
    ]
    assert anchor(OLD, new) == [0, None, 1, 3]


def test_a_removed_block_is_nobody() -> None:
    assert anchor(OLD, [OLD[0], OLD[3]]) == [0, 3]


def test_a_block_of_another_kind_is_another_block() -> None:
    new = [shape("const x = 1", kind="code"), shape("| a |", kind="table")]
    assert anchor(shapes("One.", "Two."), new) == [None, None]


def test_the_title_is_itself_whatever_it_says() -> None:
    old = [shape("# Motors", "heading", 1, "title"), *OLD]
    new = [shape("# All about drives", "heading", 1, "title"), *OLD]
    assert anchor(old, new) == [0, 1, 2, 3, 4]


def test_a_label_wins_over_likeness() -> None:
    old = [shape("One text.", label="a"), shape("Other text.", label="b")]
    new = [shape("Other text.", label="a"), shape("One text.", label="b")]
    assert anchor(old, new) == [0, 1]


def test_edited_chinese_is_found_by_its_letter_pairs() -> None:
    old = shapes("断开电源并上锁，挂上警示牌。", "用验电器确认无电。", "把接触器装到导轨上。")
    new = shapes(
        "先断开电源并上锁，再挂上警示牌。", "请用验电器确认无电压。", "把接触器装到导轨上。"
    )
    assert anchor(old, new) == [0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), max_size=25), st.randoms(use_true_random=False))
def test_every_old_block_is_used_once_at_most_and_equal_texts_are_found(
    texts: list[str], chance: random.Random
) -> None:
    old = shapes(*texts)
    new = list(old)
    chance.shuffle(new)
    found = anchor(old, new)
    used = [j for j in found if j is not None]
    assert len(used) == len(set(used))
    assert all(old[j].hash == new[i].hash for i, j in enumerate(found) if j is not None)
    assert len(used) == len(new)


def test_a_translation_of_the_same_form_is_paired_by_position() -> None:
    french = shapes("Coupez.", "Vérifiez.", "Montez.", "Serrez à 1,2 N m.")
    assert pair(OLD, french) == [0, 1, 2, 3]


def test_a_gap_in_a_translation_is_found_by_numbers_and_kinds() -> None:
    source = [
        shape("## Tools", "heading", 2),
        shape("Take a screwdriver and a meter."),
        shape("The supply is 230 V, 50 Hz."),
        shape("| a | b |\n|---|---|\n| 1 | 2 |", "table"),
        shape("Write the value down."),
    ]
    french = [
        shape("## Outils", "heading", 2),
        shape("L'alimentation est de 230 V, 50 Hz."),
        shape("| c | d |\n|---|---|\n| 1 | 2 |", "table"),
        shape("Notez la valeur."),
    ]
    assert pair(source, french) == [0, 2, 3, 4]


def test_what_only_the_translation_says_belongs_to_nothing() -> None:
    french = [
        *shapes("Coupez.", "Vérifiez."),
        shape("```\nx\n```", "code"),
        *shapes("Montez.", "Serrez."),
    ]
    assert pair(OLD, french) == [0, 1, None, 2, 3]


def test_labels_pair_blocks_that_stand_elsewhere() -> None:
    source = [shape("One.", label="a"), shape("Two.", label="b"), shape("Three.")]
    other = [shape("Deux.", label="b"), shape("Un.", label="a"), shape("Trois.")]
    found = pair(source, other)
    assert found[:2] == [1, 0]


def test_very_long_files_are_paired_in_bounded_memory() -> None:
    source = [shape(f"Paragraph number {n} of many.") for n in range(3000)]
    other = [shape(f"Absatz Nummer {n} von vielen.") for n in range(3000) if n != 1500]
    found = pair(source, other)
    assert found[:1400] == list(range(1400))
    assert found[-1] == 2999
