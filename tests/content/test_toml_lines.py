from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.content.toml_lines import key_lines
from library.content.toml_writer import document


def test_plain_keys_and_tables_have_their_line() -> None:
    text = '# first\na = 1\n\n[b]\nc = "x" # y\n"d e" = 2\n'
    lines = key_lines(text)
    assert lines[("a",)] == 2
    assert lines[("b",)] == 4
    assert lines[("b", "c")] == 5
    assert lines[("b", "d e")] == 6


def test_elements_of_arrays_over_several_lines_have_their_own_line() -> None:
    text = 'codes = [\n  "a:1", # with, a ] comment\n  "b:2",\n]\nlast = 1\n'
    lines = key_lines(text)
    assert [lines[("codes", n)] for n in (0, 1)] == [2, 3]
    assert lines[("last",)] == 5


def test_inline_tables_inside_arrays_are_followed() -> None:
    text = (
        'members = [\n  {institution = "a", role = "lead"},\n  {institution = "b",\trole = "x"}]\n'
    )
    lines = key_lines(text)
    assert lines[("members", 1, "role")] == 3


def test_strings_of_every_sort_do_not_lead_the_scanner_astray() -> None:
    text = (
        'a = "\\"]\\\\"\nb = \'\'\'x\n]]"\'\'\'\nc = """\n"" \\"\n""\\\n  """\nd = \'#\'\ne = 1\n'
    )
    assert tomllib.loads(text)["e"] == 1
    assert key_lines(text)[("e",)] == 9


def test_arrays_of_tables_count_and_their_subtables_belong_to_the_last() -> None:
    text = "[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3\n"
    lines = key_lines(text)
    assert (lines[("a", 0, "x")], lines[("a", 1, "x")], lines[("a", 1, "b", "y")]) == (2, 4, 6)


def test_dotted_keys_name_the_tables_on_the_way() -> None:
    lines = key_lines('x = 1\n"a.b" . c.d = 1\n')
    assert lines[("a.b",)] == lines[("a.b", "c", "d")] == 2


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= _paths(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            found |= _paths(inner, (*path, n))
    return found


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_values = st.recursive(
    _texts | st.integers(-9, 9) | st.booleans(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(_texts, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(_texts, _values, max_size=5))
def test_everything_that_is_in_a_document_has_a_line(values: dict[str, Any]) -> None:
    text = document(values)
    assert _paths(tomllib.loads(text)) <= key_lines(text).keys()


@pytest.mark.parametrize("text", ["[", "a = [[", "a = }", 'a = """', "= 1", "a = [}]"])
def test_what_is_no_toml_ends_all_the_same(text: str) -> None:
    key_lines(text)
