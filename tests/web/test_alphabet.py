from __future__ import annotations

import pytest

from library.web.alphabet import initial, sort_key


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("fr", ["eau", "école", "été", "Zinc"]),
        ("ru", ["ель", "Ёлка", "жгут", "Иван", "йод", "Яма"]),
        ("ar", ["أداة", "جهد", "المقاومة", "وحدة"]),
        ("th", ["กระแส", "เซอร์โว", "มอเตอร์", "แรงดัน"]),
        ("zh-Hans", ["CRRC", "安徽", "北京", "广州", "上海", "中国"]),
        ("en", ["3D printer", "apple", "Éclair", "zebra"]),
    ],
)
def test_names_stand_in_the_order_that_readers_expect(lang: str, names: list[str]) -> None:
    turned = list(reversed(names))
    turned.sort(key=lambda name: sort_key(name, lang))
    assert turned == names


def test_chinese_with_readings_stands_in_order_of_pinyin() -> None:
    terms = [("重量", "zhòngliàng"), ("长度", "chángdù"), ("电压", "diànyā")]
    terms.sort(key=lambda term: sort_key(term[0], "zh-Hans", term[1]))
    assert [text for text, _ in terms] == ["长度", "电压", "重量"]


@pytest.mark.parametrize(
    ("lang", "name", "reading", "letter"),
    [
        ("fr", "électricité", None, "E"),
        ("zh-Hans", "编码器", "biānmǎqì", "B"),
        ("zh-Hans", "编码器", None, "编"),
        ("ar", "المقاومة", None, "م"),
        ("ar", "أداة", None, "ا"),
        ("th", "แรงดัน", None, "ร"),
        ("km", "កុងតាក់ទ័រ", None, "ក"),
        ("ru", "ёмкость", None, "Ё"),
        ("en", "3D printer", None, "#"),
        ("en", "", None, "#"),
        ("de", "ßeta", None, "S"),
    ],
)
def test_a_name_is_listed_under_its_letter(
    lang: str, name: str, reading: str | None, letter: str
) -> None:
    assert initial(name, lang, reading) == letter
