"""Chinese words inside texts of other languages."""

from __future__ import annotations

import pytest

from library.markdown import BlockKind
from library.markdown.scripts import marked
from tests.markdown.shelf import shown


def test_chinese_in_a_russian_text_says_what_it_is() -> None:
    assert shown("Скажите 师傅，您好 мастеру.", lang="ru") == (
        '<p>Скажите <span lang="zh-Hans" dir="ltr">师傅，您好</span> мастеру.</p>'
    )


def test_chinese_in_a_table_of_an_arabic_text_reads_from_the_left() -> None:
    told = shown("| الكلمة | المعنى |\n|---|---|\n| 启动 | تشغيل |\n", BlockKind.TABLE, lang="ar")
    assert '<span lang="zh-Hans" dir="ltr">启动</span>' in told


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "ja", "ko"])
def test_where_characters_are_at_home_nothing_is_marked(lang: str) -> None:
    assert shown("合闸 before", lang=lang) == "<p>合闸 before</p>"


def test_code_formulas_and_attributes_are_left_alone() -> None:
    told = shown('`print("你好")` and $x_{电}$ and [link](https://example.org "标题")', lang="en")
    assert "<span" not in told
    assert shown("```\n你好\n```", kind=BlockKind.CODE).count("<span") == 0


def test_words_are_escaped_as_before() -> None:
    assert marked("<p>a &lt;b&gt; 合闸 &amp; c</p>", lang="en") == (
        '<p>a &lt;b&gt; <span lang="zh-Hans" dir="ltr">合闸</span> &amp; c</p>'
    )
