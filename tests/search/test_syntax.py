"""What a query says about itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.catalogue.hits import ENTRY_KINDS
from library.catalogue.models import WORK_KINDS
from library.search.port import Query
from library.search.syntax import KINDS, read, refined, unfiltered


@pytest.mark.parametrize("dash", ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"])
def test_a_word_behind_a_dash_is_excluded(dash: str) -> None:
    said = read(f"pump {dash}oil now")
    assert said.excluded == ("oil",)
    assert said.text == "pump      now"


@pytest.mark.parametrize("quoted", ['"oil pump"', "“oil pump”", "«oil pump»", "「oil pump」"])
def test_a_quotation_behind_a_dash_is_excluded(quoted: str) -> None:
    said = read(f"water -{quoted}")
    assert said.excluded == ("oil pump",)
    assert said.text.split() == ["water"]


@pytest.mark.parametrize(
    "text",
    [
        "e-mail",
        "at -18 °C",
        "PLC - motor",
        "PLC -- motor",
        "a --b",
        "-word",
        '-"a phrase"',
        "kind:",
        "kind:xyz",
        "kind:course,xyz",
        "kind:course",
        "lang:",
        "lang:chinese motor",
        "size:small motor",
        '"motor kind:course" -',
        '"',
        '"-',
        "--",
        "-",
        ":",
        "",
    ],
)
def test_what_is_no_command_is_text(text: str) -> None:
    assert read(text) == (text, (), (), ())
    assert refined(Query(text)) == Query(text)


@pytest.mark.parametrize(
    ("text", "kinds", "languages"),
    [
        ("motor kind:course", ("course",), ()),
        ("kind:Courses motor", ("course",), ()),
        ("motor type:term,lesson", ("term", "lesson"), ()),
        ("motor kind:term kind:term kind:course", ("term", "course"), ()),
        ("motor lang:sw", (), ("sw",)),
        ("电机 language：zh-CN", (), ("zh-Hans",)),
        ("motor lang:EN,fr kind:standards", ("standard",), ("en", "fr")),
    ],
)
def test_filters_are_read(text: str, kinds: tuple[str, ...], languages: tuple[str, ...]) -> None:
    said = read(text)
    assert (said.kinds, said.languages) == (kinds, languages)
    assert len(said.text) == len(text)
    assert said.text.split() in (["motor"], ["电机"])


def test_typed_filters_are_added_to_those_chosen() -> None:
    query = Query("motor -oil kind:term lang:sw", kinds=("course",), languages=("sw",))
    made = refined(query)
    assert made.text.split() == ["motor", "-oil"]
    assert made.kinds == ("course", "term")
    assert made.languages == ("sw",)
    assert refined(made) == made


def test_every_kind_can_be_filtered_for() -> None:
    assert set(KINDS) == {*WORK_KINDS, *ENTRY_KINDS}


PIECES = st.sampled_from(
    [
        "-",
        '"',
        "“",
        "”",
        " ",
        "kind:course",
        "lang:fr",
        "motor",
        "电机",
        "-x",
        ":",
        "kind:",
        "\u2014",
    ]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=10).map("".join))
def test_no_text_makes_reading_fail_or_moves_a_word(text: str) -> None:
    said = read(text)
    assert len(said.text) == len(text)
    assert all(now in (was, " ") for now, was in zip(said.text, text, strict=True))
    assert len(unfiltered(text)) == len(text)
    made = refined(Query(text))
    assert refined(made) == made
