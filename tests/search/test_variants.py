"""Traditional, regional and Japanese characters."""

from __future__ import annotations

from pathlib import Path

import pytest

from library.search import variants
from library.search.variants import simplified


@pytest.mark.parametrize(
    ("plain", "others"),
    [
        ("干", "乾幹"),
        ("后", "後"),
        ("里", "裏裡"),
        ("发", "發髮発"),
        ("复", "復複覆"),
        ("台", "臺檯颱"),
        ("电", "電"),
        ("着", "著"),
        ("线", "線綫"),
        ("铁", "鐵鉄"),
        ("么", "麼"),
        ("图", "圖図"),
        ("a", "a"),
        ("é", "é"),
    ],
)
def test_characters_become_the_simplified_one(plain: str, others: str) -> None:
    assert {simplified(char) for char in others + plain} == {plain}


def test_every_character_is_in_the_table_once_and_what_replaces_it_is_not() -> None:
    lines = Path(variants.__file__).with_name("variants.txt").read_text(encoding="utf-8")
    groups = [line for line in lines.splitlines() if not line.startswith("#")]
    characters = [char for group in groups for char in group]
    assert len(groups) > 3500
    assert all(len(group) > 1 for group in groups)
    assert len(characters) == len(set(characters))
    assert all(simplified(char) == group[0] for group in groups for char in group)
