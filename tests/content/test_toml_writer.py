from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from library.content.toml_writer import document

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_a_document_is_written_in_the_order_given() -> None:
    text = document(
        {
            "source_language": "zh-Hans",
            "uuid": uuid.UUID(int=7),
            "sample": True,
            "hours": 72.0,
            "credits": 1.5,
            "level": None,
            "published": dt.datetime(2026, 11, 2, tzinfo=dt.UTC),
            "codes": ["isced-f-2013:0714"],
            "contributors": [{"name": "A “B” C", "role": "author"}, {"name": 'D "E"'}],
            "editions": {"fr": {"origin": "machine", "offered": False}, "ar": {}},
            "sections": {".": "x", "01-a": "y"},
        }
    )
    assert text == (
        'source_language = "zh-Hans"\n'
        'uuid = "00000000-0000-0000-0000-000000000007"\n'
        "sample = true\n"
        "hours = 72\n"
        "credits = 1.5\n"
        "published = 2026-11-02\n"
        'codes = ["isced-f-2013:0714"]\n'
        "contributors = [\n"
        '    {name = "A “B” C", role = "author"},\n'
        '    {name = "D \\"E\\""},\n'
        "]\n"
        "\n"
        "[editions.fr]\n"
        'origin = "machine"\n'
        "offered = false\n"
        "\n"
        "[sections]\n"
        '"." = "x"\n'
        '01-a = "y"\n'
    )


def test_a_moment_keeps_its_second() -> None:
    moment = dt.datetime(2026, 11, 2, 8, 30, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert tomllib.loads(document({"a": moment})) == {"a": moment}
    assert document({"a": moment}) == "a = 2026-11-02T00:30:01Z\n"


@given(st.dictionaries(_texts, _texts | st.lists(_texts, min_size=1, max_size=4), max_size=4))
def test_any_text_comes_back_as_it_was(values: dict[str, Any]) -> None:
    assert tomllib.loads(document(values)) == values


@given(st.dictionaries(_texts, st.dictionaries(_texts, _texts, min_size=1, max_size=3), max_size=3))
def test_any_name_may_be_a_table(values: dict[str, Any]) -> None:
    assert tomllib.loads(document({"sections": values})).get("sections", {}) == values
